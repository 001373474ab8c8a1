//! The seal: a signed list of every file a run has.
//!
//! `SHA256SUMS` lists the files, `seal.json` among them; `seal.json` says how far the journal had
//! come; `SHA256SUMS.sig` is the runner's signature over the list.

use std::collections::BTreeMap;

use hardstop_core::{
    event::RunResult,
    ids::{Digest, RunId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    digest, document,
    keys::{Namespace, SigningKey},
    layout,
};

/// `seal.json`: how far a run was when it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// [`Seal::SCHEMA`].
    pub schema: String,
    /// The run.
    pub run: RunId,
    /// How the run ended; `None` while it is open.
    pub closed: Option<RunResult>,
    /// The number of the journal's last event.
    pub seq: u64,
    /// SHA-256 of the journal's last line without its line feed, in hex.
    pub head: String,
    /// When that event was written.
    pub created: Timestamp,
}

impl Seal {
    /// The value of [`Seal::schema`].
    pub const SCHEMA: &'static str = "hardstop/seal/v1";

    /// A seal of this version.
    pub fn new(
        run: RunId,
        closed: Option<RunResult>,
        seq: u64,
        head: String,
        created: Timestamp,
    ) -> Self {
        Self { schema: Self::SCHEMA.to_owned(), run, closed, seq, head, created }
    }
}

/// The three files of a seal, ready to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealFiles {
    /// `seal.json`.
    pub seal: Vec<u8>,
    /// `SHA256SUMS`.
    pub sums: Vec<u8>,
    /// `SHA256SUMS.sig`.
    pub signature: Vec<u8>,
}

impl SealFiles {
    /// The digest the register names when the run closes: that of `SHA256SUMS`.
    pub fn digest(&self) -> Digest {
        digest(&self.sums)
    }
}

/// Seals a run.
///
/// * `files`: the digest of every other file of the run's folder, by its path there. Those that
///   cannot stand in the list (earlier seals, the attestation) are left out of it.
///
/// Digests are supplied, so sealing costs one line per file and one signature, however large the
/// files are.
pub fn seal(files: &BTreeMap<String, Digest>, seal: &Seal, key: &SigningKey) -> SealFiles {
    let seal_json = document::to_bytes(seal);
    let mut listed: BTreeMap<&str, Digest> = files
        .iter()
        .filter(|(path, _)| layout::is_listed(path))
        .map(|(path, digest)| (path.as_str(), *digest))
        .collect();
    listed.insert(layout::SEAL, digest(&seal_json));
    let mut sums = String::new();
    for (path, digest) in &listed {
        sums.extend([digest.hex().as_str(), "  ", path, "\n"]);
    }
    let signature = key.sign(Namespace::Seal, sums.as_bytes()).into_bytes();
    SealFiles { seal: seal_json, sums: sums.into_bytes(), signature }
}
