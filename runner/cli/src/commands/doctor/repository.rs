//! What the repository has: people, rules, keys, evidence, room.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use hardstop_core::policy::Channel;
use hardstop_evidence::keys::AllowedSigners;
use hardstop_journal::key_path;
use rustix::fs::{Access, access, statvfs};

use super::command::failed;
use crate::{
    commands::verify::committed_signers,
    error::CliError,
    identity,
    output::CheckupView,
    plugins::{SHIPPED, unusable},
    wire::{POLICY, Site},
};

/// Below this, a few runs with a lot of output fill the disk.
const ROOM_BYTES_MIN: u64 = 1024 * 1024 * 1024;
/// Git holds the lock of a reference for far less than this.
const LOCK_STALE: Duration = Duration::from_mins(1);

/// Looks at the repository.
pub(super) fn look(site: &Site) -> Vec<CheckupView> {
    let mut checks = vec![place(site), writable(site), room(site), person(site)];
    if site.repo.is_shallow() {
        let fix = "`git fetch --unshallow`";
        checks.push(CheckupView::warning("history", "this clone lacks old commits", fix));
    }
    match site.repo.head_commit() {
        Err(error) => checks.push(failed("commit", &CliError::Repo(error), "")),
        // Rules are read at the current commit, so without one there are none.
        Ok(_) => checks.extend([policy(site), config(site)]),
    }
    checks.extend([plugins(site), key(site), signers(site), evidence(site)]);
    checks.extend(locks(site));
    checks
}

fn place(site: &Site) -> CheckupView {
    CheckupView::ok("repository", site.root.display().to_string())
}

fn writable(site: &Site) -> CheckupView {
    let (name, folder) = ("git directory", site.repo.common_dir());
    match access(folder, Access::WRITE_OK) {
        Ok(()) => CheckupView::ok(name, "can be written"),
        Err(error) => CheckupView::problem(
            name,
            format!("{} cannot be written: {error}", folder.display()),
            "runs keep their journals there: give this user the right to write, or use another clone",
        ),
    }
}

fn room(site: &Site) -> CheckupView {
    let name = "disk";
    match statvfs(site.repo.common_dir()) {
        Err(error) => CheckupView::warning(name, format!("cannot be looked at: {error}"), "`df`"),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = format!("{} MiB free", free / (1024 * 1024));
            if free < ROOM_BYTES_MIN {
                CheckupView::warning(name, found, "make room: a run pauses when the disk is full")
            } else {
                CheckupView::ok(name, found)
            }
        }
    }
}

fn person(site: &Site) -> CheckupView {
    match identity::actor(&site.repo, Channel::Cli) {
        Ok(actor) => CheckupView::ok("identity", actor.email),
        Err(error) => failed("identity", &error, ""),
    }
}

fn policy(site: &Site) -> CheckupView {
    let name = "policy";
    match site.policy() {
        Err(error) => failed(name, &error, ""),
        Ok(policy) if policy.is_solo() => CheckupView::warning(
            name,
            format!("there is no committed {POLICY}, so one person may do and approve everything"),
            "`hardstop init` makes one; commit it",
        ),
        Ok(policy) => match identity::actor(&site.repo, Channel::Cli) {
            Ok(actor) if policy.person(&actor.email).is_none() => CheckupView::warning(
                name,
                format!("version {} does not know {}", policy.version, actor.email),
                format!("add this address to a person in {POLICY}, raise its version, commit it"),
            ),
            Ok(_) | Err(_) => {
                let people = policy.people.len();
                CheckupView::ok(name, format!("version {}, people: {people}", policy.version))
            }
        },
    }
}

fn config(site: &Site) -> CheckupView {
    match site.config() {
        Err(error) => failed("config", &error, ""),
        Ok(config) => CheckupView::ok(
            "config",
            match config.exec.allow {
                None => "any program may be run".to_owned(),
                Some(programs) => format!("programs that may be run: {}", programs.join(", ")),
            },
        ),
    }
}

