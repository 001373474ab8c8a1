//! Evidence is verified, and whatever does not hold is found.

use std::fs;

use super::{stage::Stage, walk::BOOK};

const BRANCH: &str = "refs/heads/hardstop/evidence";

#[test]
fn without_evidence_there_is_nothing_to_verify() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    stage.hardstop(&["verify"]).expect(2, &["no evidence branch yet", "hardstop run"]);
}

#[test]
fn a_clean_branch_is_clean_and_loud_about_what_is_weak() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let run = stage.waiting_run("book.yaml");
    let whole = stage.hardstop(&["verify", "--all"]);
    whole.expect(0, &["all of it verifies", "NOTE", "solo policy", "this machine's own key"]);
    stage.hardstop(&["verify", &run]).expect(0, &["1 run", "not the history of the branch"]);
    stage.hardstop(&["verify", "zz"]).expect(2, &["no evidence of a run \"zz\""]);
    stage.write("book.yaml", &BOOK.replace("A short one", "A draft"));
    stage.waiting_run("book.yaml");
    stage.hardstop(&["verify"]).expect(0, &["a rehearsal"]);
}

#[test]
fn a_branch_that_forgot_what_was_verified_is_found() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    stage.waiting_run("book.yaml");
    let older = stage.git(&["rev-parse", BRANCH]);
    stage.waiting_run("book.yaml");
    stage.hardstop(&["verify"]).expect(0, &["2 runs"]);
    let seen = stage.git(&["rev-parse", BRANCH]);
    stage.git(&["update-ref", BRANCH, older.trim()]);
    stage.hardstop(&["verify"]).expect(5, &["EV305", seen.trim()]);
    // What does not verify is not remembered in its place.
    stage.hardstop(&["verify"]).expect(5, &["EV305"]);
    stage.git(&["update-ref", BRANCH, seen.trim()]);
    stage.hardstop(&["verify", "--expect-head", older.trim()]).expect(0, &[]);
    stage.hardstop(&["verify", "--expect-head", &"0".repeat(40)]).expect(5, &["EV305"]);
    stage.hardstop(&["verify", "--expect-head", "HEAD"]).expect(2, &["full name of a commit"]);
    let (code, view) = stage.json(&["verify", "--ref", older.trim()]);
    assert_eq!((code, &view["runs"], &view["clean"]), (0, &1.into(), &true.into()), "{view:#}");
}

#[test]
fn a_file_that_was_changed_is_found() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let run = stage.waiting_run("book.yaml");
    stage.git(&["checkout", "-q", "hardstop/evidence"]);
    let files = stage.git(&["ls-files"]);
    let journal = files.lines().find(|path| path.ends_with("journal.jsonl")).unwrap();
    let text = fs::read_to_string(stage.repo().join(journal)).unwrap();
    stage.write(journal, &text.replace("alice", "carol"));
    stage.commit("nothing happened here");
    stage.git(&["checkout", "-q", "main"]);
    let found = stage.hardstop(&["verify"]);
    found.expect(5, &["EV101", "EV304", "EV310", "does not verify"]);
    stage.hardstop(&["verify", &run]).expect(5, &["EV101"]);
}

#[test]
fn who_signed_is_checked_against_the_most_independent_list() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    stage.waiting_run("book.yaml");
    let clone = stage.beside("clone");
    let (from, to) = (stage.repo().display().to_string(), clone.display().to_string());
    stage.git(&["clone", "-q", &from, &to]);
    let there = |args: &[&str]| stage.hardstop_in(&clone, args);
    there(&["verify"]).expect(2, &["NOT CHECKED who signed", "the evidence branch itself"]);
    let own = stage.git(&["show", "hardstop/evidence:allowed_signers"]);
    fs::write(clone.join("own"), &own).unwrap();
    there(&["verify", "--signers", "own"]).expect(0, &["signers: own"]);
    fs::write(clone.join("none"), "# nobody\n").unwrap();
    there(&["verify", "--signers", "none"]).expect(5, &["EV105", "EV304"]);
    fs::write(clone.join("wrong"), "nonsense\n").unwrap();
    there(&["verify", "--signers", "wrong"]).expect(2, &["line 1"]);
    there(&["verify", "--signers", "nowhere"]).expect(2, &["nowhere cannot be read"]);
    stage.write(".hardstop/allowed_signers", "# nobody\n");
    stage.commit("nobody is believed");
    stage.hardstop(&["verify"]).expect(5, &["EV105", "allowed_signers, as committed"]);
}
