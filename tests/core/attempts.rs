//! Attempts at a `run` step: retries, failures, lost runners, late answers.

use hardstop_tests_kit::bench::Bench;

#[test]
fn delays_between_attempts_grow_up_to_their_maximum() {
    for (step, delays) in [
        ("run a retry=4 delay=500", [500, 500, 500]),
        ("run a retry=4 delay=500 backoff=2", [500, 1_000, 2_000]),
        ("run a retry=4 delay=500 backoff=3 max_delay=2000", [500, 1_500, 2_000]),
        ("run a retry=4 delay=0 backoff=9", [0, 0, 0]),
        ("run a retry=4 delay=700 backoff=0", [700, 700, 700]),
        ("run a retry=4 delay=900 max_delay=100", [100, 100, 100]),
        ("run a retry=4 delay=9 backoff=4294967295 max_delay=60", [9, 60, 60]),
    ] {
        let mut bench = Bench::team(step);
        for delay in delays {
            bench.give("start a");
            let due = bench.now.wall.plus(hardstop_core::time::Millis(delay));
            let missed = bench.give("fail a exit");
            assert!(
                missed.contains(&format!("retry={}", hardstop_tests_kit::picture::instant(due)))
            );
            if delay > 0 {
                bench.pass(delay - 1);
                assert_eq!(bench.give("wake"), "-", "{step}: not a millisecond early");
                assert_eq!(bench.give("+1"), "a due-again", "{step}");
            }
        }
        bench.give("start a");
        assert_eq!(bench.give("fail a exit"), "a missed#4 exit=1; a failed#4 exit=1", "{step}");
    }
}

#[test]
fn only_ends_worth_a_retry_are_retried() {
    for (step, cause, again) in [
        ("run a retry=2", "exit", true),
        ("run a retry=2", "signal", true),
        ("run a retry=2", "timed-out", true),
        ("run a retry=2 retry_failed", "timed-out", false),
        ("run a retry=2 retry_failed", "signal", true),
        ("run a retry=2", "aborted", false),
        ("run a retry=2", "interrupted", false),
        ("run a retry=2", "not-started", false),
        ("run a retry=2", "capture", false),
        ("run a retry=1", "exit", false),
    ] {
        let mut bench = Bench::team(step);
        bench.give("start a");
        bench.give(&format!("fail a {cause}"));
        assert_eq!(bench.step("a") == "backoff", again, "{step}, {cause}: {}", bench.step("a"));
    }
}

