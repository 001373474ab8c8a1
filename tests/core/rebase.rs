//! Going on at a newer commit (peers' Q6; trap 8).

#![expect(clippy::wildcard_enum_match_arm, reason = "one kind of fact is looked for among all")]

use hardstop_core::{event::Event, run::Pinned};
use hardstop_tests_kit::{bench::Bench, people::digest};

const OLD: &str = "
    phase one
    run build
    run deploy
    phase two needs=one
    approval gate
    run prod";

/// A run of [`OLD`] whose gate is approved and not used.
fn approved() -> Bench {
    let mut bench = Bench::team(OLD);
    bench.play(
        "
        start one/build       | one/build started#1 by=@60s
        done one/build leaves=1 | one/build succeeded#1
        start one/deploy      | one/deploy started#1 by=@60s
        done one/deploy       | one/deploy succeeded#1
        start two/gate        | two/gate asked#1 until=@168h
        bob: approve two/gate | two/gate yes#1 by=bob; two/gate satisfied#1 until=@24h
        ",
    );
    bench
}

/// Trap 8: what was done stays done, under its new name as well.
#[test]
fn trap_8_what_was_executed_keeps_its_place_and_approvals_do_not() {
    let mut bench = approved();
    let new = "
        phase one
        run make formerly=build
        run deploy
        phase two needs=one
        approval gate
        run prod argv=better
        run check";
    // A phase is part of an address.
    let happened = bench.rebase("alice", new, 1);
    assert_eq!(happened, "rebased by=alice; two/gate void#1 changed: the runbook and its plan");
    assert_eq!(bench.step("one/make"), "succeeded#1");
    let made = hardstop_tests_kit::people::name("one/make");
    assert_eq!(bench.state.artifacts(&made).len(), 1);
    let pinned = Pinned { commit: "1".repeat(40), runbook: digest(101), plan: digest(201) };
    assert_eq!(*bench.state.pinned(), pinned);
    assert_eq!(bench.rebase("alice", new, 1), "-");
    bench.play(
        "
        start two/prod        | -
        start two/gate        | two/gate asked#2 until=@168h
        bob: approve two/gate | two/gate yes#2 by=bob; two/gate satisfied#2 until=@24h
        start two/prod        | two/prod started#1 by=@60s
        done two/prod         | two/prod succeeded#1
        start two/check       | two/check started#1 by=@60s
        done two/check        | two/check succeeded#1; ending succeeded; closed succeeded
        ",
    );
    let asked = bench.journal.iter().rev().find_map(|(event, _)| match event {
        Event::GateReached { binding, .. } => Some((binding.plan, binding.runbook)),
        _ => None,
    });
    assert_eq!(asked, Some((digest(201), digest(101))), "the new text is what was approved");
}

#[test]
fn an_executed_step_that_differs_keeps_the_run_where_it_is() {
    let cases = [
        (OLD.replace("run deploy", "run deploy argv=other"), "what it does differs"),
        (OLD.replace("run deploy", "run deploy if=x"), "its `if` differs"),
        (OLD.replace("run build\n", "run making\n"), "`one/build` was executed and is gone"),
        (OLD.replace("run build\n", "run first\n    run build\n"), "`one/first` comes too late"),
        (
            OLD.replace("run build\n    run deploy", "run deploy\n    run build"),
            "`one/build` stands elsewhere",
        ),
        (OLD.replace("run deploy\n", "run deploy\n    run more\n"), "`one/more` comes too late"),
        (OLD.replace("needs=one", ""), "what it needs differs"),
        (OLD.replace("approval gate", "approval gate min=2"), "what it does differs"),
    ];
    for (number, (new, why)) in cases.into_iter().enumerate() {
        let mut bench = approved();
        let number = u8::try_from(number).expect("a few");
        let happened = bench.rebase("alice", &new, number);
        assert!(happened.starts_with("refused: runbooks/test.yaml at "), "{happened}");
        assert!(happened.contains(why), "{happened} does not say {why}");
        assert_eq!(bench.step("two/gate"), "approved#1");
    }
}

#[test]
fn nothing_may_be_under_way() {
    let mut bench = Bench::team(OLD);
    bench.give("start one/build");
    let happened = bench.rebase("alice", OLD, 1);
    assert_eq!(happened, "refused: `one/build` is under way: wait for its end");
    bench.give("done one/build");
    let happened = bench.rebase("mallory", OLD, 2);
    assert_eq!(happened, "refused: the policy does not know `mallory@example.com`");
    assert_eq!(bench.rebase("alice", OLD, 2), "rebased by=alice");
    bench.give("alice: abort");
    let happened = bench.rebase("alice", OLD, 3);
    assert_eq!(happened, "refused: the run is over");
}

#[test]
fn items_and_blocks_keep_their_places() {
    let old = "block x each width=2\nrun y in=x\nrun z in=x\nrun last";
    let mut bench = Bench::team(old);
    for line in ["start x items=a,b", "start x[a]", "start y[a]", "done y[a]", "start z[a]"] {
        bench.give(line);
    }
    bench.give("fail z[a]");
    let more = "run first_of_all\nblock x each width=2\nrun y in=x\nrun z in=x\nrun last";
    assert!(bench.rebase("alice", more, 1).contains("`first_of_all` comes too late"));
    let more = "block x each width=2\nrun y in=x\nrun z in=x\nrun more in=x\nrun last";
    assert_eq!(bench.rebase("alice", more, 2), "rebased by=alice");
    bench.play(
        "
        start x[b]      | -
        alice: retry z[a] | z[a] retried#1 by=alice
        start z[a]      | z[a] started#2 by=@60s
        done z[a]       | z[a] succeeded#2
        start more[a]   | more[a] started#1 by=@60s
        done more[a]    | more[a] succeeded#1; x[a] succeeded#1
        ",
    );
}
