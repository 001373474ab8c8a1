//! Locks between runs: first come, first served, whoever is killed meanwhile.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use hardstop_core::ids::RunId;

use crate::place::{Place, RUNBOOK};

/// One step that notes when it is under way, under a lock, until a file lets it go on.
const HOLDS: &str = r#"
apiVersion: hardstop/v1
kind: Runbook
id: holds
title: Holds
inputs: {name: {type: text}}
steps:
  - id: work
    title: Work
    locks: [shared/thing]
    timeout: 1m
    idempotent: true
    env: {NAME: "${{ inputs.name }}"}
    run: {shell: sh, script: "echo $NAME >> .git/began; while [ ! -e .git/go-$NAME ]; do sleep 0.05; done; echo $NAME >> .git/ended"}
"#;

/// Two runs of one group, one after the other.
const GROUP: &str = r#"
apiVersion: hardstop/v1
kind: Runbook
id: group
title: Group
inputs: {name: {type: text}}
concurrency: {group: "site-${{ inputs.name }}", on_conflict: CONFLICT}
steps:
  - {id: look, title: Look, checklist: {items: [{id: ok, text: All well}]}}
"#;

fn group(on_conflict: &str) -> String {
    GROUP.replace("CONFLICT", on_conflict)
}

/// Waits until `holds`, for at most half a minute.
#[track_caller]
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what} did not come to be");
        sleep(Duration::from_millis(50));
    }
}

