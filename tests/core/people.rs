//! Checklists, and the verbs skip, attest and retry.

use hardstop_core::{
    input::{Input, Request},
    policy::Verb,
    value::Value,
};
use hardstop_tests_kit::{
    bench::Bench,
    people::{actor, name},
};

#[test]
fn a_checklist_is_over_when_all_required_items_are_answered() {
    Bench::team("checklist c items=one,two?,three\nrun a").play(
        "
        alice: tick c one    | refused: checklist `c` is not open
        start c              | c opened#1 by=@168h
        alice: tick c one    | c ticked one by=alice
        alice: tick c one    | -
        bob: tick c one      | -
        bob: tick c four     | refused: checklist `c` has no item `four`; it has one, two, three
        mallory: tick c one  | refused: the policy does not know `mallory@example.com`
        start a              | -
        dave: hold           | held by=dave
        bob: tick c three    | c ticked three by=bob; c succeeded#1
        bob: tick c two      | refused: checklist `c` is not open
        dave: lift           | lifted by=dave
        start a              | a started#1 by=@60s
        alice: tick a one    | refused: `a` is not a checklist
        alice: tick b one    | refused: the runbook has no step `b`
        ",
    );
}

#[test]
fn an_item_that_wants_a_file_takes_it_once() {
    let mut bench = Bench::team("checklist c items=one!,two");
    bench.play(
        "
        start c                  | c opened#1 by=@168h
        alice: tick c one        | refused: item `one` asks for a file as evidence
        alice: tick c one file=7 | c ticked one by=alice
        alice: tick c one file=7 | -
        alice: tick c one file=8 | c ticked one by=alice
        ",
    );
    assert_eq!(bench.state.artifacts(&name("c")).len(), 2);
}

#[test]
fn answers_in_another_form_are_refused() {
    let mut bench = Bench::team("checklist c");
    bench.give("start c");
    for value in [Value::Bool(false), Value::Null, Value::from("yes"), Value::Integer(1)] {
        let request = Request::Tick { step: name("c"), item: name("one"), value, artifact: None };
        let got = bench.input(&Input::Person { actor: actor("bob"), request });
        assert_eq!(got, "refused: item `one` takes a plain tick");
    }
}

#[test]
fn an_answer_is_taken_back_while_the_checklist_is_open() {
    let mut bench = Bench::team("checklist c items=one!,two\nrun a");
    bench.play(
        "
        alice: untick c one  | refused: checklist `c` is not open; if it is complete, `rerun` has it asked again
        start c              | c opened#1 by=@168h
        alice: untick c one  | refused: item `one` of `c` has no answer
        alice: tick c one file=7 | c ticked one by=alice
        mallory: untick c one | refused: the policy does not know `mallory@example.com`
        bob: untick c four   | refused: checklist `c` has no item `four`; it has one, two
        bob: untick c one    | c unticked one by=bob
        bob: tick c two      | c ticked two by=bob
        alice: untick a one  | refused: `a` is not a checklist
        ",
    );
    let list = name("c");
    assert_eq!(bench.state.artifacts(&list).len(), 1, "the file is kept");
    assert_eq!(bench.state.current_artifacts(&list), [], "and no longer counts");
    bench.play(
        "
        alice: tick c one file=8 | c ticked one by=alice; c succeeded#1
        alice: untick c one  | refused: checklist `c` is not open; if it is complete, `rerun` has it asked again
        ",
    );
    assert_eq!(bench.state.current_artifacts(&list).len(), 1);
    let mut bench = Bench::team("checklist c items=one,two");
    bench.policy.allow.insert(Verb::Tick, vec!["alice".parse().unwrap()]);
    bench.play(
        "
        start c             | c opened#1 by=@168h
        alice: tick c one   | c ticked one by=alice
        bob: untick c one   | refused: the policy does not allow `bob` to tick
        ",
    );
}

#[test]
fn a_checklist_nobody_answers_is_not_done() {
    for (on_timeout, on_failure, end) in [
        ("pause", "pause", "c failed#1 timed-out"),
        ("pause", "abort", "c failed#1 timed-out; ending failed; closed failed"),
        ("pause", "continue", "c failed#1 timed-out"),
        ("reject", "pause", "c failed#1 rejected"),
        ("abort", "pause", "c failed#1 timed-out; ending aborted; closed aborted"),
    ] {
        let list = format!(
            "checklist c items=one,two timeout=5000 on_timeout={on_timeout} on_failure={on_failure}"
        );
        let mut bench = Bench::team(&list);
        bench.give("start c");
        bench.give("bob: tick c one");
        assert_eq!(bench.give("+4999"), "-");
        assert_eq!(bench.give("+1"), end, "{list}");
        assert!(bench.give("bob: tick c two").starts_with("refused"), "{list}");
    }
}

