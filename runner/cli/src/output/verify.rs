//! What `verify` prints with `--json`.

use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop verify`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerifyView {
    /// Whether nothing is wrong and everything could be checked.
    pub(crate) clean: bool,
    /// The commit that was verified, with all before it.
    pub(crate) head: String,
    /// Where the list of keys whose signatures count comes from.
    pub(crate) signers: String,
    /// The commit the history had to hold, if there was one to compare with.
    pub(crate) expected_head: Option<String>,
    /// How many runs were looked at.
    pub(crate) runs: u64,
    /// How many commits were looked at.
    pub(crate) commits: u64,
    /// What is wrong.
    pub(crate) findings: Vec<FindingView>,
    /// What could not be checked.
    pub(crate) not_checked: Vec<String>,
    /// What a reader must know although it is not wrong.
    pub(crate) notes: Vec<String>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FindingView {
    /// What kind of thing, such as `EV101`; never given another meaning.
    pub(crate) id: String,
    /// The run it concerns; none for the branch as a whole.
    pub(crate) run: Option<String>,
    /// Where: a path, `journal.jsonl:17` (a line, from 1), or a commit.
    pub(crate) place: String,
    /// What is wrong, in words.
    pub(crate) message: String,
}
