//! Blocks, parallels, fan-outs, remedies, and what is taken or set back.

use hardstop_tests_kit::bench::Bench;

#[test]
fn a_block_goes_step_by_step_and_a_parallel_does_not() {
    let plan = "
        block b
        run x in=b
        parallel p in=b
        run y in=p
        run z in=p
        run w";
    Bench::team(plan).play(
        "
        start x | -
        start b | b entered#1
        start w | -
        start p | -
        start x | x started#1 by=@60s
        start y | -
        done x  | x succeeded#1
        start p | p entered#1
        start z | z started#1 by=@60s
        start y | y started#1 by=@60s
        done z  | z succeeded#1
        start w | -
        done y  | y succeeded#1; p succeeded#1; b succeeded#1
        start w | w started#1 by=@60s
        done w  | w succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_rescue_takes_over_and_always_follows() {
    let plan = "
        block b
        run x in=b on_failure=rescue
        run y in=b on_failure=rescue
        run mend in=b.rescue
        run tidy in=b.always
        run w";
    Bench::team(plan).play(
        "
        start b    | b entered#1
        start mend | -
        start x    | x started#1 by=@60s
        fail x     | x missed#1 exit=1; x failed#1 exit=1; b turned rescue
        start y    | -
        start tidy | -
        start mend | mend started#1 by=@60s
        fail mend  | mend missed#1 exit=1; mend failed#1 exit=1
        start tidy | -
        bob: retry mend | mend retried#1 by=bob
        start mend | mend started#2 by=@60s
        done mend  | mend succeeded#2; b turned always
        start tidy | tidy started#1 by=@60s
        done tidy  | tidy succeeded#1; b succeeded#1
        start w    | w started#1 by=@60s
        done w     | w succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn always_follows_success_too_and_a_rescue_without_need_never_runs() {
    Bench::team("block b\nrun x in=b\nrun mend in=b.rescue\nrun tidy in=b.always").play(
        "
        start b    | b entered#1
        start x    | x started#1 by=@60s
        done x     | x succeeded#1; b turned always
        start mend | -
        start tidy | tidy started#1 by=@60s
        done tidy  | tidy succeeded#1; b succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_fan_out_is_as_wide_as_it_may_be() {
    let mut bench = Bench::team("run x each width=2\nrun y");
    bench.play(
        "
        start x      | x items=a,b,c allowed=0
        start x[c]   | -
        start x[a]   | x[a] started#1 by=@60s
        start x[b]   | x[b] started#1 by=@60s
        start x[c]   | -
        done x[b]    | x[b] succeeded#1
        start x[c]   | x[c] started#1 by=@60s
        done x[c]    | x[c] succeeded#1
        start y      | -
        done x[a]    | x[a] succeeded#1; x succeeded#1
        start y      | y started#1 by=@60s
        ",
    );
}

#[test]
fn a_budget_stops_when_failures_exceed_it() {
    let mut bench = Bench::team("run x each width=1 fails=1\nrun y");
    bench.play(
        "
        start x           | x items=a,b,c allowed=1
        start x[a]        | x[a] started#1 by=@60s
        fail x[a]         | x[a] missed#1 exit=1; x[a] failed#1 exit=1
        start x[b]        | x[b] started#1 by=@60s
        fail x[b]         | x[b] missed#1 exit=1; x[b] failed#1 exit=1
        start x[c]        | -
        bob: skip x[a]    | x[a] skipped by=bob
        start x[c]        | x[c] started#1 by=@60s
        done x[c]         | x[c] succeeded#1; x succeeded#1
        start y           | y started#1 by=@60s
        done y            | y succeeded#1
        bob: retry x[b]   | x[b] retried#1 by=bob
        start x[b]        | x[b] started#2 by=@60s
        done x[b]         | x[b] succeeded#2; x succeeded#1; ending incomplete; closed incomplete
        ",
    );
}

#[test]
fn an_exceeded_budget_may_end_the_run() {
    Bench::team("run x each width=3 exceeded=abort\nrun y\nfinally\nrun z").play(
        "
        start x          | x items=a,b,c allowed=0
        start x[a]       | x[a] started#1 by=@60s
        start x[b]       | x[b] started#1 by=@60s
        fail x[a]        | x[a] missed#1 exit=1; x[a] failed#1 exit=1
        fail x[b] aborted | x[b] missed#1 aborted; x[b] failed#1 aborted; ending failed
        start finally/z  | finally/z started#1 by=@60s
        ",
    );
}

#[test]
fn a_block_for_each_item_keeps_its_own_order() {
    let plan = "
        block r each width=2 fails=1
        run x in=r
        run y in=r
        run w";
    Bench::team(plan).play(
        "
        start r      | r items=a,b,c allowed=1
        start r[a]   | r[a] entered#1
        start x[a]   | x[a] started#1 by=@60s
        start y[a]   | -
        start r[b]   | r[b] entered#1
        start x[b]   | x[b] started#1 by=@60s
        fail x[a]    | x[a] missed#1 exit=1; x[a] failed#1 exit=1
        start r[c]   | r[c] entered#1
        start y[a]   | -
        done x[b]    | x[b] succeeded#1
        start x[c]   | x[c] started#1 by=@60s
        start y[b]   | y[b] started#1 by=@60s
        done x[c]    | x[c] succeeded#1
        done y[b]    | y[b] succeeded#1; r[b] succeeded#1
        start y[c]   | y[c] started#1 by=@60s
        done y[c]    | y[c] succeeded#1; r[c] succeeded#1; r succeeded#1
        start w      | w started#1 by=@60s
        done w       | w succeeded#1
        bob: retry x[a] | x[a] retried#1 by=bob
        start x[a]   | x[a] started#2 by=@60s
        done x[a]    | x[a] succeeded#2
        start y[a]   | y[a] started#1 by=@60s
        done y[a]    | y[a] succeeded#1; r[a] succeeded#1; r succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn an_empty_or_all_skipped_fan_out_is_no_success() {
    Bench::team("run x each if=yes").play(
        "
        start x           | x items=a,b,c allowed=0
        start x[a] skip   | x[a] skipped by condition
        start x[b] skip   | x[b] skipped by condition
        start x[c] skip   | x[c] skipped by condition; x skipped by condition; ending incomplete; closed incomplete
        ",
    );
    Bench::team("run x each").play(
        "start x items= | x items= allowed=0; x succeeded#1; ending incomplete; closed incomplete",
    );
}

#[test]
fn a_remedy_runs_before_the_failure_comes_to_what_it_comes_to() {
    let plan = "
        run deploy on_failure=run:fix
        run fix backout
        run next";
    Bench::team(plan).play(
        "
        start fix        | -
        start deploy     | deploy started#1 by=@60s
        fail deploy      | deploy missed#1 exit=1; deploy failed#1 exit=1; deploy remedy=fix
        start next       | -
        start fix        | fix started#1 by=@60s
        done fix         | fix succeeded#1
        start next       | -
        bob: retry deploy | deploy retried#1 by=bob
        start deploy     | deploy started#2 by=@60s
        fail deploy      | deploy missed#2 exit=1; deploy failed#2 exit=1; deploy remedy=fix
        start fix        | fix started#2 by=@60s
        done fix         | fix succeeded#2
        bob: retry deploy | deploy retried#2 by=bob
        start deploy     | deploy started#3 by=@60s
        done deploy      | deploy succeeded#3
        start next       | next started#1 by=@60s
        done next        | next succeeded#1; ending succeeded; closed succeeded
        ",
    );
    Bench::team("run deploy on_failure=run:fix:abort\nrun fix backout\nrun next").play(
        "
        start deploy | deploy started#1 by=@60s
        fail deploy  | deploy missed#1 exit=1; deploy failed#1 exit=1; deploy remedy=fix
        start fix    | fix started#1 by=@60s
        done fix     | fix succeeded#1; ending failed; closed failed
        ",
    );
}

#[test]
fn an_abort_takes_back_in_reverse_what_really_ran() {
    let plan = "
        run a
        run a.undo in=a.undo
        run set
        run set.restore in=set.restore
        run b
        run b.undo in=b.undo
        run c
        run c.undo in=c.undo
        on_abort
        run tell
        finally
        run clean";
    Bench::team(plan).play(
        "
        start a            | a started#1 by=@60s
        done a             | a succeeded#1
        start a.undo       | -
        start set          | set started#1 by=@60s
        done set           | set succeeded#1
        start b            | b started#1 by=@60s
        carol: abort       | abort by=carol
        fail b aborted     | b missed#1 aborted; b failed#1 aborted; backout aborted b.undo,set.restore,a.undo,on_abort/tell
        start a.undo       | -
        start b.undo       | b.undo started#1 by=@60s
        fail b.undo        | b.undo missed#1 exit=1; b.undo failed#1 exit=1
        start set.restore  | -
        bob: skip b.undo   | b.undo skipped by=bob
        start set.restore  | set.restore started#1 by=@60s
        done set.restore   | set.restore succeeded#1
        start a.undo       | a.undo started#1 by=@60s
        done a.undo        | a.undo succeeded#1
        start on_abort/tell | on_abort/tell started#1 by=@60s
        done on_abort/tell | on_abort/tell succeeded#1; ending aborted
        start finally/clean | finally/clean started#1 by=@60s
        done finally/clean | finally/clean succeeded#1
        ",
    );
}

#[test]
fn what_was_set_is_set_back_on_success_too_and_nothing_else_is() {
    let plan = "
        run set
        run set.restore in=set.restore
        run a
        run a.undo in=a.undo
        on_abort
        run tell";
    Bench::team(plan).play(
        "
        start set         | set started#1 by=@60s
        done set          | set succeeded#1
        start a           | a started#1 by=@60s
        done a            | a succeeded#1; backout succeeded set.restore
        start set.restore | set.restore started#1 by=@60s
        done set.restore  | set.restore succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_block_sets_back_what_was_set_in_it() {
    let plan = "
        block b
        run one in=b
        run one.restore in=one.restore
        run two in=b
        run two.restore in=two.restore
        run tidy in=b.always
        run w";
    Bench::team(plan).play(
        "
        start b           | b entered#1
        start one         | one started#1 by=@60s
        done one          | one succeeded#1
        start two         | two started#1 by=@60s
        done two          | two succeeded#1; b turned always
        start tidy        | tidy started#1 by=@60s
        done tidy         | tidy succeeded#1; b turned restore
        start one.restore | -
        start two.restore | two.restore started#1 by=@60s
        start w           | -
        done two.restore  | two.restore succeeded#1
        start one.restore | one.restore started#1 by=@60s
        done one.restore  | one.restore succeeded#1; b succeeded#1
        start w           | w started#1 by=@60s
        ",
    );
}

#[test]
fn an_abort_in_a_block_runs_what_always_follows() {
    let plan = "
        run set
        run set.restore in=set.restore
        block b
        run x in=b
        run x.undo in=x.undo
        run tidy in=b.always";
    Bench::team(plan).play(
        "
        start set         | set started#1 by=@60s
        done set          | set succeeded#1
        start b           | b entered#1
        start x           | x started#1 by=@60s
        done x            | x succeeded#1; b turned always
        carol: abort      | abort by=carol; backout aborted x.undo,tidy,set.restore
        start x.undo      | x.undo started#1 by=@60s
        done x.undo       | x.undo succeeded#1
        start tidy        | tidy started#1 by=@60s
        done tidy         | tidy succeeded#1
        start set.restore | set.restore started#1 by=@60s
        done set.restore  | set.restore succeeded#1; ending aborted; closed aborted
        ",
    );
}

#[test]
fn locks_come_before_all_else_and_go_when_the_step_is_over() {
    let mut bench = Bench::team("run x locks=a,b\nrun y");
    bench.play("start x | x wants a+b");
    assert_eq!(bench.under_way(), "lock x a+b");
    bench.play(
        "
        start x  | -
        locked x | x has its locks
        locked x | -
        start x  | x started#1 by=@60s
        fail x   | x missed#1 exit=1; x failed#1 exit=1
        ",
    );
    assert_eq!(bench.under_way(), "lock x a+b");
    bench.play(
        "
        bob: retry x | x retried#1 by=bob
        start x      | x started#2 by=@60s
        done x       | x succeeded#2; x lets its locks go
        ",
    );
    assert_eq!(bench.under_way(), "resolve y#1");
}

#[test]
fn a_poll_says_what_changed_and_ends_by_its_own_time() {
    Bench::team("run x poll=1000 poll_timeout=9000").play(
        "
        start x          | x started#1 by=@9s
        not-yet x red    | x probed#1
        not-yet x red    | -
        not-yet x green  | x probed#1
        lease            | lease 2
        start x          | -
        done x           | x succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn an_item_of_another_fan_out_is_another_item_whatever_its_key() {
    let plan = "
        run x each width=2
        hard_stop h 5000 each width=2 since=x.finished
        run z";
    Bench::team(plan).play(
        "
        start x items=k,l | x items=k,l allowed=0
        start x[k]        | x[k] started#1 by=@60s
        start x[l]        | x[l] started#1 by=@60s
        done x[k]         | x[k] succeeded#1
        +3000             | -
        done x[l]         | x[l] succeeded#1; x succeeded#1
        start h items=k,l | h items=k,l allowed=0
        start h[k]        | h[k] waits since=@3s due=@8s
        ",
    );
}
