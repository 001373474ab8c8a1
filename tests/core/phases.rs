//! The run as a whole: branches, holds, aborts, ends.

use hardstop_tests_kit::bench::Bench;

#[test]
fn branches_go_their_own_way() {
    let plan = "
        phase a
        run x
        run y
        phase b
        approval g
        run z
        phase c needs=a,b
        run w";
    Bench::team(plan).play(
        "
        start c/w        | -
        start a/x        | a/x started#1 by=@60s
        start b/z        | -
        start b/g        | b/g asked#1 until=@168h
        fail a/x         | a/x missed#1 exit=1; a/x failed#1 exit=1
        start a/y        | -
        start b/z        | -
        bob: approve b/g | b/g yes#1 by=bob; b/g satisfied#1 until=@24h
        start a/y        | -
        start b/z        | b/z started#1 by=@60s
        done b/z         | b/z succeeded#1
        start c/w        | -
        alice: retry a/x | a/x retried#1 by=alice
        start a/x        | a/x started#2 by=@60s
        done a/x         | a/x succeeded#2
        start c/w        | -
        start a/y        | a/y started#1 by=@60s
        done a/y         | a/y succeeded#1
        start c/w        | c/w started#1 by=@60s
        done c/w         | c/w succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_yes_in_one_branch_opens_no_other() {
    let mut bench =
        Bench::team("phase a\napproval g\nrun x\nphase b\napproval g\nrun x\nphase c\nrun x");
    bench.play(
        "
        start a/g          | a/g asked#1 until=@168h
        start b/g          | b/g asked#1 until=@168h
        bob: approve a/g   | a/g yes#1 by=bob; a/g satisfied#1 until=@24h
        start b/x          | -
        start c/x          | c/x started#1 by=@60s
        start a/x          | a/x started#1 by=@60s
        bob: approve a/g   | refused: request 1 of `a/g` is decided already: approved by `bob` at 2026-01-01 00:00:00Z
        ",
    );
    assert_eq!(bench.step("b/g"), "asking#1");
}

#[test]
fn a_hold_starts_nothing_and_stops_nothing() {
    Bench::team("phase a\nrun x\nrun y\nphase b\nwait w 5000\nrun z").play(
        "
        start a/x   | a/x started#1 by=@60s
        start b/w   | b/w waits since=@0s due=@5s
        dave: hold  | held by=dave
        bob: hold   | -
        done a/x    | a/x succeeded#1
        +5000       | b/w elapsed
        start a/y   | -
        start b/z   | -
        bob: lift   | lifted by=bob
        bob: lift   | refused: the run is not held
        start a/y   | a/y started#1 by=@65s
        ",
    );
}

#[test]
fn without_evidence_nothing_starts_and_nothing_closes() {
    Bench::team("run a\nrun b").play(
        "
        start a      | a started#1 by=@60s
        evidence bad | evidence blocked
        evidence bad | -
        done a       | a succeeded#1
        start b      | -
        evidence ok  | evidence unblocked
        evidence ok  | -
        start b      | b started#1 by=@60s
        evidence bad | evidence blocked
        done b       | b succeeded#1; ending succeeded
        evidence ok  | evidence unblocked; closed succeeded
        ",
    );
}

#[test]
fn an_abort_ends_the_run_wherever_it_stands() {
    let check = |plan: &str, before: &[&str], after: &str| {
        let mut bench = Bench::team(plan);
        for line in before {
            bench.give(line);
        }
        assert_eq!(bench.give("bob: abort"), format!("abort by=bob{after}"), "{plan} {before:?}");
        bench
    };
    let end = "; ending aborted; closed aborted";
    check("run a", &[], end);
    check("run a retry=2", &["start a", "fail a"], end);
    check("run a", &["start a", "fail a"], end);
    check("run a", &["start a", "lease"], end);
    check("checklist c", &["start c"], end);
    check("approval g\nrun a", &["start g"], end);
    check("approval g\nrun a", &["start g", "bob: approve g"], end);
    check("wait w 5000", &["start w"], end);
    check("hard_stop h 5000", &["start h"], end);
    check("run a", &["alice: hold"], end);
    check("run a on_failure=continue\nrun b", &["start a", "fail a"], end);
    check("run a\nfinally\nrun c", &[], "; ending aborted");
    let mut bench = check("run a retry=3\nrun b", &["start a"], "");
    assert_eq!(bench.under_way(), "-", "what is under way is to be stopped");
    bench.play(
        "
        bob: abort       | -
        alice: retry a   | refused: the run is ending; `a` can no longer change
        fail a exit      | a missed#1 exit=1; a failed#1 exit=1; ending aborted; closed aborted
        ",
    );
    let mut bench = check("run a idempotent\nrun b", &["start a"], "");
    bench.play("lease | lease 2; a lost#1 again; ending aborted; closed aborted");
    let mut bench = check("run a\nrun b", &["start a"], "");
    bench.play("done a | a succeeded#1; ending aborted; closed aborted");
}

#[test]
fn a_failure_that_ends_the_run_cannot_be_undone_while_others_are_stopped() {
    let mut bench = Bench::team("phase a\nrun x on_failure=abort\nphase b\nrun y");
    bench.play(
        "
        start a/x        | a/x started#1 by=@60s
        start b/y        | b/y started#1 by=@60s
        fail a/x         | a/x missed#1 exit=1; a/x failed#1 exit=1
        alice: retry a/x | refused: the run is ending; `a/x` can no longer change
        alice: skip a/x  | refused: the run is ending; `a/x` can no longer change
        fail b/y aborted | b/y missed#1 aborted; b/y failed#1 aborted; ending failed; closed failed
        ",
    );
}

#[test]
fn finally_runs_on_every_exit_and_gets_all_its_attempts() {
    let plan = "run a\nfinally\nrun c retry=2 delay=0\nrun d";
    let rest = "
        alice: abort    | refused: the run is ending already
        fail finally/c  | finally/c missed#1 exit=1 retry=@0s; finally/c due-again
        start finally/c | finally/c started#2 by=@60s
        fail finally/c  | finally/c missed#2 exit=1; finally/c failed#2 exit=1
        start finally/d | -
        alice: retry finally/c | finally/c retried#2 by=alice
        start finally/c | finally/c started#3 by=@60s
        lease           | lease 2; finally/c lost#3
        alice: retry finally/c | finally/c retried#3 by=alice
        start finally/c | finally/c started#4 by=@60s
        done finally/c  | finally/c succeeded#4
        start finally/d | finally/d started#1 by=@60s";
    for (how, end) in [("done", "succeeded"), ("abort", "aborted")] {
        let mut bench = Bench::team(plan);
        bench.give("start finally/c");
        bench.give("start a");
        if how == "abort" {
            bench.give("alice: abort");
        }
        bench.give("done a");
        bench.give("start finally/c");
        bench.play(rest);
        bench.play(&format!("done finally/d | finally/d succeeded#1; closed {end}"));
    }
}

#[test]
fn skipped_and_empty_are_never_success() {
    let end = |plan: &str, inputs: &[&str]| {
        let mut bench = Bench::team(plan);
        for input in inputs {
            bench.give(input);
        }
        hardstop_tests_kit::picture::ending(bench.state.ending())
    };
    assert_eq!(end("", &[]), "closed incomplete");
    assert_eq!(end("run a if=x", &["start a skip"]), "closed incomplete");
    assert_eq!(
        end("run a if=x\nrun b", &["start a skip", "start b", "done b"]),
        "closed succeeded"
    );
    assert_eq!(end("run a\nrun b", &["bob: skip a", "start b", "done b"]), "closed incomplete");
    assert_eq!(end("wait w 9\nrun b", &["bob: skip w", "start b", "done b"]), "closed succeeded");
    assert_eq!(end("wait w 9", &["bob: skip w"]), "closed incomplete");
    assert_eq!(
        end("run a on_failure=continue", &["start a", "fail a", "bob: skip a"]),
        "closed incomplete"
    );
    let finally = "run a\nfinally\nrun c";
    assert_eq!(end(finally, &["start a", "done a", "bob: skip finally/c"]), "closed incomplete");
    assert_eq!(end(finally, &["bob: abort", "bob: skip finally/c"]), "closed aborted");
}

#[test]
fn nobody_skips_a_step_that_has_no_condition_in_the_runbooks_name() {
    let mut bench = Bench::team("hard_stop h 5000\nrun a");
    assert!(bench.give("start h skip").contains("does not fit"));
    assert_eq!(bench.step("h"), "pending");
}

#[test]
fn phases_wait_for_each_other_whatever_their_order_in_the_file() {
    let plan = "
        phase c needs=b
        run x
        phase b needs=a
        run x if=y
        phase a
        approval g valid=1000";
    Bench::team(plan).play(
        "
        start c/x        | -
        start b/x        | -
        start a/g        | a/g asked#1 until=@168h
        bob: approve a/g | a/g yes#1 by=bob; a/g satisfied#1 until=@1s
        start b/x skip   | b/x skipped by condition
        +1000            | a/g void#1 expired
        start c/x        | -
        ",
    );
}

#[test]
fn a_run_is_opened_once_and_by_somebody_who_may() {
    let mut bench = Bench::closed("run a", hardstop_tests_kit::people::team(), "alice");
    bench.play(
        "
        wake           | refused: the run is not open
        lease          | refused: the run is not open
        alice: hold    | refused: the run is not open
        mallory: open  | refused: the policy does not know `mallory@example.com`
        alice: open    | opened by=alice; policy 1
        bob: open      | -
        ",
    );
    bench.policy.allow.remove(&hardstop_core::policy::Verb::Hold);
    bench.policy.version = 2;
    bench.play("bob: hold | policy 2; refused: the policy does not allow `bob` to hold");
}

#[test]
fn a_phase_that_ends_with_an_earlier_step_lets_the_next_begin() {
    Bench::team("phase a\nrun x on_failure=continue\nrun y\nphase b needs=a\nrun z").play(
        "
        start a/x        | a/x started#1 by=@60s
        fail a/x         | a/x missed#1 exit=1; a/x failed#1 exit=1
        start a/y        | a/y started#1 by=@60s
        alice: retry a/x | a/x retried#1 by=alice
        done a/y         | a/y succeeded#1
        start b/z        | -
        start a/x        | a/x started#2 by=@60s
        done a/x         | a/x succeeded#2
        start b/z        | b/z started#1 by=@60s
        ",
    );
}
