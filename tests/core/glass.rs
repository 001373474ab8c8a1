//! Hard stops ended early: several people, and a review by another.

use hardstop_core::run::may_start;
use hardstop_tests_kit::bench::Bench;

const STOP: &str = "hard_stop soak 86400000 glass=team:sre\nrun z";

#[test]
fn several_people_end_a_hard_stop_and_another_reviews_it() {
    Bench::team(STOP).play(
        "
        alice: break-glass soak        | refused: `soak` is not being waited for
        start soak                     | soak waits since=@0s due=@24h
        alice: skip soak               | refused: `soak` is a hard stop: nobody skips it
        mallory: break-glass soak      | refused: the policy does not know `mallory@example.com`
        dave: break-glass soak         | refused: `dave` is not among those who may break the glass of `soak`
        alice: break-glass soak        | soak glass by=alice
        alice/second: break-glass soak | -
        start z                        | -
        bob: break-glass soak          | soak glass by=bob; soak broken review=@120h
        start z                        | z started#1 by=@60s
        done z                         | z succeeded#1
        alice/second: review soak      | refused: `alice` asked for `soak` to be ended early and may not review it
        bob: waive review soak         | refused: `bob` asked for `soak` to be ended early and may not waive its review
        dave: review soak              | soak reviewed by=dave; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_hard_stop_without_a_glass_is_not_ended_early() {
    Bench::team("hard_stop soak 1000\nwait w 1000").play(
        "
        start soak              | soak waits since=@0s due=@1s
        alice: break-glass soak | refused: `soak` has no `break_glass`: nobody ends it early
        +1000                   | soak elapsed
        start w                 | w waits since=@1s due=@2s
        alice: break-glass w    | refused: `w` is not a hard stop
        alice: review soak      | refused: no review of `soak` is due
        ",
    );
}

#[test]
fn alone_nobody_breaks_a_glass_even_without_a_policy() {
    Bench::solo(STOP).play(
        "
        start soak              | soak waits since=@0s due=@24h
        alice: break-glass soak | soak glass by=alice@example.com
        alice: break-glass soak | -
        +86400000               | soak elapsed
        ",
    );
}

#[test]
fn a_review_is_due_whatever_is_done_again() {
    let mut bench = Bench::team("run a\nhard_stop soak 9000 since=a.started glass=team:sre\nrun z");
    bench.play(
        "
        start a                 | a started#1 by=@60s
        done a                  | a succeeded#1
        start soak              | soak waits since=@0s due=@9s
        alice: break-glass soak | soak glass by=alice
        bob: break-glass soak   | soak glass by=bob; soak broken review=@120h
        alice: rerun a          | a rerun by=alice again=a restarted=soak
        start a                 | a started#2 by=@60s
        done a                  | a succeeded#2
        start soak              | soak waits since=@0s due=@9s
        carol: break-glass soak | soak glass by=carol
        start z                 | -
        +9000                   | soak elapsed
        start z                 | z started#1 by=@69s
        done z                  | z succeeded#1
        alice: review soak      | refused: `alice` asked for `soak` to be ended early and may not review it
        carol: review soak      | soak reviewed by=carol; ending succeeded; closed succeeded
        ",
    );
    let context = hardstop_core::run::Context { now: &bench.now, policy: &bench.policy };
    assert!(may_start(&bench.state, &hardstop_tests_kit::people::name("z"), &context).is_err());
}

#[test]
fn a_review_that_is_late_is_said_to_be() {
    let mut bench = Bench::team(STOP);
    for line in ["start soak", "alice: break-glass soak", "bob: break-glass soak", "start z"] {
        bench.give(line);
    }
    bench.give("done z");
    let why = |bench: &Bench| hardstop_core::view::why(&bench.state, bench.now.wall);
    let said = why(&bench);
    assert!(said.contains("its review is due by 2026-01-06 00:00:00Z, since"), "{said}");
    assert!(said.ends_with("hardstop review k7f3q9xm2p soak --finding <what you found>"), "{said}");
    bench.pass(432_000_001);
    let said = why(&bench);
    assert!(said.contains("by 2026-01-06 00:00:00Z, which is past"), "{said}");
}
