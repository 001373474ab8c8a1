//! Where everything lies on the evidence branch, and which paths may stand there.

use hardstop_core::ids::{AttemptNo, Digest, StepId, is_key};
use thiserror::Error;

/// At the root: never changes, and keeps Git from touching any byte.
pub const GITATTRIBUTES: &str = ".gitattributes";
/// The text of [`GITATTRIBUTES`].
pub const GITATTRIBUTES_TEXT: &str =
    "* -text -filter -ident -working-tree-encoding -export-subst -export-ignore -diff -merge\n";
/// At the root: names the version of the format; never changes.
pub const FORMAT: &str = "FORMAT";
/// The text of [`FORMAT`].
pub const FORMAT_TEXT: &str = "hardstop/evidence/v1\n";
/// At the root, derived: how to verify.
pub const README: &str = "README.md";
/// At the root: the public halves of the runners' keys; only grows.
pub const ALLOWED_SIGNERS: &str = "allowed_signers";
/// The folder of the register's shards.
pub const REGISTER: &str = "register";
/// The folder of the runs.
pub const RUNS: &str = "runs";

/// In a run's folder: what the run is.
pub const RUN: &str = "run.json";
/// The compiled runbook.
pub const PLAN: &str = "plan.json";
/// The runbook's text.
pub const RUNBOOK: &str = "runbook.yaml";
/// The value of every input.
pub const INPUTS: &str = "inputs.json";
/// The policy the run began under.
pub const POLICY: &str = "policy.json";
/// The events; only grows.
pub const JOURNAL: &str = "journal.jsonl";
/// Derived: the run's checklist, for people.
pub const CHECKLIST: &str = "CHECKLIST.md";
/// Derived: the run's report, for people.
pub const REPORT: &str = "REPORT.md";
/// How far the run was when it was sealed.
pub const SEAL: &str = "seal.json";
/// Every file of the folder with its digest.
pub const SUMS: &str = "SHA256SUMS";
/// The runner's signature over [`SUMS`].
pub const SIGNATURE: &str = "SHA256SUMS.sig";
/// The attestation of a closed run.
pub const ATTESTATION: &str = "attestation.intoto.jsonl";

/// The files that sign the list and so cannot stand in it.
pub const UNLISTED: [&str; 3] = [SUMS, SIGNATURE, ATTESTATION];
/// Files that are rewritten at each checkpoint of an open run. All others are never changed.
pub const REWRITTEN: [&str; 6] = [SEAL, SUMS, SIGNATURE, CHECKLIST, REPORT, ATTESTATION];
/// Files every run has.
pub const REQUIRED: [&str; 9] =
    [RUN, PLAN, RUNBOOK, INPUTS, POLICY, JOURNAL, SEAL, SUMS, SIGNATURE];

/// The longest path: a run's folder, a step address of two names and some keys, and a file.
pub const PATH_BYTES_MAX: usize = 600;
/// The longest component without keys: a digest of 64 characters, and `.json` follows.
const COMPONENT_BYTES_MAX: usize = 72;
/// The deepest file:
/// `runs/yyyy/mm/dd/<run>/steps/<phase>/<step>/<attempt>/probes/<n>/files/<name>`.
const DEPTH_MAX: usize = 13;

/// A path that may not stand on the evidence branch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path:?} is not a path of the format: {rule}")]
pub struct PathError {
    /// The path.
    pub path: String,
    /// The rule it breaks, in words.
    pub rule: &'static str,
}

/// The policy of a later version, in a run's folder.
pub fn later_policy(version: u64) -> String {
    format!("policies/{version}.json")
}

/// The plan of a later commit, in a run's folder, by its digest.
pub fn later_plan(digest: &Digest) -> String {
    format!("plans/{}.json", digest.hex())
}

/// The runbook's text at a later commit, in a run's folder, by its digest.
pub fn later_runbook(digest: &Digest) -> String {
    format!("runbooks/{}.yaml", digest.hex())
}

/// A request for approval, in a run's folder.
pub fn request(step: &StepId, request: AttemptNo) -> String {
    format!("gates/{step}/{request}/request.json")
}

/// What an attempt left under `name`, in a run's folder: `stdout.log`, `stderr.log`, or
/// `files/<evidence id>`.
pub fn attempt_file(step: &StepId, attempt: AttemptNo, name: &str) -> String {
    format!("steps/{step}/{attempt}/{name}")
}

/// Whether a file of a run's folder, by its path there, stands in [`SUMS`].
pub fn is_listed(path: &str) -> bool {
    !UNLISTED.contains(&path)
}

/// Checks a path, relative to the root of the branch or to a run's folder.
///
/// Lower case only, because two names that differ in case are one file on many machines; keys of
/// items are as the runbook has them, and no two of a step differ in case only. Names that Windows
/// reserves are not refused: evidence is read from Git's object database and never checked out,
/// and a step may be called `aux`.
///
/// # Errors
///
/// [`PathError`] naming the rule that is broken.
pub fn check(path: &str) -> Result<(), PathError> {
    let fail = |rule| Err(PathError { path: path.to_owned(), rule });
    if path.len() > PATH_BYTES_MAX {
        return fail("at most 600 bytes");
    }
    if path.split('/').count() > DEPTH_MAX {
        return fail("at most 13 levels");
    }
    for (depth, component) in path.split('/').enumerate() {
        let known = match depth {
            0 => [GITATTRIBUTES, FORMAT, README].contains(&component) && component == path,
            _ => false,
        };
        let derived =
            path.ends_with(component) && [SUMS, SIGNATURE, CHECKLIST, REPORT].contains(&component);
        if !known && !derived && !is_plain(component) {
            return fail(
                "each component is `[a-z0-9][a-z0-9._-]*`, at most 72 bytes, no dot last or beside \
                 another; keys of items may follow in brackets",
            );
        }
    }
    Ok(())
}

fn is_plain(component: &str) -> bool {
    let (name, keys) = match component.split_once('[') {
        Some((name, keys)) => (name, keys.strip_suffix(']')),
        None => (component, Some("none")),
    };
    keys.is_some_and(|keys| keys.split("][").all(is_key))
        && name.len() <= COMPONENT_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-'))
        && !name.ends_with('.')
        && !name.contains("..")
}
