//! What is asked again and again, and evidence that the runner writes itself.

use std::{fs, thread::sleep, time::Duration};

use crate::{
    locks::eventually,
    place::{Place, RUNBOOK},
};

/// Asks for a file until it is there, and writes down what it said.
const POLL: &str = r#"
apiVersion: hardstop/v1
kind: Runbook
id: poll
title: Poll
outputs: {said: "${{ steps.ask.outputs.said }}"}
steps:
  - id: ask
    title: Ask
    timeout: 10s
    run: {shell: sh, script: "echo asked >> .git/asked; cat .git/answer 2>/dev/null || echo '{\"said\": \"no\"}'"}
    capture: {json: stdout}
    until: {condition: "${{ self.outputs.said == 'yes' }}", interval: INTERVAL, timeout: TIMEOUT}
    evidence: [{id: note, file: note.txt, content: "It said ${{ self.outputs.said }}: ${{ self.files['stdout.log'] | trim }}\n"}]
"#;

fn poll(interval: &str, timeout: &str) -> Place {
    Place::with(&POLL.replace("INTERVAL", interval).replace("TIMEOUT", timeout))
}

fn answer(place: &Place, text: &str) {
    fs::write(place.root().join(".git/answer"), format!("{{\"said\": \"{text}\"}}")).unwrap();
}

fn asked(place: &Place) -> usize {
    let asked = fs::read_to_string(place.root().join(".git/asked")).unwrap_or_default();
    asked.lines().count()
}

#[test]
fn a_poll_ends_when_what_it_asks_for_is_there() {
    let place = poll("500ms", "1m");
    let mut command = place.program(&format!("run {RUNBOOK} --wait 1m"));
    let mut run = command.spawn().unwrap();
    eventually("three tries", || asked(&place) >= 3);
    let id = place.only();
    answer(&place, "yes");
    assert!(run.wait().unwrap().success());
    let shown = place.json(&format!("show {id}"));
    let files = shown["phases"][0]["steps"][0]["artifacts"].to_string();
    // The first answer and the last; not one for each time it was asked.
    assert_eq!(files.matches("stdout.log").count(), 2, "{files}");
    assert!(files.contains("steps/ask/1/files/note"), "{files}");
    let evidence = format!("hardstop/evidence:{}/steps/ask/1/files/note", id.folder());
    assert_eq!(place.git(&["show", &evidence]), "It said yes: {\"said\": \"yes\"}");
    let journal = format!("hardstop/evidence:{}/journal.jsonl", id.folder());
    assert!(place.git(&["show", &journal]).contains(r#""outputs":{"said":"yes"}"#));
    place.is_sound();
}

#[test]
fn advance_asks_once_and_says_when_it_asks_again() {
    let place = poll("1h", "2h");
    let ended = place.json(&format!("run {RUNBOOK}"));
    assert!(ended["wake"].is_string(), "{ended}");
    assert_eq!(asked(&place), 1);
    place.expect(3, "advance");
    assert_eq!(asked(&place), 1, "it is not due");
    answer(&place, "yes");
    place.expect(0, &format!("advance {}", place.only()));
    assert_eq!(asked(&place), 2);
}

#[test]
fn the_time_of_a_poll_does_not_begin_anew_with_each_process() {
    let place = poll("300ms", "2s");
    place.expect(3, &format!("run {RUNBOOK}"));
    let run = place.only();
    for _ in 0..4 {
        sleep(Duration::from_millis(600));
        place.hardstop(&format!("advance {run}"));
    }
    let waiting = place.stand(&run)["waiting"][0].take();
    assert_eq!(waiting["kind"], "verb", "{waiting}");
    let shown = place.expect(0, &format!("show {run}"));
    assert_eq!(shown.out.matches("attempt 1").count(), shown.out.matches("attempt").count());
}

#[test]
fn a_poll_that_is_killed_is_asked_again() {
    let place = poll("200ms", "1m");
    let mut command = place.program(&format!("run {RUNBOOK} --wait 1m"));
    let mut run = command.spawn().unwrap();
    eventually("two tries", || asked(&place) >= 2);
    run.kill().unwrap();
    run.wait().unwrap();
    answer(&place, "yes");
    let id = place.only();
    place.expect(0, &format!("advance {id} --wait 10s"));
    place.is_sound();
}
