//! No spelling of a secret comes through, however the stream is cut.

mod encodings;

use proptest::prelude::*;

use super::{fold::Unfolded, *};

fn mask(secrets: &[(&str, &str)], chunks: &[&[u8]]) -> (String, u32) {
    let mut redactor = Secrets::new(secrets.iter().copied()).unwrap().redactor();
    let mut out: Vec<u8> = chunks.iter().flat_map(|chunk| redactor.feed(chunk)).collect();
    let (rest, masked) = redactor.finish();
    out.extend(rest);
    (String::from_utf8_lossy(&out).into_owned(), masked.total())
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
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----", "a private key"),
        ("key sk_live_0123456789abcdef", "a Stripe key"),
        ("AIza0123456789abcdefghij0123456789abcde", "a Google key"),
        ("hvs.0123456789abcdefghij0123", "a Vault token"),
        ("npm_0123456789abcdefghij0123456789abcdef", "an npm token"),
        ("> authorization: Bearer 0123456789abcdef", "an Authorization header"),
        ("https://bot:s3cret@git.example.com/x", "a password in a URL"),
    ];
    for (text, shape) in found {
        let bytes = [b"\xff\n", text.as_bytes()].concat();
        let shapes: Vec<&str> = scan(&bytes).iter().map(|finding| finding.shape).collect();
        assert_eq!(shapes, [shape], "{text}");
    }
    let harmless = "https://git.example.com:8443/a@b ssh://git@example.com sha256:abc \
                    -----BEGIN PUBLIC KEY----- eyJ.eyJ. AKIA xoxo http://[::1]:80/@x 10:30@ghp_ \
                    psql://app:$PW@db psql://app:<password>@db psql://app:[REDACTED:pw]@db \
                    Authorization: Bearer [REDACTED:token]";
    assert_eq!(scan(harmless.as_bytes()), []);
}

#[test]
fn a_secret_folded_over_lines_is_masked() {
    let secrets = [("token", "correct-horse-battery")];
    for folded in [
        "correct-\nhorse-\nbattery",
        "correct\r\n-horse-batter\ry",
        "Y29ycmVjdC1ob3JzZS1i\nYXR0ZXJ5Cg==",
        "636f72726563742d686f7273652\n\nd62617474657279",
    ] {
        let (masked, count) = mask(&secrets, &[b"a\n", folded.as_bytes(), b"\nb"]);
        assert!(masked.starts_with("a\n[REDACTED:token]") && masked.ends_with("\nb"), "{masked}");
        assert_eq!(count, 1, "{folded}");
    }
    let parted = "correct-\n\n\nhorse-battery";
    assert_eq!(mask(&secrets, &[parted.as_bytes()]), (parted.to_owned(), 0), "that is no folding");
}

#[test]
fn a_stream_of_line_breaks_is_not_remembered() {
    let mut redactor = Secrets::new([("token", "correct-horse-battery")]).unwrap().redactor();
    let given = (0..100).map(|_| redactor.feed(&[b'\n'; 1000]).len()).sum::<usize>();
    assert!(given > 99_000, "{given}");
    assert_eq!(given + redactor.finish().0.len(), 100_000);
}

#[test]
fn what_becomes_known_meanwhile_is_masked_from_then_on() {
    let one = [("one", "first-secret")];
    let mut redactor = Secrets::new(one).unwrap().redactor();
    let mut out = redactor.feed(b"first-secret second-secret ");
    redactor.learn(Secrets::new([one[0], ("two", "second-secret")]).unwrap());
    out.extend(redactor.feed(b"first-secret second-secret"));
    out.extend(redactor.finish().0);
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with(" [REDACTED:one] [REDACTED:two]"), "{text}");
}

#[test]
fn the_first_secret_in_a_file_is_named_with_its_place() {
    let secrets = Secrets::new([("one", "first-secret"), ("two", "second-secret")]).unwrap();
    assert_eq!(secrets.find(b"\r\n\nx second-\nsecret first-secret"), Some(("two", 5)));
    assert_eq!(secrets.find(b"second-first"), None);
    assert!(secrets.knows("one") && !secrets.knows("three"));
}

/// `text` cut at any places.
fn cut<'t>(bytes: &'t [u8], cuts: &[prop::sample::Index]) -> Vec<&'t [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(
        text in "[abc \r\n]{0,60}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let secrets = [("one", "abcabc"), ("two", "abcabcabca"), ("three", "bc abca"), ("four", "a\n\n\nb\nabc")];
        let bytes = text.as_bytes();
        prop_assert_eq!(mask(&secrets, &cut(bytes, &cuts)), mask(&secrets, &[bytes]));
    }

    #[test]
    fn no_encoding_survives_any_cut(
        secret in "[ -~äß€😀]{6,40}(\n[ -~]{0,20}){0,2}",
        encoding in 0..12_usize,
        width in 1..80_usize,
        before in "[a-z \n]{0,9}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        for spelling in spellings::ENCODINGS[encoding].1(&secret) {
            let folded: Vec<u8> = spelling.chunks(width).flat_map(|line| [line, b"\n"].concat()).collect();
            let stream = [before.as_bytes(), &folded].concat();
            let mut redactor = Secrets::new([("s", secret.as_str())]).unwrap().redactor();
            let mut out: Vec<u8> = cut(&stream, &cuts).iter().flat_map(|chunk| redactor.feed(chunk)).collect();
            let (rest, masked) = redactor.finish();
            out.extend(rest);
            prop_assert!(masked.total() > 0 || spelling.len() < spellings::BYTES_MIN);
            let (left, whole) = (Unfolded::of(&out, 0).text, Unfolded::of(&spelling, 0).text);
            prop_assert!(!left.windows(whole.len()).any(|window| window == whole));
        }
    }
}
