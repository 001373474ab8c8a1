//! Steps done again: what follows from it, and what does not (peers' Q2, Q21, Q35; traps 9, 10).

#![expect(clippy::wildcard_enum_match_arm, reason = "one kind of fact is looked for among all")]

use hardstop_core::{input::RerunScope, run::impact};
use hardstop_tests_kit::{bench::Bench, people::name};

const ROLLOUT: &str = "
    run build evidence
    run deploy reads=build
    run notify
    hard_stop soak 86400000 since=deploy.started
    approval gate show=build
    run prod";

/// A run of [`ROLLOUT`] whose hard stop is under way.
fn soaking() -> Bench {
    let mut bench = Bench::team(ROLLOUT);
    bench.play(
        "
        start build      | build started#1 by=@60s
        done build leaves=1 | build succeeded#1
        start deploy     | deploy started#1 by=@60s
        done deploy      | deploy succeeded#1
        start notify     | notify started#1 by=@60s
        done notify      | notify succeeded#1
        start soak       | soak waits since=@0s due=@24h
        ",
    );
    bench
}

#[test]
fn only_the_step_is_done_again_and_what_read_it_is_stale() {
    let mut bench = soaking();
    bench.play(
        "
        alice: rerun build | build rerun by=alice again=build stale=deploy
        start build        | build started#2 by=@60s
        done build leaves=2 | build succeeded#2
        +86400000          | soak elapsed
        start gate         | gate asked#1 until=@192h
        bob: approve gate  | gate yes#1 by=bob; gate satisfied#1 until=@48h
        start prod         | prod started#1 by=@86460s
        done prod          | prod succeeded#1
        alice: waive failed deploy | refused: nothing of that kind is open at `deploy`
        alice: rerun deploy | deploy rerun by=alice again=deploy restarted=soak
        start deploy       | deploy started#2 by=@86460s
        done deploy        | deploy succeeded#2
        start soak         | soak waits since=@24h due=@48h
        +86400000          | soak elapsed; ending succeeded; closed succeeded
        ",
    );
}

/// Trap 19: what a soak counts from is superseded, so the soak begins anew.
#[test]
fn trap_19_a_soak_counts_from_the_attempt_that_counts() {
    let mut bench = soaking();
    bench.play(
        "
        +3600000            | -
        alice: rerun deploy | deploy rerun by=alice again=deploy restarted=soak
        start soak          | -
        start deploy        | deploy started#2 by=@3660s
        done deploy         | deploy succeeded#2
        start soak          | soak waits since=@1h due=@25h
        +82800000           | -
        +3600000            | soak elapsed
        ",
    );
}

#[test]
fn from_a_step_on_everything_after_it_is_done_again() {
    let mut bench = soaking();
    bench.play(
        "
        +86400000          | soak elapsed
        start gate         | gate asked#1 until=@192h
        bob: approve gate  | gate yes#1 by=bob; gate satisfied#1 until=@48h
        alice: rerun deploy from | deploy rerun by=alice again=deploy,notify restarted=soak voided=gate
        start notify       | -
        start deploy       | deploy started#2 by=@86460s
        done deploy        | deploy succeeded#2
        start notify       | notify started#2 by=@86460s
        done notify        | notify succeeded#2
        start gate         | -
        start soak         | soak waits since=@24h due=@48h
        +86400000          | soak elapsed
        start gate         | gate asked#2 until=@216h
        ",
    );
}

#[test]
fn an_approval_that_was_shown_what_is_done_again_is_void() {
    let mut bench = soaking();
    bench.play(
        "
        +86400000          | soak elapsed
        start gate         | gate asked#1 until=@192h
        bob: approve gate  | gate yes#1 by=bob; gate satisfied#1 until=@48h
        alice: rerun build | build rerun by=alice again=build voided=gate stale=deploy
        start prod         | -
        start build        | build started#2 by=@86460s
        done build leaves=2 | build succeeded#2
        start gate         | gate asked#2 until=@192h
        bob: approve gate  | gate yes#2 by=bob; gate satisfied#2 until=@48h
        start prod         | prod started#1 by=@86460s
        alice: rerun build | refused: `prod` is running: wait for its end, or abort
        done prod          | prod succeeded#1
        alice: rerun build | build rerun by=alice again=build stale=deploy,gate
        ",
    );
}