fn start(place: &Place, line: &str) -> Child {
    let mut command: Command = place.program(line);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn lines(place: &Place, file: &str) -> Vec<String> {
    let text = fs::read_to_string(place.root().join(".git").join(file)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn let_go(place: &Place, name: &str) {
    fs::write(place.root().join(".git").join(format!("go-{name}")), "").unwrap();
}

/// The run whose input is `name`.
#[track_caller]
fn named(place: &Place, name: &str) -> RunId {
    let is = |run: &RunId| place.json(&format!("show {run}"))["inputs"]["name"] == name;
    place.live().into_iter().find(is).unwrap_or_else(|| panic!("no run of {name}"))
}

#[test]
fn three_runs_have_the_lock_in_the_order_of_asking() {
    let place = Place::with(HOLDS);
    let mut first = start(&place, &format!("run {RUNBOOK} -i name=a"));
    eventually("the first", || lines(&place, "began") == ["a"]);
    let waits = place.expect(3, &format!("run {RUNBOOK} -i name=b"));
    waits.says(&["shared/thing"]);
    place.expect(3, &format!("run {RUNBOOK} -i name=c"));
    // Whoever looks first: the place counts, not the look.
    let (b, c) = (named(&place, "b"), named(&place, "c"));
    let_go(&place, "a");
    assert!(first.wait().unwrap().success());
    let_go(&place, "b");
    let_go(&place, "c");
    place.expect(3, &format!("advance {c}"));
    place.expect(0, &format!("advance {b}"));
    place.expect(0, &format!("advance {c}"));
    assert_eq!(lines(&place, "ended"), ["a", "b", "c"]);
    place.is_sound();
}

#[test]
fn who_waits_in_a_process_goes_on_about_a_second_after() {
    let place = Place::with(HOLDS);
    let mut first = start(&place, &format!("run {RUNBOOK} -i name=a"));
    eventually("the first", || lines(&place, "began") == ["a"]);
    let mut second = start(&place, &format!("run {RUNBOOK} -i name=b --wait 1m"));
    let_go(&place, "b");
    sleep(Duration::from_millis(1_500));
    assert_eq!(lines(&place, "began"), ["a"], "one at a time");
    let_go(&place, "a");
    assert!(first.wait().unwrap().success());
    assert!(second.wait().unwrap().success());
    assert_eq!(lines(&place, "began"), ["a", "b"]);
}

#[test]
fn killed_while_holding_the_lock_is_still_had() {
    let place = Place::with(HOLDS);
    let mut first = start(&place, &format!("run {RUNBOOK} -i name=a"));
    eventually("the first", || lines(&place, "began") == ["a"]);
    first.kill().unwrap();
    first.wait().unwrap();
    let_go(&place, "b");
    place.expect(3, &format!("run {RUNBOOK} -i name=b"));
    assert_eq!(lines(&place, "began"), ["a"], "a dead holder is a holder until its run says more");
    let_go(&place, "a");
    place.expect(0, &format!("advance {}", named(&place, "a")));
    place.expect(0, &format!("advance {}", named(&place, "b")));
    assert_eq!(lines(&place, "ended").last().map(String::as_str), Some("b"));
    place.is_sound();
}

#[test]
fn killed_while_waiting_the_place_is_kept() {
    let place = Place::with(HOLDS);
    let mut first = start(&place, &format!("run {RUNBOOK} -i name=a"));
    eventually("the first", || lines(&place, "began") == ["a"]);
    let mut second = start(&place, &format!("run {RUNBOOK} -i name=b --wait 1m"));
    eventually("the second's place", || {
        fs::read_to_string(place.root().join(".git/hardstop/locks/queue.json"))
            .is_ok_and(|queue| queue.matches("shared/thing").count() == 2)
    });
    second.kill().unwrap();
    second.wait().unwrap();
    place.expect(3, &format!("run {RUNBOOK} -i name=c"));
    for name in ["a", "b", "c"] {
        let_go(&place, name);
    }
    assert!(first.wait().unwrap().success());
    let (b, c) = (named(&place, "b"), named(&place, "c"));
    place.expect(3, &format!("advance {c}"));
    place.expect(0, &format!("advance {b}"));
    place.expect(0, &format!("advance {c}"));
    assert_eq!(lines(&place, "ended"), ["a", "b", "c"]);
}

/// Peers' trap 21: without the store nothing starts, and nothing is lost.
#[test]
fn trap_21_a_broken_store_keeps_the_run_waiting() {
    let place = Place::with(HOLDS);
    let_go(&place, "a");
    let queue = place.root().join(".git/hardstop/locks/queue.json");
    fs::create_dir_all(queue.parent().unwrap()).unwrap();
    fs::write(&queue, "{").unwrap();
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    assert!(lines(&place, "began").is_empty());
    fs::remove_file(&queue).unwrap();
    place.expect(0, &format!("advance {}", place.only()));
    assert_eq!(lines(&place, "ended"), ["a"]);
}

#[test]
fn of_one_group_one_run_is_under_way() {
    let place = Place::with(&group("queue"));
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    let first = place.only();
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    let second = place.live().into_iter().find(|run| *run != first).unwrap();
    assert_eq!(place.stand(&second)["waiting"][0]["kind"], "turn");
    place.expect(3, &format!("run {RUNBOOK} -i name=b"));
    place.expect(0, &format!("tick {first} look ok"));
    place.expect(3, &format!("advance {second}"));
    assert_eq!(place.stand(&second)["waiting"][0]["kind"], "answers");
    // Another group is another matter.
    assert_eq!(place.stand(&named(&place, "b"))["waiting"][0]["kind"], "answers");
}

#[test]
fn a_run_may_be_refused_instead_and_leaves_no_trace() {
    let place = Place::with(&group("reject"));
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    let first = place.only();
    let refused = place.expect(4, &format!("run {RUNBOOK} -i name=a"));
    refused.says(&["site-a", first.short()]);
    assert_eq!(place.live(), [first]);
}

/// Two steps of one phase that may run at once, but for their lock.
const TWO: &str = r"
apiVersion: hardstop/v1
kind: Runbook
id: two
title: Two
steps:
  - id: both
    title: Both
    parallel:
      - {id: a, title: A, locks: [shared/thing], checklist: {items: [{id: ok, text: A is well}]}}
      - {id: b, title: B, locks: [shared/thing], checklist: {items: [{id: ok, text: B is well}]}}
";

#[test]
fn of_two_steps_of_one_run_one_has_the_lock() {
    let place = Place::with(TWO);
    place.expect(3, &format!("run {RUNBOOK}"));
    let run = place.only();
    let kinds = || {
        let stand = place.stand(&run);
        let waiting = stand["waiting"].as_array().unwrap();
        waiting.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(), ["answers", "locks"]);
    let held = format!("waits with `b` for shared/thing, held by run {} (`a`)", run.short());
    place.expect(0, &format!("why {run}")).says(&[&held]);
    place.expect(0, &format!("tick {run} a ok"));
    place.expect(3, &format!("advance {run}"));
    assert_eq!(kinds(), ["answers"]);
    place.expect(0, &format!("tick {run} b ok"));
    place.is_sound();
}

#[test]
fn who_holds_is_shown_wherever_a_run_waits() {
    let place = Place::with(
        &TWO.replace("A is well", "\"${{ inputs.name }}\"")
            .replace("steps:", "inputs: {name: {type: text}}\nconcurrency: {group: one}\nsteps:"),
    );
    assert_eq!(place.json("locks")["locks"], serde_json::json!([]));
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    let first = place.only();
    place.expect(3, &format!("run {RUNBOOK} -i name=b"));
    let second = named(&place, "b");
    let held = format!("held by run {}", first.short());
    for line in [format!("why {second}"), format!("show {second}"), "status".to_owned()] {
        place.expect(0, &line).says(&["one", &held, " for "]);
    }
    let locks = place.json("locks")["locks"].clone();
    assert_eq!(locks[0]["lock"], "group:one");
    assert_eq!(locks[0]["held_by"][0]["run"], first.as_str());
    assert_eq!(locks[0]["waiting"][0]["run"], second.as_str());
    assert_eq!(locks[1]["lock"], "shared/thing");
    assert_eq!(locks[1]["held_by"][0]["step"], "a");
    assert_eq!(locks[1]["waiting"][0]["step"], "b");
    place.expect(0, "locks").says(&["shared/thing\n", &held, "1. waits run"]);
    // A store that cannot be read says so in the same place.
    fs::write(place.root().join(".git/hardstop/locks/queue.json"), "{").unwrap();
    for line in [format!("why {second}"), format!("show {second}"), "status".to_owned()] {
        place.expect(0, &line).says(&["nobody can tell who holds it", "queue.json"]);
    }
    place.expect(2, "locks");
}

#[test]
fn a_key_opens_no_run_beside_one_of_its_group_that_rejects_it() {
    let place = Place::with(&group("reject"));
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    let first = place.only();
    let again = format!("run {RUNBOOK} -i name=a --key again");
    place.expect(4, &again).says(&["site-a", first.short()]);
    assert_eq!(place.live(), std::slice::from_ref(&first));
    place.expect(0, &format!("tick {first} look ok"));
    place.expect(3, &again);
    assert_ne!(place.only(), first);
}

/// What a crash leaves between a run's files and its place in the group is looked at again as if it
/// were opened now.
#[test]
fn a_run_that_crashed_on_its_way_in_is_refused_as_well() {
    let place = Place::with(&group("reject"));
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    let crashed = named(&place, "a");
    let kept = place.root().join(".git/hardstop");
    fs::write(kept.join(format!("runs/{crashed}/journal.jsonl")), "").unwrap();
    fs::remove_file(kept.join("locks/queue.json")).unwrap();
    place.expect(3, &format!("run {RUNBOOK} -i name=a"));
    let refused = place.expect(4, &format!("advance {crashed}"));
    refused.says(&["group:site-a is held by run"]);
    assert!(!place.live().contains(&crashed), "nothing of it is left");
    assert_eq!(place.live().len(), 1);
}
