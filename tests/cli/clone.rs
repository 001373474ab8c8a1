//! A run that is open on the evidence branch goes on in another clone.

use super::{stage::Stage, walk::BOOK};

#[test]
fn another_clone_goes_on_from_the_evidence() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let run = stage.waiting_run("book.yaml");
    let clone = stage.beside("clone");
    let (from, to) = (stage.repo().display().to_string(), clone.display().to_string());
    stage.git(&["clone", "-q", &from, &to]);
    let there = |args: &[&str]| stage.hardstop_in(&clone, args);
    there(&["status"]).expect(0, &[&run, "elsewhere"]);
    there(&["why", &run]).expect(0, &["waits for 2 answers"]);
    // Nobody takes a run from its clone by accident.
    there(&["advance"]).expect(0, &["no live runs"]);
    let verb = there(&["tick", &run, "look", "ok"]);
    verb.expect(2, &["not live in this clone", &format!("hardstop advance {run}")]);
    there(&["advance", &run]).expect(3, &["continues from its evidence"]);
    there(&["tick", &run, "look", "ok", "count=1"]).expect(0, &["answered count: 1"]);
    there(&["verify"]);
}
