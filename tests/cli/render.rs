//! A runbook as a document.

use std::fs;

use super::{stage::Stage, walk::BOOK};

#[test]
fn a_runbook_is_rendered_to_read_and_to_print() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let markdown = stage.hardstop(&["render", "book.yaml"]);
    markdown.expect(0, &["# A short one", "**GATE: hard stop**", "- [ ]", "## If it is aborted"]);
    stage.hardstop(&["render", "book.yaml", "--html", "-o", "book.html"]).expect(0, &[]);
    let page = fs::read_to_string(stage.repo().join("book.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("type=\"checkbox\""), "{page}");
    let (code, view) = stage.json(&["render", "book.yaml", "--html"]);
    assert_eq!((code, &view["format"]), (0, &"html".into()));
    assert_eq!(view["document"], page);
    stage.hardstop(&["render", "missing.yaml"]).expect(2, &["there is no file missing.yaml"]);
    let nowhere = ["render", "book.yaml", "-o", "no/such/folder.md"];
    stage.hardstop(&nowhere).expect(2, &["cannot be written"]);
}