/// Whoever calls none needs none, so this keeps no run from working.
fn plugins(site: &Site) -> CheckupView {
    match unusable(site) {
        Some((why, fix)) => CheckupView::warning("plugins", why, fix),
        None => CheckupView::ok("plugins", format!("can be run; {} are shipped", SHIPPED.len())),
    }
}

fn key(site: &Site) -> CheckupView {
    let name = "runner key";
    let path = key_path(site.repo.common_dir());
    if path.symlink_metadata().is_err() {
        return CheckupView::ok(name, "none yet; the first run makes it");
    }
    match site.key() {
        Ok(key) => CheckupView::ok(name, key.public().fingerprint()),
        Err(error) => {
            failed(name, &error, "restore it from a backup, or delete it to get a new one")
        }
    }
}

/// Whether evidence of this machine would be believed by somebody who has only a clone.
fn signers(site: &Site) -> CheckupView {
    let name = "allowed signers";
    let has_key = key_path(site.repo.common_dir()).symlink_metadata().is_ok();
    // Asking for a key that is not there would make it.
    let own = has_key.then(|| site.key().ok()).flatten().map(|key| key.public());
    let line = own.as_ref().map(|own| {
        let line = own.allowed_signers_line(&format!("hardstop@{}", site.holder.host));
        format!("add this line to .hardstop/allowed_signers and commit it: {}", line.trim_end())
    });
    let line = line.unwrap_or_else(|| "`hardstop init` makes the file; commit it".to_owned());
    match committed_signers(site) {
        Err(error) => failed(name, &error, ""),
        Ok(None) => {
            CheckupView::warning(name, "none committed, so a clone cannot tell who signed", line)
        }
        Ok(Some((path, text))) => match AllowedSigners::parse(&String::from_utf8_lossy(&text)) {
            Err(error) => {
                CheckupView::problem(name, format!("{path}: {error}"), "mend the line and commit")
            }
            Ok(signers) => {
                let known = |own| signers.iter().any(|signer| signer.key == own);
                if own.is_none_or(known) {
                    CheckupView::ok(name, path)
                } else {
                    CheckupView::warning(name, format!("{path} lacks this runner's key"), line)
                }
            }
        },
    }
}

fn evidence(site: &Site) -> CheckupView {
    let name = "evidence branch";
    let head = match site.evidence() {
        Err(error) => return failed(name, &error, ""),
        Ok(None) => return CheckupView::ok(name, "none yet; the first run makes it"),
        Ok(Some(evidence)) => evidence.head(),
    };
    let merges = Command::new("git")
        .current_dir(&site.root)
        .args(["--no-replace-objects", "rev-list", "--min-parents=2", "--count", &head])
        .output();
    match merges.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()) {
        Ok(count) if count == "0" => CheckupView::ok(name, format!("at {head}, one line")),
        Ok(count) if !count.is_empty() => CheckupView::problem(
            name,
            format!("{count} of its commits are merges; it must be one line"),
            "`hardstop verify` tells which; go back to the branch as it was pushed",
        ),
        Ok(_) | Err(_) => CheckupView::warning(name, "git cannot list its commits", "`git fsck`"),
    }
}

/// Locks that a process left behind keep the evidence branch from moving.
fn locks(site: &Site) -> Vec<CheckupView> {
    let folder = site.repo.common_dir();
    let left = |path: &PathBuf| {
        let changed = path.metadata().and_then(|found| found.modified());
        let age = changed.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        age.is_some_and(|age| age > LOCK_STALE)
    };
    let locks = ["refs/heads/hardstop/evidence.lock", "packed-refs.lock"];
    let locks = locks.map(|lock| folder.join(Path::new(lock)));
    let told = locks.into_iter().filter(left).map(|path| {
        let shown = path.display();
        let fix = format!("if no git process is running: `rm {shown}`");
        CheckupView::problem("lock", format!("{shown} was left behind"), fix)
    });
    told.collect()
}
