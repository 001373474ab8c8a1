//! Whose signature counts: the `allowed_signers` file of OpenSSH, read strictly.

use hardstop_core::time::Timestamp;
use ssh_key::SshSig;
use thiserror::Error;

use super::{KeyError, Namespace, PublicKey};

/// The keys whose signatures count, and for whom.
#[derive(Clone, Debug, Default)]
pub struct AllowedSigners(Vec<Signer>);

/// One line of the file.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Whose key it is.
    pub principal: String,
    /// The key.
    pub key: PublicKey,
    /// What it may sign; empty for anything.
    namespaces: Vec<String>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
}

/// An `allowed_signers` file that cannot be read. Nothing can be verified with it.
#[derive(Debug, Error)]
#[error("allowed signers, line {line}: {reason}")]
pub struct SignersError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub reason: String,
}

/// A signature that does not count.
#[derive(Debug, Error)]
pub enum SignatureError {
    /// The text is no armoured SSHSIG.
    #[error("not an SSH signature")]
    Malformed(#[source] ssh_key::Error),
    /// It was made for another purpose.
    #[error("made for `{found}`, not for `{expected}`")]
    Namespace {
        /// What it was made for.
        found: String,
        /// What it should have been made for.
        expected: &'static str,
    },
    /// Nobody who may sign this has that key, or had it at that instant.
    #[error("made with key {0}, which is not allowed to sign this")]
    NotAllowed(String),
    /// It does not fit the bytes.
    #[error("does not fit the signed bytes")]
    Mismatch,
}

impl AllowedSigners {
    /// Reads a file: `principal [options] ssh-ed25519 AAAA… [comment]`, blank lines and `#`
    /// comments. Options are `namespaces`, `valid-after` and `valid-before` (in UTC, with `Z`).
    ///
    /// # Errors
    ///
    /// [`SignersError`] for what this release does not understand (patterns, several principals in
    /// one line, certificates, other kinds of keys): guessing about trust is worse than refusing.
    pub fn parse(text: &str) -> Result<Self, SignersError> {
        let content = text.lines().zip(1..).map(|(line, number)| (line.trim(), number));
        content
            .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
            .map(|(line, number)| {
                signer(line).map_err(|reason| SignersError { line: number, reason })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Every signer, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Signer> {
        self.0.iter()
    }

    /// Checks that `signature` over `message` was made by somebody allowed to.
    ///
    /// * `at`: when it was made, for keys with a span of validity.
    ///
    /// # Errors
    ///
    /// [`SignatureError`]: the signature does not count.
    pub fn verify(
        &self,
        namespace: Namespace,
        message: &[u8],
        signature: &[u8],
        at: Timestamp,
    ) -> Result<&Signer, SignatureError> {
        let expected = namespace.name();
        let signature = SshSig::from_pem(signature).map_err(SignatureError::Malformed)?;
        if signature.namespace() != expected {
            let found = signature.namespace().to_owned();
            return Err(SignatureError::Namespace { found, expected });
        }
        let own = |signer: &&Signer| {
            signer.key.0.key_data() == signature.public_key() && signer.may_sign(expected, at)
        };
        let Some(signer) = self.0.iter().find(own) else {
            let key = ssh_key::PublicKey::from(signature.public_key().clone());
            return Err(SignatureError::NotAllowed(PublicKey(key).fingerprint()));
        };
        match signer.key.0.verify(expected, message, &signature) {
            Ok(()) => Ok(signer),
            Err(_) => Err(SignatureError::Mismatch),
        }
    }
}

impl Signer {
    fn may_sign(&self, namespace: &str, at: Timestamp) -> bool {
        (self.namespaces.is_empty() || self.namespaces.iter().any(|own| own == namespace))
            && self.valid_after.is_none_or(|from| at >= from)
            && self.valid_before.is_none_or(|until| at < until)
    }
}

fn signer(line: &str) -> Result<Signer, String> {
    let (principal, rest) = line.split_once(' ').ok_or("there is no key")?;
    if principal.contains(['*', '?', '!', ',', '"']) {
        return Err(format!("`{principal}` is not one plain name"));
    }
    // Options hold no spaces in the subset understood here, so the key type is the first word
    // that is one.
    let (options, key) = match rest.trim_start().split_once(' ') {
        Some((options, key)) if options.contains('=') => (options, key.trim_start()),
        _ => ("", rest.trim_start()),
    };
    let key = PublicKey::from_line(key).map_err(|error| match error {
        KeyError::Malformed(source) => format!("the key cannot be read: {source}"),
        KeyError::NotEd25519(_) | KeyError::Encrypted => error.to_string(),
    })?;
    let mut signer = Signer {
        principal: principal.to_owned(),
        key,
        namespaces: Vec::new(),
        valid_after: None,
        valid_before: None,
    };
    for (name, value) in split_options(options)? {
        match name {
            "namespaces" => signer.namespaces = value.split(',').map(str::to_owned).collect(),
            "valid-after" => signer.valid_after = Some(instant(value)?),
            "valid-before" => signer.valid_before = Some(instant(value)?),
            other => return Err(format!("option `{other}` is not understood")),
        }
    }
    Ok(signer)
}

/// Splits `a="x,y",b="z"`.
fn split_options(mut text: &str) -> Result<Vec<(&str, &str)>, String> {
    let mut options = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").ok_or("an option needs a quoted value")?;
        let (value, rest) = rest.split_once('"').ok_or("a quote is not closed")?;
        options.push((name, value));
        text = match rest.strip_prefix(',') {
            Some(more) => more,
            None if rest.is_empty() => rest,
            None => return Err("options are separated by commas".to_owned()),
        };
    }
    Ok(options)
}

/// Reads `yyyymmddZ`, `yyyymmddhhmmZ` or `yyyymmddhhmmssZ`. Without `Z` it would mean another
/// instant on each machine.
fn instant(text: &str) -> Result<Timestamp, String> {
    let invalid = || format!("`{text}` is not an instant in UTC such as 20261120Z");
    let digits = text.strip_suffix('Z').ok_or_else(invalid)?;
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid());
    }
    let padded = format!("{digits:0<14}");
    let (date, time) = padded.split_at(8);
    let (year, day) = date.split_at(4);
    format!("{year}-{}-{}T{}:{}:{}Z", &day[..2], &day[2..], &time[..2], &time[2..4], &time[4..])
        .parse()
        .map_err(|_| invalid())
}