#[test]
fn a_checklist_that_is_asked_again_begins_anew() {
    Bench::team("checklist c items=one,two timeout=5000").play(
        "
        start c           | c opened#1 by=@5s
        bob: tick c one   | c ticked one by=bob
        +5000             | c failed#1 timed-out
        bob: retry c      | c retried#1 by=bob
        start c           | c opened#2 by=@10s
        bob: tick c two   | c ticked two by=bob
        bob: tick c one   | c ticked one by=bob; c succeeded#2; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn skip_leaves_no_gate_and_no_evidence_undone() {
    let skip = |plan: &str, inputs: &[&str]| {
        let mut bench = Bench::team(plan);
        for input in inputs {
            bench.give(input);
        }
        bench.give("bob: skip s")
    };
    let plan = |step: &str| format!("{step}\nrun rest");
    let skipped = "s skipped by=bob";
    let evidence = "refused: `s` must leave evidence, so it cannot be skipped; attest it if it was done outside";
    assert_eq!(skip(&plan("run s"), &[]), skipped);
    assert_eq!(skip(&plan("run s"), &["start s", "fail s"]), skipped);
    assert_eq!(skip(&plan("run s"), &["start s", "lease"]), skipped);
    assert_eq!(skip(&plan("run s retry=2"), &["start s", "fail s"]), skipped);
    assert_eq!(skip(&plan("checklist s"), &["start s"]), skipped);
    assert_eq!(skip(&plan("wait s 5000"), &["start s"]), skipped);
    assert_eq!(skip(&plan("run s"), &["alice: hold"]), skipped);
    assert_eq!(skip(&plan("run s evidence"), &["start s", "fail s"]), evidence);
    assert_eq!(skip(&plan("checklist s items=one!"), &["start s"]), evidence);
    assert_eq!(skip(&plan("checklist s items=one?,two!"), &[]), evidence);
    let refused = |step: &str, why: &str| format!("refused: `s` is {why}{step}");
    assert_eq!(skip(&plan("hard_stop s 5"), &[]), refused("", "a hard stop: nobody skips it"));
    assert_eq!(
        skip(&plan("approval s"), &[]),
        refused("", "an approval: only a yes of its approvers opens it")
    );
    let not = |word: &str| format!("refused: `s` is {word}, so it cannot be skipped");
    assert_eq!(skip(&plan("run s"), &["start s"]), not("running"));
    assert_eq!(skip(&plan("run s"), &["start s", "done s"]), not("succeeded"));
    assert_eq!(skip(&plan("run s"), &["bob: skip s"]), not("skipped"));
    assert_eq!(skip("run first\nrun s", &[]), not("pending"));
    assert_eq!(skip("run x\nfinally\nrun s", &[]), "refused: the runbook has no step `s`");
    let mut bench = Bench::team("run x\nfinally\nrun s");
    assert_eq!(
        bench.give("bob: skip finally/s"),
        "refused: `finally/s` is pending, so it cannot be skipped"
    );
}

#[test]
fn attest_takes_proof_and_a_second_person() {
    Bench::team("run s evidence\nrun rest").play(
        "
        start s                  | s started#1 by=@60s
        bob: attest s file=7     | refused: `s` is running, so it cannot be attested
        fail s                   | s missed#1 exit=1; s failed#1 exit=1
        bob: attest s            | refused: attesting `s` takes a file that proves it
        bob: attest s file=7     | s offered by=bob
        bob: attest s file=7     | refused: `bob` attested `s`, and a second person must confirm it
        bob/second: attest s     | refused: `bob` attested `s`, and a second person must confirm it
        mallory: attest s        | refused: the policy does not know `mallory@example.com`
        start rest               | -
        carol: attest s          | s attested by=bob and=carol
        start rest               | rest started#1 by=@60s
        ",
    );
}

#[test]
fn an_offer_is_worth_nothing_once_its_person_may_not_attest() {
    let mut bench = Bench::team("run s\nrun rest");
    bench.play("bob: attest s file=7 | s offered by=bob");
    bench.policy.version = 2;
    bench.policy.people.remove(&name("bob"));
    bench.play(
        "
        carol: attest s        | policy 2; refused: attesting `s` takes a file that proves it
        carol: attest s file=8 | s offered by=carol
        alice: attest s        | s attested by=carol and=alice
        ",
    );
    let mut bench = Bench::team("run s\nrun rest");
    bench.play("bob: attest s file=7 | s offered by=bob");
    bench.policy.version = 2;
    let bob = bench.policy.people.remove(&name("bob")).unwrap();
    bench.policy.people.get_mut(&name("carol")).unwrap().emails.extend(bob.emails);
    bench.play("carol: attest s | policy 2; refused: attesting `s` takes a file that proves it");
}

#[test]
fn an_offer_does_not_outlive_another_attempt() {
    Bench::team("run s\nrun rest").play(
        "
        start s              | s started#1 by=@60s
        fail s               | s missed#1 exit=1; s failed#1 exit=1
        bob: attest s file=7 | s offered by=bob
        alice: retry s       | s retried#1 by=alice
        carol: attest s      | refused: attesting `s` takes a file that proves it
        ",
    );
}
