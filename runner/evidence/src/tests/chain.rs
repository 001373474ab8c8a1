//! The chain: what it accepts, and that nothing can be changed behind its back.

use hardstop_core::{
    event::Event,
    ids::{Epoch, RunId},
    limits::JOURNAL_LINE_BYTES_MAX,
    time::{Millis, Reading, Timestamp},
};
use proptest::prelude::*;

use crate::{
    chain::{AppendError, Chain, read},
    digest,
};

const RUN_JSON: &[u8] = b"{}\n";

fn run() -> RunId {
    "k7f3q9xm2p-20261120-155332".parse().unwrap()
}

fn reading(n: u64) -> Reading {
    let ms = 1_763_654_012_000 + i64::try_from(n).unwrap();
    Reading { wall: Timestamp::from_millis(ms), boot: "b1".to_owned(), mono: Millis(n) }
}

/// A journal of four lines.
fn journal() -> Vec<u8> {
    let mut chain = Chain::genesis(RUN_JSON);
    (0..4)
        .flat_map(|n| {
            let event = Event::ClockAnomaly { jump_ms: n, held: n > 2 };
            chain.append(&run(), Epoch(1), reading(n.unsigned_abs()), event).unwrap().1
        })
        .collect()
}

#[track_caller]
fn check(journal: &[u8], want: &str) {
    let got = match read(&run(), RUN_JSON, journal) {
        Ok((entries, chain)) => format!("{} entries, next {}", entries.len(), chain.next_seq),
        Err(error) => error.to_string(),
    };
    assert!(got.starts_with(want), "{got:?} instead of {want:?}");
}

#[test]
fn reads_what_was_appended() {
    check(b"", "0 entries, next 0");
    check(&journal(), "4 entries, next 4");
    let (_, read) = read(&run(), RUN_JSON, &journal()).unwrap();
    assert_eq!(read.head, digest(journal().split(|b| *b == b'\n').nth(3).unwrap()).hex());
}

#[test]
fn refuses_what_its_runner_did_not_write() {
    let text = String::from_utf8(journal()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let with = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();

    check(&text.as_bytes()[..text.len() - 1], "line 4: it does not end with a line feed");
    check(&[lines[0], lines[2]].concat().into_bytes(), "line 2: its number is 2 and should be 1");
    check(&[lines[1], lines[0]].concat().into_bytes(), "line 1: its number is 1 and should be 0");
    check(&with("\"seq\":1,", "\"seq\":1,\"seq\":1,"), "line 2: not valid: duplicate field");
    check(&with("\"v\":1,", "\"v\":1, "), "line 1: not written as the format demands");
    check(&with("\"v\":1,", "\"v\":2,"), "line 1: format 2 is newer");
    check(&with("\n", "\r\n"), "line 1: not written as the format demands");
    check(&with("\"held\":false", "\"held\":false,\"x\":1"), "line 1: not valid: unknown field");
    check(&with("k7f3q9xm2p", "aaaaaaaaaa"), "line 1: it belongs to run aaaaaaaaaa");
    check(&with("\"epoch\":1", "\"epoch\":2"), "line 2: it names another predecessor");
    check(&with("clock.anomaly", "clock.\u{0}"), "line 1: not valid");
    check(&[text.as_bytes(), b"\xff\n"].concat(), "line 5: not valid");
    check(&[text.as_bytes(), b"\n"].concat(), "line 5: not valid");
}

#[test]
fn lease_may_not_fall() {
    let mut chain = Chain::genesis(RUN_JSON);
    let lines: Vec<u8> = [2, 1]
        .into_iter()
        .flat_map(|epoch| {
            let event = Event::EvidenceUnblocked {};
            chain.append(&run(), Epoch(epoch), reading(0), event).unwrap().1
        })
        .collect();
    check(&lines, "line 2: it was written under lease 1, after lease 2 had begun");
}

#[test]
fn line_too_long_leaves_the_chain_as_it_was() {
    let mut chain = Chain::genesis(RUN_JSON);
    let before = chain.clone();
    let event = Event::EvidenceBlocked { reason: "x".repeat(JOURNAL_LINE_BYTES_MAX) };
    let error = chain.append(&run(), Epoch(1), reading(0), event).unwrap_err();
    assert!(matches!(error, AppendError::TooLong { seq: 0, .. }));
    assert_eq!(chain, before);
}

proptest! {
    /// Any one byte changed anywhere is found, by the reader or by the head in the seal.
    #[test]
    fn any_changed_byte_is_found(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let original = journal();
        let head = read(&run(), RUN_JSON, &original).unwrap().1;
        let mut changed = original.clone();
        *at.get_mut(&mut changed) = to;
        let found = read(&run(), RUN_JSON, &changed).map_or(true, |(_, chain)| chain != head);
        prop_assert_eq!(found, changed != original);
    }
}
