//! What a rehearsal says of scenarios that do not come true, and the rules of its world.

use std::collections::BTreeMap;

use hardstop_core::time::Timestamp;
use hardstop_runbook::{Files, compile, scenario::scenario};

use super::{
    Script,
    locks::Locks,
    pattern::{fits, unkeyed},
    rehearse,
};

const BOOK: &str = "apiVersion: hardstop/v1\nkind: Runbook\nid: book\ntitle: Book\nsteps:\n\
    - {id: build, run: [make], timeout: 1h}\n\
    - {id: look, checklist: {items: [{id: fine, text: It is fine}, {id: odd, text: Nothing is odd, optional: true}]}}\n\
    - {id: rest, hard_stop: {for: 24h}}\n\
    - {id: ship, run: [ship], timeout: 1h}\n";

/// Plays a scenario of the book, and gives what it complains about.
fn play(rest: &str) -> String {
    play_of(BOOK, rest)
}

fn play_of(book: &str, rest: &str) -> String {
    let text = format!(
        "apiVersion: hardstop/v1\nkind: Scenario\nrunbook: book.yaml\ntitle: X\n\
         start: 2026-03-02T08:00:00Z\npeople: {{alice: {{}}, bob: {{may: [tick]}}}}\n{rest}"
    );
    let scenario = scenario("x.scenario.yaml", &text).expect("a scenario");
    let plan = compile("book.yaml", book, Files::NONE).expect("a runbook").plan;
    let script = Script { path: "book.yaml", text: book, plan: &plan };
    let complaints = rehearse(&scenario, script, None).complaints;
    let told = scenario
        .diagnose(complaints)
        .findings()
        .into_iter()
        .map(|it| format!("{}: {} | {}", it.line, it.message, it.help.unwrap_or_default()));
    told.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn complains(rest: &str, wanted: &str) {
    let told = play(rest);
    assert!(told.contains(wanted), "{told}");
}

const WORLD: &str =
    "answers: {\"*\": {takes: 10m}}\npeople_do:\n- {on: look, tick: all, after: 5m}\n";

#[test]
fn what_comes_true_is_not_complained_about() {
    let told = play(&format!(
        "{WORLD}expect:\n  result: succeeded\n  took: 24h25m\n  open_items: []\n  \
         events: [{{type: item.ticked, by: alice, at: +15m}}, {{type: hard_stop.elapsed, at: +24h15m}}]\n  \
         never: [{{type: attempt.started, step: ship, at: +24h}}]\n  \
         steps: {{\"*\": succeeded, build: {{attempts: 1}}}}\n"
    ));
    assert_eq!(told, "");
}

#[test]
fn what_does_not_come_true_is_told_with_what_happened_instead() {
    for (expect, wanted) in [
        ("result: failed", "the run ends as succeeded, at +1d00:25:00"),
        ("result: succeeded\n  took: 24h", "it takes 24h25m"),
        (
            "result: succeeded\n  events: [{type: hard_stop.elapsed, at: +24h}]",
            "`hard_stop.elapsed` does not happen | alike is: +1d00:15:00 hard_stop.elapsed rest",
        ),
        (
            "result: succeeded\n  events: [{type: step.succeeded, step: ship}, {type: item.ticked}]",
            "`item.ticked` does not happen after +1d00:25:00",
        ),
        ("result: succeeded\n  never: [{type: attempt.started, step: sh*}]", "`sh*` happens"),
        ("result: succeeded\n  steps: {ship: skipped}", "`ship` is succeeded, not skipped"),
        ("result: succeeded\n  steps: {shop: succeeded}", "there is no step `shop`"),
        ("result: succeeded\n  refused: [{by: bob}]", "nothing like this is refused"),
        ("result: succeeded\ngolden: x.events", "there is no file `x.events`"),
    ] {
        complains(&format!("{WORLD}expect:\n  {expect}\n"), wanted);
    }
}

#[test]
fn an_unanswered_step_is_named_with_the_line_to_add() {
    let rest =
        "answers: {build: {}}\npeople_do: [{on: look, tick: all}]\nexpect: {result: succeeded}\n";
    complains(
        rest,
        "`ship` is begun, and this scenario does not answer for it | add to `answers`: `\"ship\":",
    );
}

#[test]
fn a_run_that_waits_for_ever_tells_for_what() {
    let rest = "end: +1h\nanswers: {\"*\": {}}\nexpect: {result: succeeded}\n";
    complains(
        rest,
        "the run does not end: nothing more happens after +0d01:00:00 | run rehearsal0 waits for 1 answer",
    );
    let rest =
        "end: +1h\nanswers: {\"*\": {}}\nexpect: {result: waiting, waiting_for: [{step: ship}]}\n";
    complains(rest, "the run does not wait for this");
}

#[test]
fn deeds_that_are_refused_or_never_done_are_told() {
    let rest = "answers: {\"*\": {}}\npeople_do:\n- {on: look, tick: all}\n\
        - {at: +1h, abort: true, by: bob}\n- {retry: build}\nexpect: {result: succeeded}\n";
    complains(rest, "this is refused: the policy does not allow `bob` to abort");
    complains(rest, "this is never done: until +1d00:00:00 its turn does not come");
}

#[test]
fn all_ticks_what_is_optional_too() {
    let told = play(&format!(
        "{WORLD}expect:\n  result: succeeded\n  \
         events: [{{type: item.ticked, with: {{item: odd}}}}, {{type: item.ticked, with: {{item: fine}}}}]\n"
    ));
    assert_eq!(told, "");
}

/// What a failed step never produced cannot be taken back by rule: a person looks.
#[test]
fn an_undo_reads_what_its_step_produced_or_waits_for_a_person() {
    let book = "apiVersion: hardstop/v1\nkind: Runbook\nid: book\ntitle: Book\nsteps:\n\
        - id: raise\n  uses: train/raise\n  undo: {uses: train/complete, with: {change: \"${{ \
        steps.raise.outputs.change }}\"}}\n- {id: look, checklist: {items: [{id: ok, text: Fine}]}}\n";
    let done = "answers: {raise: {outputs: {change: CHG1}}, raise.undo: {}}\npeople_do:\n\
        - {at: +1h, abort: true}\nexpect:\n  result: aborted\n  \
        events: [{type: step.succeeded, step: raise.undo}]\n";
    assert_eq!(play_of(book, done), "");
    let failed = "answers: {raise: {failed: exit 1}}\npeople_do:\n- {at: +1h, abort: true}\n\
        - {skip: raise.undo, after: 5m, reason: nothing was raised}\n\
        - {waive: raise, at: +2h, reason: nothing was raised}\nexpect:\n  result: aborted\n  \
        events: [{type: step.failed, step: raise.undo}]\n  \
        never: [{type: call.started, step: raise.undo}]\n";
    assert_eq!(play_of(book, failed), "");
}

#[test]
fn an_attempt_is_ended_at_its_timeout() {
    let rest = "answers: {build: {takes: 2h}}\nexpect:\n  result: waiting\n  took: 1h\n  \
        events: [{type: attempt.failed, at: +1h, with: {cause: {kind: timed_out}}}]\n";
    assert_eq!(play(rest), "");
}

#[test]
fn a_lost_call_is_found_as_the_scenario_says() {
    let book = "apiVersion: hardstop/v1\nkind: Runbook\nid: book\ntitle: Book\nsteps:\n\
        - {id: build, uses: ci/build, timeout: 1h}\n";
    let played = |found: &str, expect: &str| {
        let answers =
            format!("answers: {{build: [{{lost: true, takes: 5m{found}}}, {{takes: 1m}}]}}");
        let told = play_of(book, &format!("{answers}\nexpect:\n  {expect}\n"));
        assert_eq!(told, "", "{found}");
    };
    let probed =
        |kind: &str| format!("{{type: call.probed, at: +5m, with: {{found: {{kind: {kind}}}}}}}");
    played(
        "",
        &format!(
            "result: waiting\n  steps: {{build: unknown}}\n  events: [{}]",
            probed("cannot_tell, message: the scenario does not say, again: false")
        ),
    );
    let begun_once = "never: [{type: call.started, at: +5m}]\n  steps: {build: {attempts: 1";
    for (found, kind, state, result, took) in [
        ("{outputs: {n: 7}}", "over", "succeeded, outputs: {n: 7}", "succeeded", "5m"),
        (
            "{takes: 20m, outputs: {n: 7}}",
            "under_way",
            "succeeded, outputs: {n: 7}",
            "succeeded",
            "25m",
        ),
        ("{failed: it broke}", "over", "failed", "waiting", "5m"),
        ("{takes: 2h}", "under_way", "failed", "waiting", "1h"),
        ("not_started", "not_started", "succeeded", "succeeded", "6m"),
    ] {
        let expect = format!(
            "result: {result}\n  took: {took}\n  events: [{}]\n  {begun_once}, state: {state}}}}}",
            probed(kind)
        );
        played(&format!(", found: {found}"), &expect);
    }
    // A command is not looked for, and nobody is left to wonder why.
    let told = play("answers: {build: {lost: true, found: {}}}\nexpect: {result: waiting}\n");
    assert!(told.contains("`found` is for calls without `until`"), "{told}");
}

#[test]
fn an_answer_is_taken_back() {
    let told = play(
        "answers: {\"*\": {}}\npeople_do:\n- {on: look, tick: odd, at: +1m}\n\
         - {on: look, untick: odd, at: +2m, reason: the wrong screen}\n\
         - {on: look, untick: odd, at: +3m}\n- {on: look, tick: fine, at: +4m}\n\
         expect:\n  result: succeeded\n  refused: [{by: alice, step: look, because: has no answer}]\n  \
         events: [{type: item.ticked}, {type: item.reopened, at: +2m, with: {reason: the wrong screen}}]\n",
    );
    assert_eq!(told, "");
}

#[test]
fn equal_scenarios_give_equal_journals() {
    let journal = || {
        let text = format!(
            "apiVersion: hardstop/v1\nkind: Scenario\nrunbook: book.yaml\ntitle: X\n\
             start: 2026-03-02T08:00:00Z\n{WORLD}expect: {{result: succeeded}}\n"
        );
        let scenario = scenario("x", &text).expect("a scenario");
        let plan = compile("book.yaml", BOOK, Files::NONE).expect("a runbook").plan;
        let rehearsal = rehearse(&scenario, Script { path: "b", text: BOOK, plan: &plan }, None);
        rehearsal.seen.into_iter().map(|seen| seen.entry).collect::<Vec<_>>()
    };
    assert_eq!(journal(), journal());
}

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, text, is_like) in [
        ("a/b", "a/b", true),
        ("a/b", "a/bc", false),
        ("a/*", "a/b[x]", true),
        ("a/b[*]", "a/b[x]", true),
        ("*/b*", "x/b.undo", true),
        ("a*b*c", "axxbxc", true),
        ("a*b*c", "axxcxb", false),
        ("*", "", true),
    ] {
        assert_eq!(fits(pattern, text), is_like, "{pattern} {text}");
    }
    assert_eq!(unkeyed("a/b[k] > c/d[x][y]"), "a/b[k] > c/d");
    assert_eq!(unkeyed("a/b"), "a/b");
}

#[test]
fn locks_are_given_in_the_order_they_are_asked_for() {
    let at = |ms| Timestamp::from_millis(ms);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut locks = Locks::new(BTreeMap::from([("c".to_owned(), at(10))]));
    locks.ask((0, None), names(&["a"]));
    locks.ask((1, None), names(&["a", "b"]));
    locks.ask((2, None), names(&["b"]));
    locks.ask((3, None), names(&["c"]));
    assert_eq!(locks.granted(at(0)), [(0, None)], "nobody overtakes one who waits");
    assert_eq!(locks.granted(at(0)), []);
    locks.give_back(&(0, None));
    assert_eq!(locks.granted(at(0)), [(1, None)]);
    locks.give_back(&(1, None));
    assert_eq!(locks.granted(at(10)), [(2, None), (3, None)]);
}
