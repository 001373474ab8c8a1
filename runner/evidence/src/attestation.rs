//! The attestation of a closed run: an in-toto Statement in a DSSE envelope, for the tools that
//! read those.
//!
//! It says nothing that the sealed folder does not; its subject is `SHA256SUMS`. Signed are the
//! exact bytes that are kept, as DSSE demands, so nothing is parsed before its signature holds.

use base64ct::{Base64, Encoding};
use hardstop_core::{
    event::{Entry, Event, RunResult},
    header::{Header, PinnedRunbook},
    ids::{AttemptNo, Digest, PersonId, RunId, StepId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    document::{self, DocumentError},
    keys::{PublicKey, SigningKey},
    layout,
};

/// The type of what the statement says about a run.
pub const PREDICATE_TYPE: &str = "https://hardstop.example.com/attestation/run/v1";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// What is said about a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// The run.
    pub run: RunId,
    /// What was executed.
    pub runbook: PinnedRunbook,
    /// Version of the policy it ended under; 0 for the embedded `solo` policy.
    pub policy_version: u64,
    /// Who started it.
    pub initiator: PersonId,
    /// Whose yes counted for a gate that opened and was not voided afterwards, in order, once each.
    pub approvers: Vec<PersonId>,
    /// How it ended.
    pub result: RunResult,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was closed.
    pub closed: Timestamp,
    /// How many events its journal has.
    pub events: u64,
    /// SHA-256 of the journal's last line without its line feed, in hex.
    pub head: String,
}

impl Predicate {
    /// What is to be said about a closed run, from its header and its journal.
    ///
    /// * `head`: SHA-256 of the journal's last line, in hex.
    /// * Returns `None` for a run that is not closed.
    pub fn of(header: &Header, entries: &[Entry], head: &str) -> Option<Self> {
        let last = entries.last()?;
        let Event::RunClosed { result, .. } = last.event else { return None };
        let mut policy_version = header.policy.version;
        for entry in entries {
            if let Event::PolicyLoaded { version, .. } = &entry.event {
                policy_version = *version;
            }
        }
        Some(Self {
            run: header.run.clone(),
            runbook: header.runbook.clone(),
            policy_version,
            initiator: header.initiator.person.clone(),
            approvers: approvers(entries),
            result,
            opened: entries.first()?.at.wall,
            closed: last.at.wall,
            events: last.seq.saturating_add(1),
            head: head.to_owned(),
        })
    }
}

/// Whose yes counted for a gate that opened and was not voided afterwards, in order, once each.
fn approvers(entries: &[Entry]) -> Vec<PersonId> {
    let mut standing: Vec<(&StepId, AttemptNo)> = Vec::new();
    for entry in entries {
        if let Event::GateSatisfied { step, request, .. } = &entry.event {
            standing.push((step, *request));
        } else if let Event::ApprovalVoided { step, request, .. } = &entry.event {
            standing.retain(|gate| *gate != (step, *request));
        }
    }
    let mut people = Vec::new();
    for entry in entries {
        if let Event::ApprovalAccepted { step, request, by, .. } = &entry.event
            && standing.contains(&(step, *request))
            && !people.contains(&by.person)
        {
            people.push(by.person.clone());
        }
    }
    people
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    digest: Sha256,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sha256 {
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    keyid: String,
    sig: String,
}

/// An attestation that does not hold.
#[derive(Debug, Error)]
pub enum AttestationError {
    /// It is no envelope of one statement, or not written as the format demands.
    #[error("{0}")]
    Unreadable(#[source] DocumentError),
    /// It is no run attestation of this version.
    #[error("it is another kind of statement")]
    OtherKind,
    /// Its payload or signature is not base64.
    #[error("it is not valid base64")]
    Encoding,
    /// It does not have the one signature of the given key.
    #[error("it is not signed by the key that sealed the run")]
    Unsigned,
    /// It speaks of other bytes.
    #[error("its subject is not this SHA256SUMS")]
    OtherSubject,
}

/// The file `attestation.intoto.jsonl` of a closed run.
///
/// * `seal`: the digest of its `SHA256SUMS`.
pub fn attest(seal: Digest, predicate: Predicate, key: &SigningKey) -> Vec<u8> {
    let statement = Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject {
            name: layout::SUMS.to_owned(),
            digest: Sha256 { sha256: seal.hex() },
        }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate,
    };
    let payload = document::to_line(&statement);
    let signature = key.sign_raw(&pre_authentication(&payload));
    document::to_line(&Envelope {
        payload: Base64::encode_string(&payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: vec![Signature {
            keyid: key.public().fingerprint(),
            sig: Base64::encode_string(&signature),
        }],
    })
}

/// Reads the attestation of a run sealed with `key`.
///
/// # Errors
///
/// [`AttestationError`] if it does not hold for `seal`, the digest of `SHA256SUMS`.
pub fn verify(file: &[u8], seal: Digest, key: &PublicKey) -> Result<Predicate, AttestationError> {
    let line = file.strip_suffix(b"\n").unwrap_or_default();
    let envelope: Envelope = document::from_line(line).map_err(AttestationError::Unreadable)?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(AttestationError::OtherKind);
    }
    let decode = |text: &str| Base64::decode_vec(text).map_err(|_| AttestationError::Encoding);
    let payload = decode(&envelope.payload)?;
    let signed = pre_authentication(&payload);
    // The key id decides nothing, but there is one the writer would have written.
    let genuine = match &envelope.signatures[..] {
        [only] if only.keyid == key.fingerprint() => key.verify_raw(&signed, &decode(&only.sig)?),
        _ => false,
    };
    if !genuine {
        return Err(AttestationError::Unsigned);
    }
    let payload = payload.strip_suffix(b"\n").unwrap_or_default();
    let statement: Statement =
        document::from_line(payload).map_err(AttestationError::Unreadable)?;
    if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
        return Err(AttestationError::OtherKind);
    }
    match &statement.subject[..] {
        [only] if only.name == layout::SUMS && only.digest.sha256 == seal.hex() => {
            Ok(statement.predicate)
        }
        _ => Err(AttestationError::OtherSubject),
    }
}

/// What DSSE signs: type and payload, each with its length.
pub(crate) fn pre_authentication(payload: &[u8]) -> Vec<u8> {
    let prefix = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [prefix.as_bytes(), payload].concat()
}
