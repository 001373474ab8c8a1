//! The seal's bytes.

use hardstop_core::{event::RunResult, ids::RunId};

use crate::{
    digest, document,
    keys::SigningKey,
    seal::{Seal, seal},
};

#[test]
fn lists_every_file_once_in_byte_order() {
    let run: RunId = "k7f3q9xm2p-20261120-155332".parse().unwrap();
    let created = "2026-11-20T15:53:32Z".parse().unwrap();
    let state = Seal::new(run, Some(RunResult::Succeeded), 3, "00".repeat(32), created);
    let key = SigningKey::from_seed(&[1; 32], "runner@example.com");
    let names = ["run.json", "REPORT.md", "steps/a/1/x", "SHA256SUMS", "attestation.intoto.jsonl"];
    let files = names.into_iter().map(|name| (name.to_owned(), digest(name.as_bytes()))).collect();

    let sealed = seal(&files, &state, &key);

    let sums = String::from_utf8(sealed.sums.clone()).unwrap();
    let listed: Vec<&str> = sums.lines().map(|line| &line[66..]).collect();
    assert_eq!(listed, ["REPORT.md", "run.json", "seal.json", "steps/a/1/x"]);
    assert!(sums.contains(&format!("{}  seal.json\n", digest(&sealed.seal).hex())));
    assert_eq!(document::from_bytes::<Seal>(&sealed.seal).unwrap(), state);
    assert_eq!(seal(&files, &state, &key), sealed, "equal arguments, equal bytes");
}
