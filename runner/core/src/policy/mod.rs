//! Who may do what: people, groups and verbs.
//!
//! A policy is a value. Where it comes from and how its version is protected is the business of
//! the caller; that its version only rises is checked when a run meets it.

mod authority;
mod revocation;

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use revocation::Revocation;

use crate::ids::{Digest, InvalidId, PersonId, TeamId};

/// The rules in force, and the people they speak of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Rises with each change, from 1; 0 is the embedded `solo` policy.
    pub version: u64,
    /// Digest of the file it was read from.
    pub digest: Digest,
    /// Everybody who may act, by the name the policy gives them.
    pub people: BTreeMap<PersonId, Person>,
    /// Groups of people.
    pub teams: BTreeMap<TeamId, Vec<PersonId>>,
    /// Who holds a role, by its name.
    pub roles: BTreeMap<TeamId, Vec<PersonId>>,
    /// Who may use each verb. A verb without an entry is allowed to nobody.
    pub allow: BTreeMap<Verb, Vec<Subject>>,
    /// Revisions of runbooks that are not to be run any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<Revocation>,
}

/// One person's accounts and keys: whichever they use, they are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// E-mail addresses, as Git knows them; compared without case.
    pub emails: Vec<String>,
    /// SSH public keys in OpenSSH form.
    pub keys: Vec<String>,
    /// Numeric account ids by forge: names on a forge can be renamed and reused, numbers cannot.
    pub accounts: BTreeMap<String, u64>,
}

/// Something a person may ask of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Open a run.
    Start,
    /// Answer an item of a checklist.
    Tick,
    /// Say yes or no to a request; the request's own approvers apply as well.
    Approve,
    /// Try a failed step again.
    Retry,
    /// Leave a step undone.
    Skip,
    /// Record that a step was done outside.
    Attest,
    /// Keep a run from starting anything new, and let it go on.
    Hold,
    /// End a run early.
    Abort,
    /// Have steps done again. Whoever may answer what lies before people may send the run back
    /// without it.
    Rerun,
    /// Have a paused run go on at a newer commit.
    Rebase,
    /// End a hard stop early, together with others.
    BreakGlass,
    /// Let a run close although something is still open.
    Waive,
}

impl Verb {
    /// Every verb, in the order people read them.
    pub const ALL: [Self; 12] = [
        Self::Start,
        Self::Tick,
        Self::Approve,
        Self::Retry,
        Self::Skip,
        Self::Attest,
        Self::Hold,
        Self::Abort,
        Self::Rerun,
        Self::Rebase,
        Self::BreakGlass,
        Self::Waive,
    ];

    /// The verb as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Tick => "tick",
            Self::Approve => "approve",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Attest => "attest",
            Self::Hold => "hold",
            Self::Abort => "abort",
            Self::Rerun => "rerun",
            Self::Rebase => "rebase",
            Self::BreakGlass => "break_glass",
            Self::Waive => "waive",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whom a rule speaks of: `alice` or `user:alice`, `team:sre`, `role:oncall`, `anyone`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Subject {
    /// One person.
    Person(PersonId),
    /// Everybody in a team.
    Team(TeamId),
    /// Everybody who holds a role.
    Role(TeamId),
    /// Everybody the policy knows. Not everybody in the world.
    Anyone,
}

impl FromStr for Subject {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("team", name)) => Ok(Self::Team(name.parse()?)),
            Some(("role", name)) => Ok(Self::Role(name.parse()?)),
            Some(("user", name)) => Ok(Self::Person(name.parse()?)),
            None if text == "anyone" => Ok(Self::Anyone),
            _ => Ok(Self::Person(text.parse()?)),
        }
    }
}

impl TryFrom<String> for Subject {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> String {
        subject.to_string()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => write!(f, "{name}"),
            Self::Team(name) => write!(f, "team:{name}"),
            Self::Role(name) => write!(f, "role:{name}"),
            Self::Anyone => f.write_str("anyone"),
        }
    }
}

/// By which way a person reached the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A `hardstop` command.
    Cli,
    /// The question a running `hardstop run` asked on a terminal.
    Terminal,
    /// A trigger of the configuration, which says who this is, or a request that was merged.
    Trigger,
}

/// Who did one thing, as claimed by the channel it came through.
///
/// Whether the claim holds for a person of the policy is decided by [`Policy::person`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The Git identity's e-mail address, lower case.
    pub email: String,
    /// The way it came.
    pub via: Channel,
    /// The level of assurance of that way (0 to 3, DESIGN section 6).
    pub level: u8,
}

/// Who did one thing, once the policy has said which person it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// The person.
    pub person: PersonId,
    /// The account they used.
    pub actor: Actor,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.person, f)
    }
}
