//! The register's chain.

use hardstop_core::{event::RunResult, ids::RunId, time::Timestamp};

use crate::{
    digest,
    register::{Record, Register, first_shard_of},
};

fn run() -> RunId {
    "k7f3q9xm2p-20261120-155332".parse().unwrap()
}

fn opened() -> Record {
    Record::Opened { run: run(), run_json: digest(b"run") }
}

fn closed() -> Record {
    Record::Closed { run: run(), seal: digest(b"sums"), result: RunResult::Succeeded }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn one_chain_runs_through_all_shards() {
    let mut writer = Register::genesis();
    let (first, opening) = writer.append(at("2026-11-20T23:59:59Z"), opened());
    let (second, closing) = writer.append(at("2026-11-21T00:00:01Z"), closed());
    // The clock went back: the line still follows the others.
    let (third, late) = writer.append(at("2026-11-19T00:00:00Z"), opened());
    assert_eq!(first, "register/2026/11/20.jsonl");
    assert_eq!(first, first_shard_of(&run()));
    assert_eq!([&second, &third], ["register/2026/11/21.jsonl"; 2]);

    let mut reader = Register::genesis();
    assert_eq!(reader.read(&first, &opening).unwrap().len(), 1);
    assert_eq!(reader.read(&second, &[closing.clone(), late.clone()].concat()).unwrap().len(), 2);
    assert_eq!(reader, writer);
    assert_eq!(Register::resume(&second, &[closing, late].concat()).unwrap(), writer);
}

#[test]
fn gaps_and_changes_are_found() {
    let mut writer = Register::genesis();
    let ts = at("2026-11-20T12:00:00Z");
    let lines: Vec<Vec<u8>> =
        [opened(), closed(), opened()].map(|record| writer.append(ts, record).1).into();
    let check = |bytes: Vec<u8>, want: &str| {
        let error = Register::genesis().read("register/2026/11/20.jsonl", &bytes).unwrap_err();
        let want = format!("register/2026/11/20.jsonl, line {want}");
        assert!(error.to_string().starts_with(&want), "{error}");
    };
    check([&lines[0][..], &lines[2]].concat(), "2: it does not continue");
    check(lines[1].clone(), "1: it does not continue");
    check(lines[0][..lines[0].len() - 1].to_vec(), "1: it does not end with a line feed");
    let text = String::from_utf8(lines[0].clone()).unwrap();
    check(text.replace("\"v\":1", "\"v\":2").into_bytes(), "1: format 2 is newer");
    check(text.replace("\"n\":0", "\"n\":0,\"n\":0").into_bytes(), "1: not valid");
    let forged = text.replace("run.opened", "run.closed").into_bytes();
    check(forged, "1: not valid");
}
