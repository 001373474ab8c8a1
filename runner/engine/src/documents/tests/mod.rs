//! Both documents of two runs, word for word, and what must hold of every document.

mod course;
mod drill;
mod procedure;
mod sanitise;
mod story;

use std::collections::BTreeMap;

use drill::Told;
use hardstop_core::{
    event::{Event, RunResult},
    limits::DOCUMENT_ROWS_MAX,
};

use super::{checklist, report};

/// Compares a document with the one kept in `snapshots/`.
fn compare(name: &str, document: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, document);
    });
}

#[test]
fn an_open_run_says_what_it_waits_for() {
    let run = story::waiting();
    compare("waiting-checklist", &checklist(&run.state, &run.entries));
    compare("waiting-report", &report(&run.state, &run.entries));
}

#[test]
fn a_closed_run_says_what_went_another_way() {
    let run = story::troubled();
    compare("troubled-checklist", &checklist(&run.state, &run.entries));
    compare("troubled-report", &report(&run.state, &run.entries));
}

#[test]
fn every_event_has_a_sentence() {
    let run = story::troubled();
    for entry in &run.entries {
        let text = super::sentence::sentence(&entry.event);
        assert!(!text.is_empty(), "{:?}", entry.event);
    }
    // The story holds each kind of event, so this is no empty promise.
    let mut kinds = run.kinds();
    assert_eq!(kinds.len(), 34, "{kinds:?}");
    for (event, want, _) in course::events() {
        assert_eq!(super::sentence::sentence(&event), want);
        kinds.insert(drill::kind(&event));
    }
    assert_eq!(kinds.len(), 65, "{kinds:?}");
}

#[test]
fn what_went_another_way_than_written_is_a_deviation() {
    let plan = Told::new("Restore drill");
    for (event, told, deviates) in course::events() {
        let written = super::deviation::written(&event, plan.state.plan());
        assert_eq!(written.is_some(), deviates, "{told}");
    }
}

#[test]
fn text_from_outside_stays_in_its_place() {
    let evil = "x\n# Owned\n- [x] done | cell <script> @team #1 \u{1b}[2J\u{202e} `code`";
    let mut run = Told::new(&format!("Title {evil}"));
    run.open();
    run.tell(Event::RunHeld { by: drill::by("bob"), reason: evil.to_owned() });
    for text in [checklist(&run.state, &run.entries), report(&run.state, &run.entries)] {
        assert!(text.contains(r"x # Owned - \[x\] done \| cell \<script\> ＠team ＃1 \`code\`"));
        let unescaped = text.replace(r"\<", "");
        assert!(!unescaped.contains("<script") && !text.contains('\u{1b}'));
        let title = text.lines().find(|line| line.starts_with("# ")).expect("a title");
        assert!(title.contains("Owned"), "{title}");
    }
}

#[test]
fn a_long_run_is_cut_in_the_middle() {
    let mut run = Told::new("Long");
    run.open();
    for _ in 0..2 * DOCUMENT_ROWS_MAX {
        run.tell(Event::EvidenceUnblocked {});
    }
    let (result, outputs) = (RunResult::Incomplete, BTreeMap::new());
    run.tell(Event::RunClosed { result, took: run.elapsed(), outputs });
    let text = report(&run.state, &run.entries);
    let left_out = run.entries.len() - DOCUMENT_ROWS_MAX;
    assert!(text.contains(&format!("| … | | {left_out} more |\n")));
    assert!(text.ends_with("the run was closed as incomplete after 33m 23s |\n"));
    assert!(text.lines().count() < DOCUMENT_ROWS_MAX + 100);
}
