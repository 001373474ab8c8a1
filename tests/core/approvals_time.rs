//! Approvals: deferred yeses, those taken back, those that come late, reminders and escalation.

use hardstop_tests_kit::bench::Bench;

fn asked(plan: &str) -> Bench {
    let mut bench = Bench::team(plan);
    bench.give("start g");
    assert_eq!(bench.step("g"), "asking#1");
    bench
}

#[test]
fn a_deferred_yes_counts_from_its_instant_on() {
    let mut bench = asked("approval g min=2\nrun a");
    bench.play(
        "
        bob: approve g from=5000   | g yes#1 by=bob
        bob: approve g from=5000   | -
        bob: approve g from=6000   | refused: `bob` said yes already, to count from another instant: withdraw that first
        carol: approve g           | g yes#1 by=carol
        start a                    | -
        ",
    );
    assert_eq!(bench.under_way(), "wake g@5s", "woken when it opens, not before");
    bench.play(
        "
        +4999                      | -
        +1                         | g satisfied#1 until=@86405s
        start a                    | a started#1 by=@65s
        ",
    );
    // Alone it opens nothing, and nobody is woken for it.
    let mut bench = asked("approval g min=2\nrun a");
    bench.give("bob: approve g from=5000");
    assert_eq!(bench.under_way(), "wake g@168h");
    assert_eq!(bench.give("+5000"), "-");
    let mut bench = asked("approval g timeout=5000\nrun a");
    assert_eq!(
        bench.give("bob: approve g from=5000"),
        "refused: a yes that counts from 2026-01-01 00:00:05Z on comes too late: the request ends at 2026-01-01 00:00:05Z"
    );
}

/// Peers' trap 7, for a promise: what came due while nobody ran is done once, and no instant is
/// lost.
#[test]
fn a_deferred_yes_survives_an_outage() {
    let mut bench = asked("approval g\nrun a");
    bench.give("bob: approve g from=5000");
    bench.pass(3_600_000);
    assert_eq!(bench.give("lease"), "lease 2; g satisfied#1 until=@25h");
    assert_eq!(bench.give("wake"), "-");
}

#[test]
fn a_yes_is_taken_back_until_it_is_used() {
    asked("approval g min=2\nrun a").play(
        "
        bob: approve g         | g yes#1 by=bob
        carol: withdraw g      | refused: `carol` has not said yes to this request
        mallory: withdraw g    | refused: the policy does not know `mallory@example.com`
        bob/second: withdraw g | g withdrawn#1 by=bob
        bob: withdraw g        | refused: `bob` has not said yes to this request
        carol: approve g       | g yes#1 by=carol
        start a                | -
        bob: approve g         | g yes#1 by=bob; g satisfied#1 until=@24h
        carol: withdraw g      | g withdrawn#1 by=carol; g void#1 entitlement: too few people stand by their yes
        start a                | -
        start g                | g asked#2 until=@168h
        bob: approve g         | g yes#2 by=bob
        alice: approve g       | g yes#2 by=alice; g satisfied#2 until=@24h
        start a                | a started#1 by=@60s
        bob: withdraw g        | refused: request 2 of `g` is decided already: approved by `bob` and `alice` at 2026-01-01 00:00:00Z
        ",
    );
    // One of three may go.
    let mut bench = asked("approval g min=1\nhard_stop s 60000\nrun a");
    bench.give("bob: approve g from=1");
    bench.give("carol: approve g");
    bench.pass(1);
    assert_eq!(bench.give("carol: withdraw g"), "g withdrawn#1 by=carol");
    assert_eq!(bench.step("g"), "approved#1", "bob's counts by now");
}

/// Peers' Q12: the first transition wins, whoever comes later is told so, and that is kept.
#[test]
fn who_answers_too_late_is_told_what_was_decided() {
    let decided = "refused: request 1 of `g` is decided already";
    asked("approval g\nrun a").play(&format!(
        "
        bob: approve g    | g yes#1 by=bob; g satisfied#1 until=@24h
        carol: reject g   | g late#1 no
        carol: reject g   | {decided}: approved by `bob` at 2026-01-01 00:00:00Z
        carol: approve g  | g late#1 yes
        start a           | a started#1 by=@60s
        dave: reject g    | g late#1 no
        done a            | a succeeded#1; ending succeeded; closed succeeded
        alice: reject g   | refused: the run is over
        "
    ));
    asked("approval g timeout=5000\nrun a").play(&format!(
        "
        +5000          | g expired#1
        bob: approve g | g late#1 yes
        bob: approve g | {decided}: nobody answered in time, which was 2026-01-01 00:00:05Z
        start a        | -
        "
    ));
}

#[test]
fn after_an_abort_nothing_is_asked_and_no_answer_is_kept() {
    let plan = "parallel p\napproval g in=p\nrun x in=p\nrun a";
    Bench::team(plan).play(
        "
        start p        | p entered#1
        start g        | g asked#1 until=@168h
        start x        | x started#1 by=@60s
        bob: abort     | abort by=bob
        bob: approve g | refused: the run is ending; `g` is asked no more
        bob: reject g  | refused: the run is ending; `g` is asked no more
        ",
    );
}

#[test]
fn people_are_reminded_once_each_time_and_more_are_asked() {
    let mut bench = asked("approval g remind=1000,4000 escalate=2000:dave timeout=9000\nrun a");
    assert_eq!(bench.under_way(), "wake g@1s");
    bench.play(
        "
        +999            | -
        +1              | g reminded#1 1
        wake            | -
        dave: approve g | g not-counted#1 `dave` is not among the approvers of this gate
        +1000           | g escalated#1 1
        dave: approve g | g yes#1 by=dave; g satisfied#1 until=@86402s
        +3000           | -
        start a         | a started#1 by=@65s
        ",
    );
    // After an outage all that came due is told at once, and once.
    let mut bench = asked("approval g remind=1000,4000 escalate=2000:dave timeout=9000\nrun a");
    bench.pass(5_000);
    assert_eq!(bench.give("lease"), "lease 2; g escalated#1 1; g reminded#1 2");
    assert_eq!(bench.give("wake"), "-");
    assert_eq!(bench.under_way(), "wake g@9s");
    // A request that ended is nobody's business any more; the next one has reminders of its own.
    let mut bench = asked("approval g remind=1000 timeout=9000\nrun a");
    bench.pass(9_000);
    assert_eq!(bench.give("wake"), "g expired#1");
    bench.give("bob: retry g");
    bench.give("start g");
    assert_eq!(bench.under_way(), "wake g@10s");
    assert_eq!(bench.give("+1000"), "g reminded#2 1");
}

#[test]
fn reminders_count_working_time() {
    // Thursday, midnight: an hour of work has passed at 10:00, and nine at 10:00 on Friday.
    let plan = "calendar office 09:00 17:00\n\
                approval g remind=3600000,32400000 calendar=office\nrun a";
    let mut bench = asked(plan);
    assert_eq!(bench.under_way(), "wake g@10h");
    assert_eq!(bench.give("+35999999"), "-");
    assert_eq!(bench.give("+1"), "g reminded#1 1");
    assert_eq!(bench.under_way(), "wake g@34h");
    assert_eq!(bench.give("+86400000"), "g reminded#1 2");
    assert_eq!(bench.under_way(), "wake g@168h");
}
