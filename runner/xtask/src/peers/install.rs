//! Installs one peer by the tools of where it comes from.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use hardstop_tests_peers::place;
use serde_json::json;

use super::table::{From, Peer};
use crate::place::remove;

/// What was installed, written when all of it was.
const STAMP: &str = "installed";

/// Makes sure that `peer` is there as the table says. False if it was already.
///
/// * `peers`: where peers are installed.
/// * `locks`: where what they bring is pinned.
pub(super) fn install(peer: &Peer, peers: &Path, locks: &Path) -> anyhow::Result<bool> {
    let home = peers.join(peer.name);
    match &peer.from {
        From::PyPi(packages) => {
            let lock = locks.join(format!("{}.txt", peer.name));
            once(&home, &packages.join("\n"), &lock, || venv(&home, packages, &lock))
        }
        From::Npm(packages) => {
            let lock = locks.join(format!("{}.json", peer.name));
            let pins: Vec<String> =
                packages.iter().map(|(name, version)| format!("{name}@{version}")).collect();
            once(&home, &pins.join("\n"), &lock, || modules(&home, packages, &lock))
        }
        From::Debian { program, .. } if place::on_path(program).is_some() => Ok(false),
        From::Debian { package, .. } => debian(package).map(|()| true),
    }
}

/// Runs `fill` over an empty folder, unless it ran to its end with the same pins and lock before.
fn once(
    home: &Path,
    pins: &str,
    lock: &Path,
    fill: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    let wanted = || fs::read_to_string(lock).ok().map(|lock| format!("{pins}\n{lock}"));
    if wanted().is_some() && fs::read_to_string(home.join(STAMP)).ok() == wanted() {
        return Ok(false);
    }
    remove(home)?;
    fs::create_dir_all(home).context("the folder cannot be made")?;
    fill()?;
    let installed = wanted().context("the lock cannot be read")?;
    fs::write(home.join(STAMP), installed).context("what was installed cannot be written down")?;
    Ok(true)
}

/// A virtual environment of Python.
fn venv(home: &Path, packages: &[&str], lock: &Path) -> anyhow::Result<()> {
    done(Command::new("python3").args(["-m", "venv"]).arg(home))
        .context("python3 makes no environment: `apt-get install python3-venv`")?;
    let python = home.join("bin/python");
    let pip = || {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "--disable-pip-version-check"]);
        pip
    };
    let mut install = pip();
    install.args(["install", "--quiet"]).args(packages);
    if lock.is_file() {
        install.arg("--constraint").arg(lock);
    }
    done(&mut install)?;
    if lock.is_file() {
        return Ok(());
    }
    let listed = done(pip().args(["list", "--format", "freeze"]))?;
    let pins: Vec<&str> = listed.lines().filter(|pin| !pin.starts_with("pip==")).collect();
    fs::write(lock, pins.join("\n") + "\n").context("the lock cannot be written")
}

/// A folder of modules of Node.
fn modules(home: &Path, packages: &[(&str, &str)], lock: &Path) -> anyhow::Result<()> {
    let packages: BTreeMap<&str, &str> = packages.iter().copied().collect();
    let document = json!({ "private": true, "dependencies": packages });
    fs::write(home.join("package.json"), document.to_string())?;
    let own = home.join("package-lock.json");
    let mut npm = Command::new("npm");
    if lock.is_file() {
        fs::copy(lock, &own)?;
        npm.arg("ci");
    } else {
        npm.args(["install", "--omit-lockfile-registry-resolved"]);
    }
    // No script of any package runs, and neither needs one.
    npm.args(["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
    done(npm.current_dir(home)).context("npm installs nothing: `apt-get install npm`")?;
    if !lock.is_file() {
        fs::copy(own, lock).context("the lock cannot be written")?;
    }
    Ok(())
}

/// A package of Debian, as root or by `sudo` if that asks for no password.
fn debian(package: &str) -> anyhow::Result<()> {
    let advice = || format!("type `apt-get install {package}` as root");
    let as_root = done(Command::new("id").arg("-u"))?.trim() == "0";
    let apt = |args: &[&str]| {
        let mut apt = Command::new(if as_root { "apt-get" } else { "sudo" });
        if !as_root {
            apt.args(["--non-interactive", "apt-get"]);
        }
        done(apt.env("DEBIAN_FRONTEND", "noninteractive").args(args)).with_context(advice)
    };
    apt(&["update", "-qq"])?;
    apt(&["install", "-qq", "-y", "--no-install-recommends", package])?;
    Ok(())
}

/// What a command prints, once it ended well.
fn done(command: &mut Command) -> anyhow::Result<String> {
    let program = PathBuf::from(command.get_program());
    let program = program.display();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("{program} cannot be run"))?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
