//! The attestation's bytes and their signature.

use hardstop_core::{event::RunResult, header::PinnedRunbook};

use crate::{
    attestation::{AttestationError, Predicate, attest, pre_authentication, verify},
    digest,
    keys::SigningKey,
};

fn predicate() -> Predicate {
    Predicate {
        run: "k7f3q9xm2p-20261120-155332".parse().unwrap(),
        runbook: PinnedRunbook {
            id: "drill".parse().unwrap(),
            path: "runbooks/drill.yaml".to_owned(),
            commit: "0".repeat(40),
            digest: digest(b"runbook"),
            draft: false,
        },
        policy_version: 1,
        initiator: "alice".parse().unwrap(),
        approvers: vec!["bob".parse().unwrap()],
        result: RunResult::Succeeded,
        opened: "2026-11-20T15:53:32Z".parse().unwrap(),
        closed: "2026-11-20T16:00:00Z".parse().unwrap(),
        events: 12,
        head: "0".repeat(64),
    }
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32], "runner@example.com")
}

#[test]
fn holds_for_its_seal_and_key_alone() {
    let seal = digest(b"sums");
    let file = attest(seal, predicate(), &key(1));
    assert_eq!(verify(&file, seal, &key(1).public()).unwrap(), predicate());

    let other = verify(&file, digest(b"other"), &key(1).public());
    assert!(matches!(other, Err(AttestationError::OtherSubject)));
    let stranger = verify(&file, seal, &key(2).public());
    assert!(matches!(stranger, Err(AttestationError::Unsigned)));
    let text = String::from_utf8(file.clone()).unwrap();
    let forged = text.replacen("\"payload\":\"ey", "\"payload\":\"eyA", 1);
    assert!(verify(forged.as_bytes(), seal, &key(1).public()).is_err());
    assert!(verify(&file[..file.len() - 1], seal, &key(1).public()).is_err());
}

/// The example of the DSSE specification.
#[test]
fn signs_what_dsse_demands() {
    let signed = String::from_utf8(pre_authentication(b"hello world")).unwrap();
    assert_eq!(signed, "DSSEv1 28 application/vnd.in-toto+json 11 hello world");
}
