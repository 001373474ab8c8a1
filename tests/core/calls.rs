//! Calls of plugins: actions that go on by themselves, answers that were lost, and what the other
//! side asks for.

use hardstop_tests_kit::bench::Bench;

#[test]
fn an_action_that_goes_on_is_asked_again_when_it_said() {
    let mut bench = Bench::team("uses a");
    bench.play(
        "
        start a            | a called#1
        goes-on a 5000 one | a goes-on#1 one until=@5s
        ",
    );
    assert_eq!(bench.under_way(), "poll a#1@5s");
    bench.play(
        "
        +5000              | -
        goes-on a 0 two    | a goes-on#1 two until=@5s
        ",
    );
    assert_eq!(bench.under_way(), "poll a#1@5s");
    bench.play("done a | a succeeded#1; ending succeeded; closed succeeded");
}

#[test]
fn it_goes_on_under_the_next_lease() {
    let mut bench = Bench::team("uses a");
    bench.play(
        "
        start a            | a called#1
        goes-on a 5000 one | a goes-on#1 one until=@5s
        lease              | lease 2
        ",
    );
    assert_eq!(bench.under_way(), "poll a#1@5s");
    bench.play("done a | a succeeded#1; ending succeeded; closed succeeded");
}

#[test]
fn an_answer_that_was_lost_is_looked_for() {
    for (found, wanted, under_way) in [
        ("not-started a", "a sought#1 not-started", "perform a#1 recovering"),
        ("goes-on a 5000 one", "a sought#1 under-way; a goes-on#1 one until=@5s", "poll a#1@5s"),
        ("done a", "a sought#1 over; a succeeded#1; ending succeeded; closed succeeded", "-"),
        ("fail a action", "a sought#1 over; a missed#1 action retry=@500ms", "wake a@500ms"),
        ("fail a permanent", "a sought#1 over; a missed#1 action; a failed#1 action", "-"),
        ("cannot-tell a", "a sought#1 cannot-tell", "-"),
    ] {
        let mut bench = Bench::team("uses a retry=2 delay=500");
        bench.give("start a");
        assert_eq!(bench.give("lease"), "lease 2; a lost#1");
        assert_eq!(bench.under_way(), "probe a#1");
        assert_eq!(bench.give(found), wanted, "{found}");
        assert_eq!(bench.under_way(), under_way, "{found}");
    }
}

#[test]
fn what_was_not_found_begins_with_the_same_number() {
    Bench::team("uses a").play(
        "
        start a       | a called#1
        lease         | lease 2; a lost#1
        bob: retry a  | refused: `a` is running, so there is nothing to retry
        lease         | lease 3
        not-started a | a sought#1 not-started
        lease         | lease 4; a lost#1
        done a        | a sought#1 over; a succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn what_cannot_be_told_is_looked_for_once_under_each_lease() {
    let mut bench = Bench::team("uses a");
    bench.play(
        "
        start a       | a called#1
        lease         | lease 2; a lost#1
        cannot-tell a | a sought#1 cannot-tell
        cannot-tell a | -
        ",
    );
    assert_eq!(bench.under_way(), "-");
    bench.play(
        "
        lease         | lease 3
        ",
    );
    assert_eq!(bench.under_way(), "probe a#1");
    bench.play(
        "
        bob: attest a file=1   | a offered by=bob
        carol: attest a file=2 | a attested by=bob and=carol; ending succeeded; closed succeeded
        done a                 | -
        ",
    );
}

#[test]
fn what_cannot_be_told_is_tried_again_only_if_twice_equals_once() {
    Bench::team("uses a idempotent").play(
        "
        start a       | a called#1
        lease         | lease 2; a lost#1
        cannot-tell a | a sought#1 cannot-tell again
        start a       | a called#2
        ",
    );
}

#[test]
fn a_run_that_ends_early_ends_what_goes_on() {
    let mut bench = Bench::team("uses a");
    bench.play(
        "
        start a            | a called#1
        goes-on a 5000 one | a goes-on#1 one until=@5s
        bob: abort         | abort by=bob
        lease              | lease 2
        ",
    );
    assert_eq!(bench.under_way(), "-");
    bench.play(
        "fail a aborted | a missed#1 aborted; a failed#1 aborted; ending aborted; closed aborted",
    );
}

#[test]
fn a_run_that_ends_early_looks_for_what_was_lost() {
    let mut bench = Bench::team("uses a");
    bench.play(
        "
        start a            | a called#1
        bob: abort         | abort by=bob
        lease              | lease 2; a lost#1
        ",
    );
    assert_eq!(bench.under_way(), "probe a#1");
    bench.play(
        "
        goes-on a 5000 one | a sought#1 under-way; a goes-on#1 one until=@5s
        fail a aborted     | a missed#1 aborted; a failed#1 aborted; ending aborted; closed aborted
        ",
    );
    let mut bench = Bench::team("uses a");
    bench.play(
        "
        start a            | a called#1
        bob: abort         | abort by=bob
        lease              | lease 2; a lost#1
        cannot-tell a      | a sought#1 cannot-tell; ending aborted; closed aborted
        ",
    );
    let mut bench = Bench::team("uses a");
    bench.play(
        "
        start a            | a called#1
        bob: abort         | abort by=bob
        lease              | lease 2; a lost#1
        not-started a      | a sought#1 not-started; a missed#1 aborted; a failed#1 aborted; ending aborted; closed aborted
        ",
    );
}

#[test]
fn the_other_side_is_left_alone_as_long_as_it_asks() {
    for (cause, wanted) in [
        ("action", "a missed#1 action retry=@500ms"),
        ("busy=100", "a missed#1 action retry=@500ms"),
        ("busy=90000", "a missed#1 action retry=@90s"),
        ("permanent", "a missed#1 action; a failed#1 action"),
    ] {
        let mut bench = Bench::team("uses a retry=3 delay=500");
        bench.give("start a");
        assert_eq!(bench.give(&format!("fail a {cause}")), wanted, "{cause}");
    }
}

#[test]
fn what_is_asked_until_it_holds_may_go_on_in_between() {
    let mut bench = Bench::team("uses a poll=1000");
    bench.play(
        "
        start a            | a called#1
        goes-on a 5000 one | a goes-on#1 one until=@5s
        not-yet a x        | a probed#1
        goes-on a 5000 two | a goes-on#1 two until=@5s
        not-yet a x        | a probed#1
        lease              | lease 2
        not-yet a x        | -
        ",
    );
    assert_eq!(bench.under_way(), "perform a#1");
}
