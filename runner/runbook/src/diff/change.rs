//! One difference in meaning, as people read it.

use std::fmt;

use serde::Serialize;

/// One difference in meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What it means for those who rely on the runbook.
    pub class: Class,
    /// What it is about: a step's address, a phase's name, empty for the runbook as a whole. In
    /// a runbook that this one runs, its path and `: ` come first.
    pub address: String,
    /// What kind of difference, stable across releases: `diff.hard-stop-shortened`.
    pub id: String,
    /// What happened, in words: `hard stop shortened`.
    pub what: String,
    /// How it was; none where there was nothing.
    pub before: Option<String>,
    /// How it is; none where there is nothing.
    pub after: Option<String>,
}

/// What a difference means for those who rely on the runbook, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Less stands between the run and harm: a reviewer must agree to it.
    Weakened,
    /// Something is done in another way, and nobody can tell whether that is better.
    Changed,
    /// Something is no longer there.
    Removed,
    /// Something is new.
    Added,
    /// More stands between the run and harm.
    Strengthened,
}

impl Class {
    /// Every class, the gravest first.
    pub const ALL: [Self; 5] =
        [Self::Weakened, Self::Changed, Self::Removed, Self::Added, Self::Strengthened];

    /// The class in one word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Weakened => "weakened",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Strengthened => "strengthened",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Change {
    /// * `noun`: the first part of the id, words joined by `-`.
    /// * `verb`: the last part of the id: `shortened`.
    /// * `names`: what the noun is called, if there are several.
    pub(super) fn new(class: Class, noun: &str, names: &[&str], verb: &str) -> Self {
        let names: Vec<String> = names.iter().map(|name| format!(" `{name}`")).collect();
        let names = names.concat();
        Self {
            class,
            address: String::new(),
            id: format!("diff.{noun}-{verb}"),
            what: format!("{}{names} {}", noun.replace('-', " "), verb.replace('-', " ")),
            before: None,
            after: None,
        }
    }

    #[must_use]
    pub(super) fn at(self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self }
    }

    #[must_use]
    pub(super) fn values(self, before: Option<String>, after: Option<String>) -> Self {
        let (before, after) = super::words::excerpts(before, after);
        Self { before, after, ..self }
    }
}
