//! `policy.json`: the policy a run was under, in the one spelling of the format.
//!
//! A policy may be written by hand in another form; what the evidence keeps, and what every digest
//! of a policy in the evidence is over, is this file.

use std::collections::BTreeMap;

use hardstop_core::{
    ids::{Digest, PersonId, TeamId},
    policy::{Person, Policy, Revocation, Subject, Verb},
};
use serde::{Deserialize, Serialize};

use crate::{
    digest,
    document::{self, DocumentError},
};

const SCHEMA: &str = "hardstop/policy/v1";

/// A policy without its digest, which is that of this very file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    version: u64,
    people: BTreeMap<PersonId, Person>,
    teams: BTreeMap<TeamId, Vec<PersonId>>,
    roles: BTreeMap<TeamId, Vec<PersonId>>,
    allow: BTreeMap<Verb, Vec<Subject>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    revoked: Vec<Revocation>,
}

/// The file of a policy, and the policy with the file's digest as its own.
pub fn to_file(policy: Policy) -> (Vec<u8>, Policy) {
    let Policy { version, digest: _, people, teams, roles, allow, revoked } = policy;
    let file = File { schema: SCHEMA.to_owned(), version, people, teams, roles, allow, revoked };
    let bytes = document::to_bytes(&file);
    let policy = file.into_policy(digest(&bytes));
    (bytes, policy)
}

/// The embedded policy of a repository that has none, and its file.
pub fn solo() -> (Vec<u8>, Policy) {
    to_file(Policy::solo(Digest::from_bytes([0; 32])))
}

/// Reads a policy file.
///
/// # Errors
///
/// [`DocumentError`] if it is none, or not written as the format demands.
pub fn from_file(bytes: &[u8]) -> Result<Policy, DocumentError> {
    let file: File = document::from_bytes(bytes)?;
    Ok(file.into_policy(digest(bytes)))
}

impl File {
    fn into_policy(self, digest: Digest) -> Policy {
        let Self { schema: _, version, people, teams, roles, allow, revoked } = self;
        Policy { version, digest, people, teams, roles, allow, revoked }
    }
}
