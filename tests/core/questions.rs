//! Hard questions about what a run means, where no other test answers them. docs/semantics.md
//! lists all of them with their tests.

use hardstop_tests_kit::bench::Bench;

/// What counts as the start of a step: its first effect, not the wait for its locks.
#[test]
fn a_step_starts_with_its_first_effect() {
    Bench::team("run x locks=a\nhard_stop h 60000 since=x.started").play(
        "
        start x  | x wants a
        +30000   | -
        locked x | x has its locks
        +10000   | -
        start x  | x started#1 by=@100s
        done x   | x succeeded#1; x lets its locks go
        start h  | h waits since=@40s due=@100s
        ",
    );
}

/// The wait for a window is no part of a step's own time.
#[test]
fn waiting_for_a_window_is_no_part_of_the_steps_time() {
    let mut bench = Bench::team("deny 0..90000\nrun x timeout=60000");
    bench.play(
        "
        start x | x closed until=@90s
        start x | -
        ",
    );
    assert_eq!(bench.under_way(), "wake x@90s");
    bench.play(
        "
        +89999  | -
        +1      | x open
        start x | x started#1 by=@150s
        ",
    );
}

/// A window ends, and nothing else happens: the run wakes up by itself.
#[test]
fn trap_16_a_window_opens_without_anybody_doing_anything() {
    let mut bench = Bench::team("allow 50000..60000 fits\nrun x timeout=8000\nrun y timeout=8000");
    bench.play(
        "
        start x | x closed until=@50s
        +50000  | x open
        start x | x started#1 by=@58s
        +5000   | -
        done x  | x succeeded#1
        start y | y closed until=ever
        ",
    );
}

/// What is under way when its window closes goes on, and the run says so once.
#[test]
fn what_runs_past_its_window_is_said_once() {
    Bench::team("allow 0..10000\nrun x timeout=60000").play(
        "
        start x | x started#1 by=@60s
        +10000  | x overruns
        +10000  | -
        done x  | x succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

/// People's answers are work only where a window names them.
#[test]
fn a_window_is_about_work() {
    Bench::team("deny 0..90000\nchecklist list\nrun x").play(
        "
        start list           | list opened#1 by=@168h
        alice: tick list one | list ticked one by=alice; list succeeded#1
        start x              | x closed until=@90s
        ",
    );
    Bench::team("deny 0..90000 about=list\nchecklist list\nrun x")
        .play("start list | list closed until=@90s");
}

/// A window is missed while people are asked: the next one counts, and the yes is looked at again.
#[test]
fn a_window_missed_while_people_are_asked_is_followed_by_the_next() {
    let plan = "
        allow 0..60000 about=x
        allow 100000..160000 about=x
        approval g valid=80000
        run x";
    Bench::team(plan).play(
        "
        start g        | g asked#1 until=@168h
        +50000         | -
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@130s
        +20000         | -
        start x        | x closed until=@100s
        +30000         | x open
        start x        | x started#1 by=@160s
        ",
    );
    let mut late = Bench::team(&plan.replace("valid=80000", "valid=40000"));
    late.play(
        "
        start g        | g asked#1 until=@168h
        +50000         | -
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@90s
        +20000         | -
        start x        | x closed until=@100s
        +30000         | g void#1 expired; x open
        start x        | -
        start g        | g asked#2 until=@604900s
        ",
    );
}

/// More fail than may: no other item starts, and those under way end.
#[test]
fn an_exceeded_budget_lets_the_others_end() {
    let mut bench = Bench::team("run x each width=2\nrun y");
    bench.play(
        "
        start x         | x items=a,b,c allowed=0
        start x[a]      | x[a] started#1 by=@60s
        start x[b]      | x[b] started#1 by=@60s
        fail x[a]       | x[a] missed#1 exit=1; x[a] failed#1 exit=1
        start x[c]      | -
        ",
    );
    assert_eq!(bench.under_way(), "perform x[b]#1");
    bench.play(
        "
        fail x[b]       | x[b] missed#1 exit=1; x[b] failed#1 exit=1
        start x[c]      | -
        bob: retry x[a] | x[a] retried#1 by=bob
        start x[a]      | -
        bob: retry x[b] | x[b] retried#1 by=bob
        start x[a]      | x[a] started#2 by=@60s
        ",
    );
}

/// Ten of eleven are approved: those begin, and the one that is refused may be left out.
#[test]
fn what_is_approved_begins_and_what_is_refused_is_left_out_with_a_reason() {
    let plan = "
        block r each width=3
        approval g in=r
        run x in=r
        run y";
    Bench::team(plan).play(
        "
        start r           | r items=a,b,c allowed=0
        start r[a]        | r[a] entered#1
        start g[a]        | g[a] asked#1 until=@168h
        start r[b]        | r[b] entered#1
        start g[b]        | g[b] asked#1 until=@168h
        start r[c]        | r[c] entered#1
        start g[c]        | g[c] asked#1 until=@168h
        bob: approve g[a] | g[a] yes#1 by=bob; g[a] satisfied#1 until=@24h
        start x[a]        | x[a] started#1 by=@60s
        bob: approve g[c] | g[c] yes#1 by=bob; g[c] satisfied#1 until=@24h
        start x[b]        | -
        bob: reject g[b]  | g[b] no#1 by=bob
        start x[c]        | x[c] started#1 by=@60s
        start y           | -
        ",
    );
}

/// What could not be taken or set back keeps the run from closing until somebody answers for it.
#[test]
fn what_is_still_altered_keeps_the_run_from_closing() {
    let plan = "
        run x
        run x.undo in=x.undo
        run y";
    Bench::team(plan).play(
        "
        start x                   | x started#1 by=@60s
        done x                    | x succeeded#1
        carol: abort              | abort by=carol; backout aborted x.undo
        start x.undo              | x.undo started#1 by=@60s
        fail x.undo               | x.undo missed#1 exit=1; x.undo failed#1 exit=1
        bob: skip x.undo          | x.undo skipped by=bob; ending aborted
        +60000                    | -
        carol: waive altered x    | x waived by=carol; closed aborted
        ",
    );
}
