//! Waits and hard stops, and clocks that are set.

use hardstop_tests_kit::bench::Bench;

#[test]
fn a_hard_stop_lasts_its_span_and_nobody_shortens_it() {
    Bench::team("hard_stop h 10000\nrun a").play(
        "
        start h        | h waits since=@0s due=@10s
        alice: skip h  | refused: `h` is a hard stop: nobody skips it
        alice: attest h file=7 | refused: `h` is of kind hard_stop: it cannot be done outside
        alice: retry h | refused: `h` is waiting, so there is nothing to retry
        start h#1      | -
        start h skip   | -
        lease          | lease 2
        +9999          | -
        start a        | -
        +1             | h elapsed
        start a        | a started#1 by=@70s
        ",
    );
}

#[test]
fn a_wait_may_be_skipped() {
    Bench::team("wait w 10000\nrun a").play(
        "
        start w       | w waits since=@0s due=@10s
        +5000         | -
        alice: skip w | w skipped by=alice
        +5000         | -
        start a       | a started#1 by=@70s
        done a        | a succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_delay_counts_from_the_point_it_names() {
    Bench::team("run a\nhard_stop s 9000 since=a.started\nhard_stop f 9000 since=a.finished").play(
        "
        start a | a started#1 by=@60s
        +5000   | -
        done a  | a succeeded#1
        +1000   | -
        start s | s waits since=@0s due=@9s
        +3000   | s elapsed
        start f | f waits since=@5s due=@14s
        +5000   | f elapsed; ending succeeded; closed succeeded
        ",
    );
    Bench::team("run a\napproval g\nhard_stop h 9000 since=g.approved").play(
        "
        start a        | a started#1 by=@60s
        done a         | a succeeded#1
        start g        | g asked#1 until=@168h
        +1000          | -
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@86401s
        +1000          | -
        start h        | h waits since=@1s due=@10s
        +8000          | h elapsed; ending succeeded; closed succeeded
        ",
    );
    Bench::team("run a if=x\nhard_stop h 9000 since=a.started").play(
        "
        start a skip | a skipped by condition
        start h      | h failed#1 unresolved
        ",
    );
    Bench::team("approval g if=x\nhard_stop h 9000 since=g.approved").play(
        "
        start g skip | g skipped by condition
        start h      | h failed#1 unresolved
        ",
    );
}

#[test]
fn a_delay_until_an_instant_follows_the_wall_clock() {
    Bench::team("wait w until=2026-01-01T00:01:00Z\nrun a").play(
        "
        start w    | w waits since=@0s due=@60s
        jump 60000 | clock +60000ms; w elapsed
        ",
    );
    Bench::team("wait w until=expression\nrun a").play(
        "
        start w            | w failed#1 unresolved
        alice: retry w     | w retried#1 by=alice
        start w until=5000 | w waits since=@0s due=@5s
        +5000              | w elapsed
        ",
    );
}

#[test]
fn setting_the_clock_ahead_releases_no_hard_stop() {
    Bench::team("hard_stop h 86400000\nrun a").play(
        "
        start h       | h waits since=@0s due=@24h
        jump 90000000 | clock +90000000ms
        +82800000     | -
        lease         | lease 2
        +3600000      | h elapsed
        ",
    );
}

#[test]
fn setting_the_clock_ahead_before_a_hard_stop_begins_does_not_shorten_it() {
    Bench::team("run a\nhard_stop h 86400000 since=a.finished\nrun b").play(
        "
        start a       | a started#1 by=@60s
        done a        | a succeeded#1
        jump 90000000 | clock +90000000ms
        start h       | h waits since=@25h due=@49h
        +86399999     | -
        +1            | h elapsed
        ",
    );
}

#[test]
fn setting_the_clock_ahead_in_small_steps_releases_no_hard_stop() {
    let mut bench = Bench::team("checklist c items=a,b,c,d,e\nhard_stop h 10000\nrun z");
    bench.play("start c | c opened#1 by=@168h");
    for item in ["a", "b", "c", "d", "e"] {
        bench.give(&format!("alice: tick c {item}"));
    }
    bench.play(
        "
        start h        | h waits since=@0s due=@10s
        jump 4000      | -
        bob: hold      | held by=bob
        jump 4000      | -
        bob: lift      | lifted by=bob
        jump 4000      | clock +12000ms
        +9999          | -
        +1             | h elapsed
        ",
    );
}

#[test]
fn across_a_restart_of_the_machine_the_wall_clock_counts() {
    Bench::team("hard_stop h 86400000\nrun a").play(
        "
        start h    | h waits since=@0s due=@24h
        +3600000   | -
        reboot     | -
        lease      | lease 2
        +82799999  | -
        +1         | h elapsed
        ",
    );
    Bench::team("hard_stop h 86400000\nrun a").play(
        "
        start h        | h waits since=@0s due=@24h
        reboot         | -
        jump -3600000  | clock -3600000ms held
        alice: lift    | lifted by=alice
        +86399999      | -
        +1             | h elapsed
        ",
    );
}

#[test]
fn a_clock_that_goes_back_holds_the_run() {
    let mut bench = Bench::team("phase a\nrun x\nphase b\nhard_stop h 10000\nphase c\nrun z");
    bench.play(
        "
        start b/h     | b/h waits since=@0s due=@10s
        jump -4000    | -
        +1000         | -
        jump -9000    | clock -13000ms held
        start a/x     | -
        +50000        | -
        alice: lift   | lifted by=alice; b/h elapsed
        start a/x     | a/x started#1 by=@98s
        ",
    );
    let mut bench = Bench::team("hard_stop h 10000\nrun z");
    bench.give("start h");
    bench.give("jump -9000");
    assert_eq!(bench.under_way(), "-", "a wake-up that would bring nothing is not asked for");
    bench.give("alice: lift");
    assert_eq!(bench.under_way(), "wake h@1s");
}

#[test]
fn what_a_hard_stop_counts_from_is_fixed_when_it_begins() {
    Bench::team(
        "phase a\nrun x\nphase b\nhard_stop h 12000 since=a/x.started attempt=first\nrun y",
    )
    .play(
        "
        start a/x        | a/x started#1 by=@60s
        jump 4000        | -
        start b/h        | b/h waits since=@0s due=@12s
        fail a/x         | a/x missed#1 exit=1; a/x failed#1 exit=1
        +5000            | -
        alice: retry a/x | a/x retried#1 by=alice
        start a/x        | a/x started#2 by=@69s
        +3000            | clock +4000ms
        +3999            | -
        +1               | b/h elapsed
        ",
    );
}