#[test]
fn a_delay_goes_by_its_own_rule() {
    let plan = |rule: &str| {
        format!("run deploy each width=3\nhard_stop soak 9000 since=deploy.started {rule}\nrun z")
    };
    let rules = [
        ("", "", " restarted=soak"),
        ("attempt=first", "", ""),
        ("attempt=latest", " restarted=soak", " restarted=soak"),
        ("continuous", " restarted=soak", " restarted=soak"),
    ];
    for (rule, part, whole) in rules {
        let mut bench = Bench::team(&plan(rule));
        for line in ["start deploy items=a,b", "start deploy[a]", "start deploy[b]"] {
            bench.give(line);
        }
        bench.give("done deploy[a]");
        bench.give("done deploy[b]");
        bench.give("start soak");
        assert_eq!(bench.step("soak"), "delaying");
        let one = bench.clone().give("alice: rerun deploy[a]");
        assert_eq!(
            one,
            format!("deploy[a] rerun by=alice again=deploy[a]{part} partial"),
            "{rule}"
        );
        let all = bench.give("alice: rerun deploy");
        let again = "again=deploy,deploy[a],deploy[b]";
        assert_eq!(all, format!("deploy rerun by=alice {again}{whole}"), "{rule}");
    }
}

/// Traps 9 and 10: one item keeps its place among the others, and the list is not made anew.
#[test]
fn trap_9_and_10_failed_items_are_done_again_in_their_order() {
    let mut bench = Bench::team(
        "
        block x each width=2 fails=2
        run y in=x
        run z in=x reads=y
        run last",
    );
    bench.play(
        "
        start x items=a,b,c | x items=a,b,c allowed=2
        start x[a]          | x[a] entered#1
        start x[b]          | x[b] entered#1
        start y[a]          | y[a] started#1 by=@60s
        fail y[a]           | y[a] missed#1 exit=1; y[a] failed#1 exit=1
        start y[b]          | y[b] started#1 by=@60s
        done y[b]           | y[b] succeeded#1
        start z[b]          | z[b] started#1 by=@60s
        alice: rerun y[b]   | refused: `z[b]` is running: wait for its end, or abort
        fail z[b]           | z[b] missed#1 exit=1; z[b] failed#1 exit=1
        start x[c]          | x[c] entered#1
        start y[c]          | y[c] started#1 by=@60s
        done y[c]           | y[c] succeeded#1
        start z[c]          | z[c] started#1 by=@60s
        done z[c]           | z[c] succeeded#1; x[c] succeeded#1; x succeeded#1
        alice: rerun x failed | x rerun by=alice again=x[a],y[a],x[b],y[b],z[b] partial
        start z[b]          | -
        start x[b]          | x[b] entered#2
        start x[a]          | x[a] entered#2
        start y[b]          | y[b] started#2 by=@60s
        done y[b]           | y[b] succeeded#2
        start z[b]          | z[b] started#2 by=@60s
        done z[b]           | z[b] succeeded#2; x[b] succeeded#2
        alice: rerun x failed | refused: no item of `x` failed
        start last          | -
        start y[a]          | y[a] started#2 by=@60s
        done y[a]           | y[a] succeeded#2
        start z[a]          | z[a] started#1 by=@60s
        done z[a]           | z[a] succeeded#1; x[a] succeeded#2; x succeeded#1
        alice: rerun y[c]   | y[c] rerun by=alice again=y[c] stale=z[c] partial
        start last          | -
        start y[c]          | y[c] started#2 by=@60s
        done y[c]           | y[c] succeeded#2; x[c] succeeded#1; x succeeded#1
        start last          | last started#1 by=@60s
        ",
    );
}

