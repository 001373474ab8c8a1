//! Tables of names and digests.

use std::{fmt, str::FromStr};

use hardstop_core::ids::{AttemptNo, Digest, InvalidId, ItemId, PersonId, PhaseId, RunId, StepId};

fn good<T: FromStr<Err = InvalidId> + fmt::Display>(texts: &[&str]) {
    for text in texts {
        match text.parse::<T>() {
            Ok(id) => assert_eq!(id.to_string(), *text),
            Err(error) => panic!("{error}"),
        }
    }
}

#[track_caller]
fn bad<T: FromStr<Err = InvalidId> + fmt::Display>(texts: &[&str]) {
    for text in texts {
        if let Ok(id) = text.parse::<T>() {
            panic!("`{id}` was accepted");
        }
    }
}

#[test]
fn names() {
    let longest = "a".repeat(63);
    let too_long = "a".repeat(64);
    good::<ItemId>(&["a", "a1", "restore-copy", "a_b", &longest]);
    let strange =
        ["", "A", "1a", "-a", "_a", "a b", "a/b", "a.b", "ä", "a\n", "../a", "а", "a\u{202e}b"];
    bad::<ItemId>(&strange);
    bad::<ItemId>(&[&too_long]);
}

#[test]
fn step_addresses() {
    good::<StepId>(&["a", "main/a", "finally/clean-up"]);
    bad::<StepId>(&["", "/", "a/", "/a", "a/b/c", "a//b", "A/b", "a/..", "../b"]);
    good::<StepId>(&["a/b[EU-1]", "a/b.undo[x][y.z]"]);
    bad::<StepId>(&["a/b[]", "a/b[x", "a/b[.x]", "a/b[x..y]", "a/b[x/y]"]);
    let step: StepId = "main/build".parse().unwrap();
    assert_eq!((step.phase(), step.name()), (Some("main"), "build"));
    let step: StepId = "build".parse().unwrap();
    assert_eq!((step.phase(), step.name()), (None, "build"));
}

#[test]
fn people() {
    good::<PersonId>(&["alice", "alice@example.com", "a.b+c@x"]);
    bad::<PersonId>(&[
        "", "Alice", "@", "a@", "@b", "a@b c", "a/b@c", "a`@b", "a\"@b", "ä@b", "a@b\n",
    ]);
    bad::<PersonId>(&[&format!("{}@b", "a".repeat(254))]);
}

#[test]
fn run_ids() {
    good::<RunId>(&["k7f3q9xm2p-20260101-000000"]);
    bad::<RunId>(&[
        "",
        "k7f3q9xm2p",
        "k7f3q9xm2p-20260101",
        "k7f3q9xm2p-20260101-00000",
        "k7f3q9xm2p-20260101-000000-x",
        "K7f3q9xm2p-20260101-000000",
        "../../etc0-20260101-000000",
        "k7f3q9xm2pp-2026010-000000",
    ]);
    let run: RunId = "k7f3q9xm2p-20260102-030405".parse().unwrap();
    assert_eq!(run.folder(), "runs/2026/01/02/k7f3q9xm2p-20260102-030405");
    assert_eq!(run.short(), "k7f3q9xm2p");
}

#[test]
fn a_refused_name_says_why() {
    let error = "No".parse::<PhaseId>().unwrap_err().to_string();
    let wanted = "`No` is not a valid phase id: lower-case letters, digits, `_` and `-`, a letter \
                  first, at most 63";
    assert_eq!(error, wanted);
}

#[test]
fn digests() {
    let digest = Digest::from_bytes(std::array::from_fn(|at| u8::try_from(at * 8).unwrap_or(0)));
    assert_eq!(digest.code(), "0008101820");
    assert_eq!(Digest::from_hex(&digest.hex()), Ok(digest));
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(json, format!("\"sha256:{}\"", digest.hex()));
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    let hex = digest.hex();
    for wrong in [
        hex.clone(),
        format!("sha256:{}", &hex[1..]),
        format!("sha256:{hex}0"),
        format!("sha256:{}", hex.to_uppercase()),
        format!("sha256:{}g", &hex[1..]),
        format!("sha256:{}é", &hex[2..]),
        format!("sha512:{hex}"),
        String::new(),
    ] {
        assert!(Digest::try_from(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn attempts_count_from_one_and_never_wrap() {
    assert_eq!(AttemptNo::FIRST.next(), AttemptNo(2));
    assert_eq!(AttemptNo(u32::MAX).next(), AttemptNo(u32::MAX));
}
