//! The names things go by: newtypes with one spelling each, checked where they are made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A name that breaks the rules of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a valid {kind}: {rule}")]
pub struct InvalidId {
    /// What was to be named.
    pub kind: &'static str,
    /// The offending text.
    pub text: String,
    /// The rule, in words.
    pub rule: &'static str,
}

/// Names of runbooks, phases, steps and items: `[a-z][a-z0-9_-]{0,62}`.
fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-'))
}

const NAME_RULE: &str = "lower-case letters, digits, `_` and `-`, a letter first, at most 63";

/// What a step's address may end with: the companion of a step.
const COMPANIONS: [&str; 2] = [".undo", ".restore"];

fn is_step_address(text: &str) -> bool {
    let (base, keys) = split_keys(text);
    let base = COMPANIONS.iter().find_map(|end| base.strip_suffix(end)).unwrap_or(base);
    let named = match base.split_once('/') {
        Some((phase, step)) => is_name(phase) && is_name(step),
        None => is_name(base),
    };
    let Some(keys) = keys else { return named };
    let inner = keys.strip_prefix('[').and_then(|keys| keys.strip_suffix(']'));
    named && inner.is_some_and(|inner| inner.split("][").all(is_key))
}

/// The address without its keys, and the keys with their brackets.
fn split_keys(text: &str) -> (&str, Option<&str>) {
    text.find('[').map_or((text, None), |at| (&text[..at], Some(&text[at..])))
}

/// What [`is_key`] asks for, in words.
pub const KEY_RULE: &str = "letters, digits, `.`, `_` and `-`, a letter or digit first, no two \
                            dots side by side, at most 63";

/// Keys of items: `[A-Za-z0-9][A-Za-z0-9._-]{0,62}` without `..`, safe in a path and in an address.
pub fn is_key(text: &str) -> bool {
    text.len() <= 63
        && !text.contains("..")
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn is_run_id(text: &str) -> bool {
    let mut parts = text.split('-');
    let part = |p: Option<&str>, len: usize, ok: fn(char) -> bool| {
        p.is_some_and(|p| p.len() == len && p.chars().all(ok))
    };
    part(parts.next(), 10, |c| matches!(c, 'a'..='z' | '0'..='9'))
        && part(parts.next(), 8, |c| c.is_ascii_digit())
        && part(parts.next(), 6, |c| c.is_ascii_digit())
        && parts.next().is_none()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $valid:expr, $rule:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.to_owned().try_into()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { kind: $kind, text, rule: $rule })
                }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id!(
    /// A runbook's identity. Titles may change, ids may not.
    RunbookId, "runbook id", is_name, NAME_RULE
);
id!(
    /// A phase's name, unique in its runbook.
    PhaseId, "phase id", is_name, NAME_RULE
);
id!(
    /// A step's full address, unique in its runbook: `step`, or `phase/step` in a runbook with
    /// phases. The steps of `finally` are `finally/step`. What takes a step back is `step.undo` or
    /// `step.restore`; one of several items is `step[key]`.
    StepId, "step id", is_step_address,
    "`step` or `phase/step`, each of lower-case letters, digits, `_` and `-`, a letter first"
);
id!(
    /// An item of a checklist, unique in its step.
    ItemId, "item id", is_name, NAME_RULE
);
id!(
    /// One person, however many accounts and keys they have.
    PersonId, "person", |text| is_name(text) || is_email_like(text),
    "a name of lower-case letters, digits, `_` and `-`, or an e-mail address"
);
id!(
    /// A named group of people.
    TeamId, "team", is_name, NAME_RULE
);
id!(
    /// One execution of one runbook: ten random characters, then the UTC instant it was opened,
    /// `k7f3q9xm2p-20261120-155332`. The random part stands first so that a short prefix is
    /// enough to name a run; the instant gives the folder its evidence lies in.
    RunId, "run id", is_run_id, "ten of `a-z0-9`, then `-yyyymmdd-hhmmss`"
);

fn is_email_like(text: &str) -> bool {
    text.len() <= 254
        && text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
        && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '\\' | '"' | '`'))
}

impl StepId {
    /// The phase's part of the address, if it has one.
    pub fn phase(&self) -> Option<&str> {
        self.0.split_once('/').map(|(phase, _)| phase)
    }

    /// The step's own name, without its phase; with its keys, if it has any.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The address of the step as the plan has it, without keys.
    #[must_use]
    pub fn base(&self) -> Self {
        Self(split_keys(&self.0).0.to_owned())
    }

    /// The keys of the items this is about, outermost first; none for a step as the plan has it.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let keys = split_keys(&self.0).1.unwrap_or_default();
        keys.split(['[', ']']).filter(|key| !key.is_empty())
    }

    /// This step, for one more key.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] if the text is no key.
    pub fn keyed(&self, key: &str) -> Result<Self, InvalidId> {
        if is_key(key) {
            return Ok(Self(format!("{}[{key}]", self.0)));
        }
        Err(InvalidId { kind: "key", text: key.to_owned(), rule: KEY_RULE })
    }
}

impl RunId {
    /// The folder of the run's evidence, relative to the root of the evidence branch:
    /// `runs/yyyy/mm/dd/<run-id>`.
    pub fn folder(&self) -> String {
        let day = &self.0[11..19];
        format!("runs/{}/{}/{}/{}", &day[..4], &day[4..6], &day[6..8], self.0)
    }

    /// The part people type: the random one.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

/// A SHA-256 digest, written `sha256:<64 hex digits>`.
///
/// The core never computes one: digests arrive from those who hold the bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Wraps the 32 bytes of a SHA-256 sum.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 64 hexadecimal digits, without the algorithm's name.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
            }
            hex
        })
    }

    /// Reads 64 lower-case hexadecimal digits, as [`Digest::hex`] writes them.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] if there are more, fewer or other characters.
    pub fn from_hex(hex: &str) -> Result<Self, InvalidId> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        let valid = hex.len() == 64
            && hex.as_bytes().chunks(2).zip(&mut bytes).all(|(pair, byte)| {
                match (digit(pair[0]), digit(pair[1])) {
                    (Some(high), Some(low)) => {
                        *byte = high << 4 | low;
                        true
                    }
                    _ => false,
                }
            });
        if valid {
            Ok(Self(bytes))
        } else {
            Err(InvalidId {
                kind: "digest",
                text: hex.to_owned(),
                rule: "64 lower-case hex digits",
            })
        }
    }

    /// The first ten hexadecimal digits: the code people type to answer a request.
    pub fn code(&self) -> String {
        let mut hex = self.hex();
        hex.truncate(10);
        hex
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        match text.strip_prefix("sha256:") {
            Some(hex) => Self::from_hex(hex),
            None => Err(InvalidId { kind: "digest", text, rule: "`sha256:` and 64 hex digits" }),
        }
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

/// One try at one step, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptNo(pub u32);

impl AttemptNo {
    /// The first attempt.
    pub const FIRST: Self = Self(1);

    /// The attempt after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AttemptNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The fencing number of a lease, from 1; it rises each time somebody takes the run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);
