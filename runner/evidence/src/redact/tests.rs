//! No spelling of a secret comes through, however the stream is cut.

use base64ct::{Base64, Base64Url, Encoding};
use proptest::prelude::*;

use super::*;

const SECRET: &str = "pä ss/w\"ord+?>~";

fn mask(secrets: &[(&str, &str)], chunks: &[&[u8]]) -> (String, u32) {
    let mut redactor = Secrets::new(secrets.iter().copied()).unwrap().redactor();
    let mut out: Vec<u8> = chunks.iter().flat_map(|chunk| redactor.feed(chunk)).collect();
    let (rest, masked) = redactor.finish();
    out.extend(rest);
    (String::from_utf8_lossy(&out).into_owned(), masked.total())
}

#[test]
fn every_spelling_is_masked() {
    let hex = spellings::in_hex(SECRET);
    let spellings = [
        SECRET.to_owned(),
        serde_json::to_string(SECRET).unwrap(),
        "p%C3%A4%20ss%2Fw%22ord%2B%3F%3E~".to_owned(),
        "p%c3%a4%20ss%2fw%22ord%2b%3f%3e~".to_owned(),
        "p%C3%A4+ss%2Fw%22ord%2B%3F%3E~".to_owned(),
        hex.to_ascii_uppercase(),
        hex,
    ];
    for spelling in spellings {
        let text = format!("before {spelling} after");
        let (masked, count) = mask(&[("token", SECRET)], &[text.as_bytes()]);
        assert!(masked.contains("[REDACTED:token]") && count == 1, "{spelling}: {masked}");
        assert!(!masked.contains("ord"), "{masked}");
    }
}

#[test]
fn base64_is_masked_at_every_alignment() {
    for before in ["", "u", "us", "user:"] {
        let plain = format!("{before}{SECRET}:more");
        for encoded in
            [Base64::encode_string(plain.as_bytes()), Base64Url::encode_string(plain.as_bytes())]
        {
            let (masked, count) = mask(&[("token", SECRET)], &[encoded.as_bytes()]);
            assert_eq!(count, 1, "{before}: {masked}");
            assert!(masked.len() < "[REDACTED:token]".len() + 18, "{masked}");
        }
    }
}

#[test]
fn lines_of_a_secret_are_masked_alone() {
    let key = "-----BEGIN-----\nMIIEvQIBADANBg\nab\n";
    let (masked, count) = mask(&[("key", key)], &[b"x MIIEvQIBADANBg y ab z"]);
    assert_eq!((masked.as_str(), count), ("x [REDACTED:key] y ab z", 1), "short lines stay");
}

#[test]
fn short_or_no_secrets_change_nothing() {
    assert_eq!(mask(&[("pin", "12345")], &[b"12345"]), ("12345".to_owned(), 0));
    assert_eq!(mask(&[], &[b"a", b"", b"b"]), ("ab".to_owned(), 0));
}

#[test]
fn longest_secret_at_a_place_wins() {
    let secrets = [("short", "secret"), ("long", "secret-and-more")];
    let (masked, _) = mask(&secrets, &[b"secret-and", b"-more secret-and secret"]);
    assert_eq!(masked, "[REDACTED:long] [REDACTED:short]-and [REDACTED:short]");
    assert!(!format!("{:?}", Secrets::new(secrets).unwrap()).contains("more"));
}

#[test]
fn shapes_of_credentials_are_found() {
    let found = [
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("-----BEGIN PRIVATE KEY-----", "a private key"),
        ("token=ghp_0123456789abcdefghijABCDEFGHIJ012345", "a GitHub token"),
        ("glpat-0123456789abcdefghij", "a GitLab token"),
        ("id AKIAIOSFODNN7EXAMPLE ", "an AWS access key"),
        ("xoxb-0123456789-0123456789", "a Slack token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.0123456789abcdefg", "a JSON Web Token"),
        ("https://bot:s3cret@git.example.com/x", "a password in a URL"),
    ];
    for (text, shape) in found {
        let bytes = [b"\xff\n", text.as_bytes()].concat();
        let shapes: Vec<&str> = scan(&bytes).iter().map(|finding| finding.shape).collect();
        assert_eq!(shapes, [shape], "{text}");
    }
    let harmless = "https://git.example.com:8443/a@b ssh://git@example.com sha256:abc \
                    -----BEGIN PUBLIC KEY----- eyJ.eyJ. AKIA xoxo http://[::1]:80/@x 10:30@ghp_";
    assert_eq!(scan(harmless.as_bytes()), []);
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(
        text in "[abc ]{0,60}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let secrets = [("one", "abcabc"), ("two", "abcabcabca"), ("three", "bc abca")];
        let bytes = text.as_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(mask(&secrets, &chunks), mask(&secrets, &[bytes]));
    }
}