#[test]
fn not_everything_can_be_done_again() {
    let mut bench = Bench::team("run a\nchecklist c\nrun b\nfinally\nrun z");
    bench.play(
        "
        alice: rerun a       | refused: `a` has not begun, so there is nothing to do again
        start a              | a started#1 by=@60s
        alice: rerun a       | refused: `a` is running: wait for its end, or abort
        done a               | a succeeded#1
        alice: rerun finally/z | refused: that part of the run is not under way; `finally/z` can no longer change
        mallory: rerun a     | refused: the policy does not know `mallory@example.com`
        start c              | c opened#1 by=@168h
        alice: rerun c       | refused: `c` is waiting for people: answer it, wait for its end, or abort
        alice: rerun a failed | refused: `a` is not done for several items
        alice: abort         | abort by=alice; ending aborted
        alice: rerun a       | refused: that part of the run is not under way; `a` can no longer change
        start finally/z      | finally/z started#1 by=@60s
        fail finally/z       | finally/z missed#1 exit=1; finally/z failed#1 exit=1
        alice: rerun finally/z | finally/z rerun by=alice again=finally/z
        start finally/z      | finally/z started#2 by=@60s
        done finally/z       | finally/z succeeded#2; closed aborted
        alice: rerun a       | refused: the run is over
        ",
    );
}

#[test]
fn a_step_in_a_block_that_is_over_opens_it_again() {
    let mut bench = Bench::team(
        "
        block b
        run set in=b
        run set.restore in=set.restore
        run x in=b on_failure=rescue
        run mend in=b.rescue
        run tidy in=b.always
        run z",
    );
    bench.play(
        "
        start b           | b entered#1
        start set         | set started#1 by=@60s
        done set          | set succeeded#1
        start x           | x started#1 by=@60s
        fail x            | x missed#1 exit=1; x failed#1 exit=1; b turned rescue
        start mend        | mend started#1 by=@60s
        done mend         | mend succeeded#1; b turned always
        start tidy        | tidy started#1 by=@60s
        done tidy         | tidy succeeded#1; b turned restore
        start set.restore | set.restore started#1 by=@60s
        done set.restore  | set.restore succeeded#1; b succeeded#1
        alice: rerun x    | refused: what `set` set was set back since; do it again from there: `rerun set --from`
        alice: rerun set from | set rerun by=alice again=set,set.restore,x,mend,tidy
        start z           | -
        start x           | -
        start set         | set started#2 by=@60s
        done set          | set succeeded#2
        start x           | x started#2 by=@60s
        done x            | x succeeded#2; b turned always
        start tidy        | tidy started#2 by=@60s
        done tidy         | tidy succeeded#2; b turned restore
        start set.restore | set.restore started#2 by=@60s
        done set.restore  | set.restore succeeded#2; b succeeded#1
        start z           | z started#1 by=@60s
        ",
    );
}

#[test]
fn whoever_is_asked_may_send_the_run_back() {
    let mut bench = Bench::team("run a\nrun b\nchecklist c\napproval gate\nrun d");
    bench.play(
        "
        start a               | a started#1 by=@60s
        done a                | a succeeded#1
        start b               | b started#1 by=@60s
        done b                | b succeeded#1
        bob: send-back c b    | refused: `c` does not lie before people, so nobody can send back from it
        start c               | c opened#1 by=@168h
        bob: send-back c d    | refused: `d` does not come before `c`
        bob: send-back c b    | c sent-back to=b by=bob again=b,c
        start b               | b started#2 by=@60s
        done b                | b succeeded#2
        start c               | c opened#2 by=@168h
        bob: tick c one       | c ticked one by=bob; c succeeded#2
        start gate            | gate asked#1 until=@168h
        dave: send-back gate a | refused: `dave` is not among the approvers of this gate
        bob: send-back gate b | gate sent-back to=b by=bob again=b,c voided=gate
        start gate            | -
        start b               | b started#3 by=@60s
        ",
    );
}

#[test]
fn a_preview_changes_nothing_and_is_what_happens() {
    let mut bench = soaking();
    let before = format!("{:?}", bench.state);
    let preview = impact(&bench.state, &name("build"), RerunScope::Step);
    assert_eq!(format!("{:?}", bench.state), before);
    bench.give("alice: rerun build");
    let happened = bench.journal.iter().rev().find_map(|(event, _)| match event {
        hardstop_core::event::Event::StepRerun { impact, .. } => Some(impact.clone()),
        _ => None,
    });
    assert_eq!(preview.ok(), happened);
}
