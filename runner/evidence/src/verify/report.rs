//! What a verification found, and what it could not look at.

use std::fmt;

use hardstop_core::ids::RunId;

use super::ids::Id;
use crate::keys::AllowedSigners;

/// The result of a verification.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What could not be checked, in words. A report with any is not a clean one.
    pub not_checked: Vec<String>,
    /// What a reader must know although it is not wrong, in words.
    pub notes: Vec<String>,
    /// How many runs were looked at.
    pub runs: u64,
    /// How many commits were looked at.
    pub commits: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub id: Id,
    /// The run it concerns; `None` for the branch as a whole.
    pub run: Option<RunId>,
    /// Where: a path, `journal.jsonl:17` (a line, from 1), or a commit.
    pub place: String,
    /// What is wrong, in words. May hold text of the evidence: sanitise before showing.
    pub message: String,
}

/// `EV101 k7f3q9xm2p steps/a/1/stdout.log: …`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.id)?;
        if let Some(run) = &self.run {
            write!(f, "{} ", run.short())?;
        }
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Whose signatures count, and how far that can be trusted.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The keys.
    pub signers: AllowedSigners,
    /// Where the list of keys comes from.
    pub source: Source,
    /// A commit that is known to have been on the branch; the history must still hold it.
    pub expected_head: Option<String>,
}

/// Where the list of allowed signers comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The caller's own: this machine, or a reviewed file of the repository.
    Given,
    /// The evidence branch itself, which whoever forged the branch may have forged as well.
    BranchItself,
}

impl Report {
    /// Adds what is wrong at `place`.
    pub(super) fn find(
        &mut self,
        id: Id,
        run: Option<&RunId>,
        place: impl Into<String>,
        message: impl fmt::Display,
    ) {
        let (place, message) = (place.into(), message.to_string());
        self.findings.push(Finding { id, run: run.cloned(), place, message });
    }

    /// Says how far the list of signers can be trusted.
    pub(super) fn note_trust(&mut self, trust: &Trust) {
        if trust.source == Source::BranchItself {
            self.not_checked.push(
                "who signed: the only list of allowed signers is on the evidence branch itself"
                    .to_owned(),
            );
        }
    }
}
