//! The traps other systems fell into, each a real bug of one of them. The number is that of the
//! list in docs/semantics.md, which says where the traps of the driver and of the store are.

use hardstop_tests_kit::bench::Bench;

/// A timer fired after a person had gone on by hand, and wiped their answers.
#[test]
fn trap_01_a_timer_that_was_overtaken_is_dead() {
    let mut bench =
        Bench::team("wait pause 60000\nchecklist list items=one,two timeout=90000\nrun x");
    bench.play(
        "
        start pause          | pause waits since=@0s due=@60s
        bob: skip pause      | pause skipped by=bob
        start list           | list opened#1 by=@90s
        alice: tick list one | list ticked one by=alice
        +60000               | -
        alice: tick list two | list ticked two by=alice; list succeeded#1
        start x              | x started#1 by=@120s
        +60000               | -
        done x               | x succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

/// One pending approval blocked branches that had nothing to do with it; a yes moved others too.
#[test]
fn trap_02_an_answer_moves_its_own_branch_only() {
    let plan = "
        parallel p
        block left in=p
        approval g in=left
        run x in=left
        block right in=p
        approval h in=right
        run y in=right";
    Bench::team(plan).play(
        "
        start p        | p entered#1
        start left     | left entered#1
        start right    | right entered#1
        start g        | g asked#1 until=@168h
        start h        | h asked#1 until=@168h
        bob: approve h | h yes#1 by=bob; h satisfied#1 until=@24h
        start x        | -
        start y        | y started#1 by=@60s
        done y         | y succeeded#1; right succeeded#1
        start x        | -
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@24h
        start x        | x started#1 by=@60s
        done x         | x succeeded#1; left succeeded#1; p succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

/// An answer that came before the pause was durable was lost, or counted twice.
#[test]
fn trap_03_an_answer_counts_once_and_only_to_what_was_asked() {
    Bench::team("run x\nchecklist list items=one").play(
        "
        alice: tick list one | refused: checklist `list` is not open
        start x              | x started#1 by=@60s
        done x               | x succeeded#1
        start list           | list opened#1 by=@168h
        alice: tick list one | list ticked one by=alice; list succeeded#1; ending succeeded; closed succeeded
        alice: tick list one | refused: the run is over
        ",
    );
}

/// After a wait had timed out, another answer could not continue.
#[test]
fn trap_04_what_timed_out_can_be_asked_again() {
    Bench::team("checklist list items=one timeout=1000\nrun x").play(
        "
        start list           | list opened#1 by=@1s
        +1000                | list failed#1 timed-out
        alice: tick list one | refused: checklist `list` is not open
        alice: retry list    | list retried#1 by=alice
        start list           | list opened#2 by=@2s
        alice: tick list one | list ticked one by=alice; list succeeded#2
        start x              | x started#1 by=@61s
        ",
    );
}

/// Stopping a run that was paused, queued, or waiting did nothing.
#[test]
fn trap_05_a_run_can_be_aborted_wherever_it_waits() {
    let table = [
        ("checklist w", "start w"),
        ("approval w", "start w"),
        ("wait w 1000", "start w"),
        ("hard_stop w 1000", "start w"),
        ("run w locks=a", "start w"),
        ("run w retry=2", "start w; fail w"),
        ("run w", "start w; fail w"),
        ("run w", "start w; lease"),
        ("run w poll=1000", "start w; not-yet w no; lease"),
        ("block w\nrun x in=w", "start w"),
        ("run w each", "start w"),
        ("run w", "alice: hold"),
        ("run w", "evidence bad; evidence ok"),
    ];
    for (plan, moves) in table {
        let mut bench = Bench::team(&format!("{plan}\nrun after"));
        for line in moves.split("; ") {
            bench.give(line);
        }
        let mut happened = bench.give("carol: abort");
        if !happened.ends_with("closed aborted") {
            // What is under way is stopped first.
            happened = bench.give("fail w aborted");
        }
        assert!(happened.ends_with("closed aborted"), "{plan} after {moves}: {happened}");
        assert_eq!(bench.under_way(), "-", "{plan} after {moves}");
    }
}

/// The same for what is asked again and again, if the runner dies right after the abort.
#[test]
fn trap_05_an_abort_is_not_lost_with_the_runner() {
    Bench::team("run w poll=1000\nrun after").play(
        "
        start w      | w started#1 by=@600s
        carol: abort | abort by=carol
        lease        | lease 2; w lost#1 again; ending aborted; closed aborted
        ",
    );
}

/// A step that began after the process had changed was thought to be stale.
#[test]
fn trap_06_another_process_takes_over_and_its_steps_are_its_own() {
    Bench::team("approval g\nrun x").play(
        "
        start g        | g asked#1 until=@168h
        reboot         | -
        lease          | lease 2
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@24h
        start x        | x started#1 by=@60s
        +59000         | -
        done x         | x succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

/// A timer that expired during an outage fired twice, was lost, or began anew in full.
#[test]
fn trap_07_what_expired_during_an_outage_is_released_once() {
    let mut bench = Bench::team("hard_stop h 10000\nrun x retry=2 delay=5000\nrun y");
    bench.play(
        "
        start h | h waits since=@0s due=@10s
        reboot  | -
        +70000  | h elapsed
        lease   | lease 2
        wake    | -
        start x | x started#1 by=@130s
        fail x  | x missed#1 exit=1 retry=@75s
        reboot  | -
        +9000   | x due-again
        lease   | lease 3
        start x | x started#2 by=@139s
        ",
    );
}

/// The allowed number was off by one, a batch that failed whole stopped everything, unreachable
/// was no failure.
#[test]
fn trap_11_budgets() {
    let stops_at = |budget: &str, items: usize| {
        let mut bench = Bench::team(&format!("run x each width=1 fails={budget}\nrun y"));
        let keys: Vec<String> = (0..items).map(|n| format!("i{n}")).collect();
        bench.give(&format!("start x items={}", keys.join(",")));
        for (failed, key) in keys.iter().enumerate() {
            if bench.give(&format!("start x[{key}]")) == "-" {
                return failed;
            }
            let cause = ["exit", "timed-out", "not-started", "signal"][failed % 4];
            bench.give(&format!("fail x[{key}] {cause}"));
        }
        items
    };
    // A budget, the number of items, and how many start before no further one does.
    let table = [
        ("0", 1, 1),
        ("0", 5, 1),
        ("1", 5, 2),
        ("4", 5, 5),
        ("5", 5, 5),
        ("0%", 10, 1),
        ("9%", 10, 1),
        ("10%", 10, 2),
        ("10%", 50, 6),
        ("33%", 3, 1),
        ("34%", 3, 2),
        ("100%", 4, 4),
        ("50%", 1, 1),
    ];
    for (budget, items, starts) in table {
        assert_eq!(stops_at(budget, items), starts, "{budget} of {items}");
    }
    // Failures within the budget are open items; the run does not end before they are settled.
    Bench::team("run x each fails=100%\nrun y").play(
        "
        start x items=a   | x items=a allowed=1
        start x[a]        | x[a] started#1 by=@60s
        fail x[a]         | x[a] missed#1 exit=1; x[a] failed#1 exit=1; x succeeded#1
        start y           | y started#1 by=@60s
        done y            | y succeeded#1
        bob: skip x[a]    | x[a] skipped by=bob; ending incomplete; closed incomplete
        ",
    );
}

/// One of several ways to say yes did not look at who said it.
#[test]
fn trap_12_every_way_to_say_yes_is_one_way() {
    for who in ["alice", "alice/second", "eve", "dave"] {
        let mut bench = Bench::team("approval g exclude=initiator\nrun x");
        bench.give("start g");
        let happened = bench.give(&format!("{who}: approve g"));
        assert!(happened.contains("not-counted"), "{who}: {happened}");
        assert_eq!(bench.give("start x"), "-");
    }
}

/// A yes to one item opened another.
#[test]
fn trap_13_a_yes_to_one_item_opens_no_other() {
    let plan = "
        block r each width=3
        approval g in=r
        run x in=r";
    Bench::team(plan).play(
        "
        start r           | r items=a,b,c allowed=0
        start r[a]        | r[a] entered#1
        start r[b]        | r[b] entered#1
        start g[a]        | g[a] asked#1 until=@168h
        start g[b]        | g[b] asked#1 until=@168h
        bob: approve g[b] | g[b] yes#1 by=bob; g[b] satisfied#1 until=@24h
        start x[a]        | -
        start x[b]        | x[b] started#1 by=@60s
        ",
    );
}

/// A no ran the handlers meant for failures.
#[test]
fn trap_14_a_no_is_an_answer_and_not_a_failure() {
    let plan = "
        block b
        approval g in=b on_failure=rescue on_rejected=abort
        run mend in=b.rescue
        run x";
    Bench::team(plan).play(
        "
        start b       | b entered#1
        start g       | g asked#1 until=@168h
        bob: reject g | g no#1 by=bob; ending aborted; closed aborted
        ",
    );
    Bench::team("approval g on_failure=run:fix\nrun fix backout\nrun x").play(
        "
        start g       | g asked#1 until=@168h
        bob: reject g | g no#1 by=bob
        start fix     | -
        bob: retry g  | g retried#1 by=bob
        start g       | g asked#2 until=@168h
        ",
    );
}

/// Each wave of a fan-out asked for approval again.
#[test]
fn trap_17_a_fan_out_needs_one_approval() {
    let mut bench = Bench::team("approval g\nrun x each width=1");
    bench.play(
        "
        start g        | g asked#1 until=@168h
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@24h
        start x        | x items=a,b,c allowed=0
        start x[a]     | x[a] started#1 by=@60s
        done x[a]      | x[a] succeeded#1
        start x[b]     | x[b] started#1 by=@60s
        done x[b]      | x[b] succeeded#1
        start x[c]     | x[c] started#1 by=@60s
        done x[c]      | x[c] succeeded#1; x succeeded#1; ending succeeded; closed succeeded
        ",
    );
    assert_eq!(bench.step("g"), "succeeded#1");
}

/// A tick was undone by the program, or by another person's tick at the same moment.
#[test]
fn trap_18_ticks_of_several_people_add_up() {
    Bench::team("checklist list items=one,two,three\nrun x").play(
        "
        start list             | list opened#1 by=@168h
        alice: tick list one   | list ticked one by=alice
        bob: tick list two     | list ticked two by=bob
        bob: tick list one     | -
        lease                  | lease 2
        carol: tick list three | list ticked three by=carol; list succeeded#1
        ",
    );
}

/// Time in a stage counted from the wrong stage, was lost when something newer came, or was
/// noticed late.
#[test]
fn trap_19_a_hard_stop_counts_from_the_attempt_that_counts() {
    let plan = "
        phase a
        run x
        phase b
        run y
        phase c needs=a,b
        hard_stop h 100000 since=b/y.started
        run z";
    let mut bench = Bench::team(plan);
    bench.play(
        "
        start b/y     | b/y started#1 by=@60s
        fail b/y      | b/y missed#1 exit=1; b/y failed#1 exit=1
        +30000        | -
        bob: retry b/y | b/y retried#1 by=bob
        start b/y     | b/y started#2 by=@90s
        done b/y      | b/y succeeded#2
        +30000        | -
        start a/x     | a/x started#1 by=@120s
        done a/x      | a/x succeeded#1
        start c/h     | c/h waits since=@30s due=@130s
        ",
    );
    assert_eq!(bench.under_way(), "wake c/h@130s");
    bench.play("+69999 | -\n+1 | c/h elapsed");
}

/// A state that was reached was never noticed, and nobody could see what had been answered.
#[test]
fn trap_20_every_other_answer_of_a_poll_is_kept() {
    Bench::team("run x poll=1000").play(
        "
        start x          | x started#1 by=@600s
        not-yet x draft  | x probed#1
        not-yet x draft  | -
        not-yet x review | x probed#1
        not-yet x draft  | x probed#1
        done x           | x succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

/// A flag had no effect. Both values of each are seen to differ.
#[test]
fn trap_22_both_values_of_a_flag_differ() {
    let after_failure = |plan: &str| {
        let mut bench = Bench::team(plan);
        let of_items = plan.contains("each");
        let lines = if of_items {
            ["start x", "start x[a]", "fail x[a]"]
        } else {
            ["start x", "fail x", "wake"]
        };
        for line in lines {
            bench.give(line);
        }
        format!(
            "{} {}",
            hardstop_tests_kit::picture::ending(bench.state.ending()),
            bench.under_way()
        )
    };
    let pairs = [
        ("run x each\nrun y", "run x each exceeded=abort\nrun y"),
        ("run x\nrun y", "run x on_failure=abort\nrun y"),
        ("run x\nrun y", "run x on_failure=continue\nrun y"),
        ("run x\nrun y", "run x retry=2\nrun y"),
        ("run x each\nrun y", "run x each fails=1\nrun y"),
        ("run x each\nrun y", "run x each width=2 fails=1\nrun y"),
    ];
    for (one, other) in pairs {
        assert_ne!(after_failure(one), after_failure(other), "{one:?} and {other:?}");
    }
}
