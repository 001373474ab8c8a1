//! The tools: a journal folded before one's eyes, and what is made from the program itself.

use std::{fs, path::Path};

use super::{stage::Stage, walk::BOOK};

#[test]
fn a_journal_is_folded_event_by_event() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let run = stage.waiting_run("book.yaml");
    let by_id = stage.hardstop(&["dev", "replay", &run]);
    by_id.expect(
        0,
        &["hello: pending -> running", "+ perform/hello/1", "the run: running -> waiting"],
    );
    let live = fs::read_dir(stage.repo().join(".git/hardstop/runs")).unwrap().next().unwrap();
    let folder = live.unwrap().path();
    let (_, by_folder) = stage.json(&["dev", "replay", folder.to_str().unwrap()]);
    let events = by_folder["events"].as_array().unwrap();
    assert_eq!(by_id.out.lines().count(), events.len() + 1);
    // The last line may have been torn by a crash.
    let journal = folder.join("journal.jsonl");
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 1]).unwrap();
    let (code, torn) = stage.json(&["dev", "replay", folder.to_str().unwrap()]);
    assert_eq!((code, torn["events"].as_array().unwrap().len()), (0, events.len() - 1));
    fs::write(&journal, b"{}\n").unwrap();
    stage
        .hardstop(&["dev", "replay", folder.to_str().unwrap()])
        .expect(5, &["journal.jsonl is damaged"]);
    stage.hardstop(&["dev", "replay", "zz"]).expect(2, &["no run \"zz\""]);
}

#[test]
fn the_published_schemas_are_those_of_this_build() {
    let stage = Stage::new(&[]);
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    for name in ["runbook", "policy", "config", "output"] {
        let ended = stage.hardstop(&["dev", "schema", name]);
        let published = fs::read_to_string(schemas.join(format!("{name}.schema.json"))).unwrap();
        assert!(ended.out == published, "{name} differs: `cargo xtask schema` writes it anew");
    }
}

#[test]
fn shells_and_manuals_know_every_command() {
    let stage = Stage::new(&[]);
    stage.hardstop(&["dev", "completions", "bash"]).expect(0, &["_hardstop", "approve"]);
    let folder = stage.beside("man");
    stage.hardstop(&["dev", "man", folder.to_str().unwrap()]).expect(0, &[]);
    for page in ["hardstop.1", "hardstop-run.1", "hardstop-dev-replay.1"] {
        assert!(folder.join(page).is_file(), "no {page}");
    }
}
