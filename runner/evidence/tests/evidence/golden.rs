//! The golden bundles: the twins as Git has them, and `audit.sh` on each.
//!
//! `HARDSTOP_GOLDEN=write cargo test -p hardstop-evidence golden` writes the bundles and `cases.tsv`
//! of a version that has none. A released bundle is never written anew: it must verify for ever.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use hardstop_evidence::keys::Namespace;

use super::{
    branch::{Branch, PRINCIPAL, Tree, payload, runner},
    cases::{self, Audit, Case},
    twins,
};

const REF: &str = "refs/heads/hardstop/evidence";
const EARLIER: &str = "runs/2026/11/19/a000000000-20261119-080000";
const LATER: &str = "runs/2026/11/20/b000000000-20261120-080000";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../evidence")
}

/// `git` in `folder`, free of the caller's configuration.
fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE");
    git
}

#[track_caller]
fn output(command: &mut Command, input: &[u8]) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn audit_agrees_wherever_a_twin_is_in_its_reach() {
    agrees("v1", &cases::all());
}

#[test]
fn audit_agrees_on_the_twins_of_the_whole_language() {
    agrees("v2", &twins::all());
}

/// Every twin lies in the list and in its bundle, and `audit.sh` says of it what the list says.
#[track_caller]
fn agrees(version: &str, cases: &[Case]) {
    let golden = root().join("golden").join(version);
    let scratch = tempfile::tempdir().unwrap();
    let list_path = golden.join("cases.tsv");
    let wish = std::env::var_os("HARDSTOP_GOLDEN").is_some_and(|wish| wish == "write");
    if wish && !list_path.exists() {
        write_all(cases, &golden, scratch.path());
    }
    assert_eq!(fs::read_to_string(list_path).unwrap(), list(cases));
    let signers = fs::read_to_string(golden.join("allowed_signers")).unwrap();
    assert_eq!(signers, allowed_signers());
    let complain = |part: &[Case]| -> Vec<String> {
        part.iter().filter_map(|case| complaint(case, &golden, scratch.path())).collect()
    };
    let complaints: Vec<String> = thread::scope(|scope| {
        let parts = cases.chunks(cases.len().div_ceil(4));
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| complain(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What `audit.sh` says of a bundle, if it is not what the list says.
fn complaint(case: &Case, golden: &Path, scratch: &Path) -> Option<String> {
    let clone = scratch.join(case.name);
    let bundle = golden.join(format!("{}.bundle", case.name));
    output(git(scratch).args(["clone", "-q", "--bare"]).arg(&bundle).arg(&clone), b"");
    let run = if case.audit == Audit::FailsOnEarlier { EARLIER } else { LATER };
    let audit = Command::new("bash")
        .arg(root().join("audit.sh"))
        .arg(&clone)
        .args([REF, run])
        .arg(golden.join("allowed_signers"))
        .arg(PRINCIPAL)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&audit.stdout);
    let passes = case.audit == Audit::Passes;
    let as_listed = audit.status.code() == Some(i32::from(!passes))
        && said.starts_with(if passes { "OK " } else { "FAIL " });
    let error = String::from_utf8_lossy(&audit.stderr);
    (!as_listed).then(|| format!("{}: {:?} {said} {error}", case.name, audit.status.code()))
}

/// `cases.tsv`: bundle, findings of the whole branch, the run for `audit.sh`, what it says.
fn list(cases: &[Case]) -> String {
    let mut text = "bundle\tfindings\taudited run\taudit\n".to_owned();
    for case in cases {
        let (run, audit) = match case.audit {
            Audit::Passes => (LATER, "OK"),
            Audit::Fails => (LATER, "FAIL"),
            Audit::FailsOnEarlier => (EARLIER, "FAIL"),
        };
        let findings = if case.findings.is_empty() { "-".into() } else { case.findings.join(",") };
        writeln!(text, "{}.bundle\t{findings}\t{run}\t{audit}", case.name).unwrap();
    }
    text
}

fn allowed_signers() -> String {
    runner().public().allowed_signers_line(PRINCIPAL)
}

fn write_all(cases: &[Case], golden: &Path, scratch: &Path) {
    fs::create_dir_all(golden).unwrap();
    fs::write(golden.join("cases.tsv"), list(cases)).unwrap();
    fs::write(golden.join("allowed_signers"), allowed_signers()).unwrap();
    for case in cases {
        let repository = scratch.join(format!("{}.git", case.name));
        let bundle = golden.join(format!("{}.bundle", case.name));
        output(git(scratch).args(["init", "-q", "--bare"]).arg(&repository), b"");
        write(&(case.build)(), &repository);
        output(
            git(&repository)
                .args(["-c", "pack.threads=1", "bundle", "create", "-q"])
                .arg(&bundle)
                .arg(REF),
            b"",
        );
    }
}

/// Makes the branch's commits in a bare repository, signed by whoever signs them.
fn write(branch: &Branch, repository: &Path) {
    let mut ids: Vec<String> = Vec::new();
    for commit in &branch.0 {
        let tree = write_tree(&commit.tree, repository);
        let parents: Vec<String> = commit.parents.iter().map(|at| ids[*at].clone()).collect();
        let text = payload(&tree, &parents, commit.at);
        let signed = commit.key.as_ref().map_or_else(
            || text.clone(),
            |key| {
                let signature = key.sign(Namespace::Git, text.as_bytes());
                let folded = signature.trim_end().replace('\n', "\n ");
                text.replacen("\n\n", &format!("\ngpgsig {folded}\n\n"), 1)
            },
        );
        let store = ["hash-object", "-w", "-t", "commit", "--stdin"];
        ids.push(output(git(repository).args(store), signed.as_bytes()));
    }
    output(git(repository).args(["update-ref", REF, ids.last().unwrap()]), b"");
    output(git(repository).args(["symbolic-ref", "HEAD", REF]), b"");
}

/// Stores a whole tree by way of `fast-import`, which needs no index.
fn write_tree(tree: &Tree, repository: &Path) -> String {
    let mut stream = b"commit refs/scratch\ncommitter x <x> 0 +0000\ndata 0\ndeleteall\n".to_vec();
    for (path, (mode, bytes)) in tree {
        stream.extend(format!("M {mode:o} inline {path}\ndata {}\n", bytes.len()).into_bytes());
        stream.extend(bytes);
        stream.push(b'\n');
    }
    output(git(repository).args(["fast-import", "--quiet", "--force"]), &stream);
    let tree = output(git(repository).args(["rev-parse", "refs/scratch^{tree}"]), b"");
    output(git(repository).args(["update-ref", "-d", "refs/scratch"]), b"");
    tree
}
