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