#[test]
fn a_person_gives_a_failed_step_all_its_attempts_again() {
    Bench::team("run a retry=2 delay=100").play(
        "
        start a          | a started#1 by=@60s
        fail a           | a missed#1 exit=1 retry=@100ms
        alice: retry a   | refused: `a` is between two attempts, so there is nothing to retry
        +100             | a due-again
        start a          | a started#2 by=@60100ms
        fail a           | a missed#2 exit=1; a failed#2 exit=1
        alice: retry a#1 | refused: `a` is failed, so there is nothing to retry
        alice: retry a   | a retried#2 by=alice
        start a          | a started#3 by=@60100ms
        fail a           | a missed#3 exit=1 retry=@200ms
        +100             | a due-again
        start a          | a started#4 by=@60200ms
        done a           | a succeeded#4; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn late_doubled_and_strange_answers_change_nothing() {
    Bench::team("run a retry=2 delay=0\nrun b").play(
        "
        done a         | -
        start a        | a started#1 by=@60s
        start a#1      | -
        start a#2      | -
        done a#2       | -
        fail a         | a missed#1 exit=1 retry=@0s; a due-again
        done a#1       | -
        start a#1      | -
        start a        | a started#2 by=@60s
        done a#1       | -
        fail a#1       | -
        done a         | a succeeded#2
        fail a#2       | -
        start b        | b started#1 by=@60s
        done b         | b succeeded#1; ending succeeded; closed succeeded
        fail b         | -
        start a#3      | -
        lease          | -
        evidence bad   | -
        alice: retry b | refused: the run is over
        alice: abort   | refused: the run is over
        ",
    );
    assert!(Bench::team("run a").give("start a wrong").contains("does not fit step `a`"));
    assert!(Bench::team("run a\nwait w 5").give("done w").contains("does not fit step `w`"));
    assert!(Bench::team("run a").give("done other").contains("no step `other`"));
    assert!(Bench::team("run a").give("start other#1 broken").contains("no step `other`"));
}

#[test]
fn a_lost_attempt_is_repeated_only_if_that_is_safe() {
    Bench::team("run a idempotent retry=2\nrun b").play(
        "
        start a                 | a started#1 by=@60s
        lease                   | lease 2; a lost#1 again
        done a#1                | -
        start a                 | a started#2 by=@60s
        fail a                  | a missed#2 exit=1 retry=@1s
        +1000                   | a due-again
        start a                 | a started#3 by=@61s
        done a                  | a succeeded#3
        start b                 | b started#1 by=@61s
        lease stale             | refused: the lease has epoch 2, not 3
        lease                   | lease 3; b lost#1
        done b                  | -
        start b#2               | -
        alice: retry b          | b retried#1 by=alice
        start b                 | b started#2 by=@61s
        done b                  | b succeeded#2; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_runner_that_dies_with_its_step_asks_after_a_hundred_attempts() {
    let mut bench = Bench::team("run a idempotent");
    for attempt in 1..=100 {
        bench.give("start a");
        let lost = bench.give("lease");
        assert_eq!(lost.ends_with("again"), attempt < 100, "{lost}");
    }
    assert_eq!(bench.step("a"), "unknown#100");
}

#[test]
fn what_a_failure_does_is_what_the_step_says() {
    Bench::team("run a\nrun b\nfinally\nrun c").play(
        "
        start a        | a started#1 by=@60s
        fail a         | a missed#1 exit=1; a failed#1 exit=1
        start b        | -
        +100000000     | -
        alice: skip a  | a skipped by=alice
        start b        | b started#1 by=@100060s
        done b         | b succeeded#1; ending incomplete
        start finally/c | finally/c started#1 by=@100060s
        done finally/c | finally/c succeeded#1; closed incomplete
        ",
    );
    Bench::team("run a on_failure=abort\nrun b\nfinally\nrun c").play(
        "
        start a        | a started#1 by=@60s
        fail a         | a missed#1 exit=1; a failed#1 exit=1; ending failed
        start b        | -
        alice: retry a | refused: the run is ending; `a` can no longer change
        start finally/c | finally/c started#1 by=@60s
        done finally/c | finally/c succeeded#1; closed failed
        ",
    );
    Bench::team("run a on_failure=continue\nrun b\nfinally\nrun c").play(
        "
        start a         | a started#1 by=@60s
        fail a          | a missed#1 exit=1; a failed#1 exit=1
        start b         | b started#1 by=@60s
        done b          | b succeeded#1
        start finally/c | -
        alice: retry a  | a retried#1 by=alice
        start a         | a started#2 by=@60s
        fail a          | a missed#2 exit=1; a failed#2 exit=1
        alice: attest a file=7 | a offered by=alice
        bob: attest a   | a attested by=alice and=bob; ending succeeded
        start finally/c | finally/c started#1 by=@60s
        done finally/c  | finally/c succeeded#1; closed succeeded
        ",
    );
}

#[test]
fn what_cannot_be_evaluated_fails_the_step_without_an_attempt() {
    Bench::team("run a retry=3").play(
        "
        start a broken | a failed#1 unresolved
        start a#1      | -
        alice: retry a | a retried#1 by=alice
        start a        | a started#2 by=@60s
        done a         | a succeeded#2; ending succeeded; closed succeeded
        ",
    );
}
