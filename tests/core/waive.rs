//! Open items, waivers, claims and notes.

use hardstop_tests_kit::bench::Bench;

#[test]
fn a_tolerated_failure_keeps_a_run_open_until_it_is_waived() {
    Bench::team("run a on_failure=continue\nrun b").play(
        "
        start a               | a started#1 by=@60s
        alice: waive failed a | refused: nothing of that kind is open at `a`
        fail a                | a missed#1 exit=1; a failed#1 exit=1
        start b               | b started#1 by=@60s
        done b                | b succeeded#1
        mallory: waive failed a | refused: the policy does not know `mallory@example.com`
        alice: waive stale a  | refused: nothing of that kind is open at `a`
        alice: waive failed nowhere | refused: the runbook has no step `nowhere`
        alice: waive failed a | a waived by=alice; ending incomplete; closed incomplete
        ",
    );
}

#[test]
fn what_fails_again_is_open_again() {
    Bench::team("run a on_failure=continue\nrun b").play(
        "
        start a               | a started#1 by=@60s
        fail a                | a missed#1 exit=1; a failed#1 exit=1
        alice: waive failed a | a waived by=alice
        bob: waive failed a   | -
        alice: retry a        | a retried#1 by=alice
        start a               | a started#2 by=@60s
        fail a                | a missed#2 exit=1; a failed#2 exit=1
        start b               | b started#1 by=@60s
        done b                | b succeeded#1
        bob: waive failed a   | a waived by=bob; ending incomplete; closed incomplete
        ",
    );
}

#[test]
fn what_is_stale_again_is_open_again() {
    Bench::team("run a\nrun b reads=a\nrun c").play(
        "
        start a               | a started#1 by=@60s
        done a                | a succeeded#1
        start b               | b started#1 by=@60s
        done b                | b succeeded#1
        alice: rerun a        | a rerun by=alice again=a stale=b
        alice: waive stale b  | b waived by=alice
        start a               | a started#2 by=@60s
        done a                | a succeeded#2
        alice: rerun a        | a rerun by=alice again=a stale=b
        start a               | a started#3 by=@60s
        done a                | a succeeded#3
        start c               | c started#1 by=@60s
        done c                | c succeeded#1
        alice: waive stale b  | b waived by=alice; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_run_is_cared_for_and_handed_over() {
    Bench::team("run a").play(
        "
        bob: claim     | claimed by=bob
        bob: claim     | -
        mallory: claim | refused: the policy does not know `mallory@example.com`
        carol: claim   | claimed by=carol
        carol: note    | note by=carol
        carol: note    | -
        bob: note      | note by=bob
        mallory: note  | refused: the policy does not know `mallory@example.com`
        ",
    );
}
