//! Keys: forms, and which signatures count.

use hardstop_core::time::Timestamp;

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32], "runner@example.com")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_key_survives_its_file() {
    let text = key(1).to_openssh();
    assert!(text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    let read = SigningKey::from_openssh(&text).unwrap();
    assert_eq!(read.public(), key(1).public());
    assert_eq!(PublicKey::from_line(&read.public().line()).unwrap(), key(1).public());
    assert_eq!(read.to_openssh(), text, "the same key is the same file");
    assert!(!format!("{read:?}").contains("PRIVATE"));
}

#[test]
fn what_is_no_key_is_refused() {
    assert!(SigningKey::from_openssh("").is_err());
    assert!(PublicKey::from_line("ssh-ed25519 AAAA").is_err());
    let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQ== x";
    assert!(PublicKey::from_line(rsa).is_err());
}

/// Signs `message` with the key of seed 1, and asks `signers` about it.
#[track_caller]
fn check(signers: &str, namespace: Namespace, want: &str) {
    let signature = key(1).sign(namespace, b"message");
    let at = at("2026-11-20T15:53:32Z");
    let got = match AllowedSigners::parse(signers) {
        Ok(signers) => {
            match signers.verify(Namespace::Seal, b"message", signature.as_bytes(), at) {
                Ok(signer) => format!("by {}", signer.principal),
                Err(error) => error.to_string(),
            }
        }
        Err(error) => error.to_string(),
    };
    assert!(got.starts_with(want), "{got:?} instead of {want:?}");
}

#[test]
fn only_allowed_signatures_count() {
    let own = key(1).public();
    let line = own.allowed_signers_line("runner@example.com");
    let bare = own.line();

    check(&line, Namespace::Seal, "by runner@example.com");
    check(&format!("# text\n\nr {bare}\n"), Namespace::Seal, "by r");
    check(&line, Namespace::Git, "made for `git`, not for `hardstop-evidence-v1`");
    check("", Namespace::Seal, "made with key SHA256:");
    check(&key(2).public().allowed_signers_line("r"), Namespace::Seal, "made with key SHA256:");
    check(&format!("r namespaces=\"git\" {bare}"), Namespace::Seal, "made with key");
    check(&format!("r valid-before=\"20261120Z\" {bare}"), Namespace::Seal, "made with key");
    check(&format!("r valid-after=\"20261120155332Z\" {bare}"), Namespace::Seal, "by r");
    check(&format!("r valid-before=\"202611201600Z\" {bare}"), Namespace::Seal, "by r");
}

#[test]
fn what_is_not_understood_is_refused() {
    let bare = key(1).public().line();
    let refused = [
        ("r", "there is no key"),
        ("r ssh-ed25519 AAAA", "the key cannot be read"),
        (&format!("*@example.com {bare}"), "`*@example.com` is not one plain name"),
        (&format!("r cert-authority=\"\" {bare}"), "option `cert-authority` is not understood"),
        (&format!("r valid-after=\"20261120\" {bare}"), "`20261120` is not an instant"),
        (&format!("r valid-after=\"20261399Z\" {bare}"), "`20261399Z` is not an instant"),
        (&format!("r namespaces=\"git {bare}"), "a quote is not closed"),
        (&format!("r a=\"1\"b=\"2\" {bare}"), "options are separated by commas"),
    ];
    for (line, reason) in refused {
        check(&format!("\n{line}"), Namespace::Seal, &format!("allowed signers, line 2: {reason}"));
    }
}

#[test]
fn a_signature_is_over_its_bytes() {
    let signers = AllowedSigners::parse(&key(1).public().allowed_signers_line("r")).unwrap();
    let signature = key(1).sign(Namespace::Seal, b"message");
    let ask = |message: &[u8], signature: &str| {
        signers
            .verify(Namespace::Seal, message, signature.as_bytes(), Timestamp::from_millis(0))
            .map(|_| ())
    };
    assert!(ask(b"message", &signature).is_ok());
    assert!(matches!(ask(b"massage", &signature), Err(SignatureError::Mismatch)));
    assert!(matches!(ask(b"message", "text"), Err(SignatureError::Malformed(_))));
}

/// A policy that gives these keys to people.
fn policy(keys: &[(&str, u8)]) -> hardstop_core::policy::Policy {
    let mut policy = crate::policy::solo().1;
    policy.version = 1;
    for (person, seed) in keys {
        let entry = policy.people.entry(person.parse().unwrap()).or_default();
        entry.keys.push(key(*seed).public().line());
    }
    policy
}

#[test]
fn a_yes_is_signed_with_ones_own_key_and_no_other() {
    let own = |keys: &[(&str, u8)], seed: u8, namespace| {
        let signature = key(seed).sign(namespace, b"request");
        let alice = "alice".parse().unwrap();
        check_own(&policy(keys), &alice, b"request", &signature).map_err(|error| error.to_string())
    };
    let refused = |keys: &[(&str, u8)], seed, namespace, why: &str| {
        let error = own(keys, seed, namespace).unwrap_err();
        assert!(error.starts_with(why), "{error}");
    };
    let both = [("alice", 1), ("alice", 2), ("bob", 3)];
    assert_eq!(own(&both, 1, Namespace::Approval), Ok(()));
    assert_eq!(own(&both, 2, Namespace::Approval), Ok(()), "either of hers");
    refused(
        &both,
        3,
        Namespace::Approval,
        "the signature was made with a key of `bob`, not of `al",
    );
    refused(&both, 4, Namespace::Approval, "the signature was made with key SHA256:");
    refused(&both, 1, Namespace::Seal, "the signature was made for `hardstop-evidence-v1`");
    let shared = [("alice", 1), ("bob", 1)];
    refused(&shared, 1, Namespace::Approval, "the signature was made with a key of `bob`");
    refused(&[], 1, Namespace::Approval, "the signature was made with key");
}

#[test]
fn a_yes_is_signed_for_one_request() {
    let alice = "alice".parse().unwrap();
    let policy = policy(&[("alice", 1)]);
    let signature = key(1).sign(Namespace::Approval, b"request");
    let asked = |request: &[u8], text: &str| check_own(&policy, &alice, request, text);
    assert!(asked(b"request", &signature).is_ok());
    assert!(matches!(asked(b"another", &signature), Err(OwnError::Mismatch { .. })));
    assert!(matches!(asked(b"request", "yes"), Err(OwnError::Malformed(_))));
}
