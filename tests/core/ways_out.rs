//! What is done on the way out of a run, and because of a failure: what was under way there goes on,
//! and what is called again begins anew.

use hardstop_core::view::{Waiting, waiting};
use hardstop_tests_kit::bench::Bench;

#[test]
fn an_always_that_was_under_way_goes_on_where_it_stood() {
    let plan = "
        block b
        run x in=b
        run tidy in=b.always each width=2 on_failure=abort
        run tidy.undo in=tidy.undo";
    Bench::team(plan).play(
        "
        start b           | b entered#1
        start x           | x started#1 by=@60s
        done x            | x succeeded#1; b turned always
        start tidy items=k,l,m | tidy items=k,l,m allowed=0
        start tidy[k]     | tidy[k] started#1 by=@60s
        fail tidy[k]      | tidy[k] missed#1 exit=1; tidy[k] failed#1 exit=1; backout failed tidy.undo[k],tidy
        start tidy.undo[k] | tidy.undo[k] started#1 by=@60s
        done tidy.undo[k] | tidy.undo[k] succeeded#1
        bob: retry tidy[k] | tidy[k] retried#1 by=bob
        start tidy[k]     | tidy[k] started#2 by=@60s
        done tidy[k]      | tidy[k] succeeded#2
        start tidy[l]     | tidy[l] started#1 by=@60s
        start tidy[m]     | tidy[m] started#1 by=@60s
        done tidy[l]      | tidy[l] succeeded#1
        done tidy[m]      | tidy[m] succeeded#1; tidy succeeded#1; ending failed; closed failed
        ",
    );
}

#[test]
fn a_block_that_is_a_remedy_is_done_anew_each_time() {
    let plan = "
        run deploy on_failure=run:fix
        block fix backout
        run drain in=fix
        run clean in=fix each width=2";
    Bench::team(plan).play(
        "
        start deploy     | deploy started#1 by=@60s
        fail deploy      | deploy missed#1 exit=1; deploy failed#1 exit=1; deploy remedy=fix
        start fix        | fix entered#1
        start drain      | drain started#1 by=@60s
        done drain       | drain succeeded#1
        start clean items=k | clean items=k allowed=0
        start clean[k]   | clean[k] started#1 by=@60s
        done clean[k]    | clean[k] succeeded#1; clean succeeded#1; fix succeeded#1
        bob: retry deploy | deploy retried#1 by=bob
        start deploy     | deploy started#2 by=@60s
        fail deploy      | deploy missed#2 exit=1; deploy failed#2 exit=1; deploy remedy=fix
        start fix        | fix entered#2
        start drain      | drain started#2 by=@60s
        done drain       | drain succeeded#2
        start clean items=k,l | clean items=k,l allowed=0
        start clean[k]   | clean[k] started#2 by=@60s
        done clean[k]    | clean[k] succeeded#2
        ",
    );
}

#[test]
fn an_approval_that_is_void_opens_the_block_around_it_again() {
    Bench::team("block b\napproval g by=team:sre valid=5000 in=b\nrun y").play(
        "
        start b           | b entered#1
        start g           | g asked#1 until=@168h
        alice: approve g  | g yes#1 by=alice; g satisfied#1 until=@5s; b succeeded#1
        +6000             | g void#1 expired
        start y           | -
        start g           | g asked#2 until=@604806s
        bob: approve g    | g yes#2 by=bob; g satisfied#2 until=@11s; b succeeded#1
        start y           | y started#1 by=@66s
        ",
    );
}

#[test]
fn a_rescue_starts_although_what_failed_is_deep_in_the_steps() {
    let plan = "
        block b
        parallel p in=b
        run x in=p on_failure=rescue
        run z in=p locks=k
        run mend in=b.rescue locks=k
        run y";
    Bench::team(plan).play(
        "
        start b     | b entered#1
        start p     | p entered#1
        start x     | x started#1 by=@60s
        start z     | z wants k
        fail x      | x missed#1 exit=1; x failed#1 exit=1; b turned rescue; z lets its locks go
        start z     | -
        start mend  | mend wants k
        locked mend | mend has its locks
        start mend  | mend started#1 by=@60s
        done mend   | mend succeeded#1; b succeeded#1; mend lets its locks go
        start y     | y started#1 by=@60s
        ",
    );
}

#[test]
fn what_fails_on_the_way_out_has_its_remedy_there() {
    let plan = "
        run x
        run x.undo in=x.undo on_failure=run:fix
        run fix backout";
    Bench::team(plan).play(
        "
        start x        | x started#1 by=@60s
        done x         | x succeeded#1; ending succeeded; closed succeeded
        ",
    );
    Bench::team(&format!("{plan}\nrun y")).play(
        "
        start x        | x started#1 by=@60s
        done x         | x succeeded#1
        bob: abort     | abort by=bob; backout aborted x.undo
        start x.undo   | x.undo started#1 by=@60s
        fail x.undo    | x.undo missed#1 exit=1; x.undo failed#1 exit=1; x.undo remedy=fix
        start fix      | fix started#1 by=@60s
        done fix       | fix succeeded#1
        bob: retry x.undo | x.undo retried#1 by=bob
        start x.undo   | x.undo started#2 by=@60s
        done x.undo    | x.undo succeeded#2; ending aborted; closed aborted
        ",
    );
}

#[test]
fn the_rest_of_an_item_goes_on_once_its_failure_is_settled() {
    let plan = "
        block b each width=2 fails=1
        run x in=b
        run z in=b
        run y";
    Bench::team(plan).play(
        "
        start b items=k,l | b items=k,l allowed=1
        start b[k]  | b[k] entered#1
        start b[l]  | b[l] entered#1
        start x[k]  | x[k] started#1 by=@60s
        fail x[k]   | x[k] missed#1 exit=1; x[k] failed#1 exit=1
        start x[l]  | x[l] started#1 by=@60s
        done x[l]   | x[l] succeeded#1
        start z[l]  | z[l] started#1 by=@60s
        done z[l]   | z[l] succeeded#1; b[l] succeeded#1; b succeeded#1
        bob: skip x[k] | x[k] skipped by=bob
        start y     | -
        start z[k]  | z[k] started#1 by=@60s
        done z[k]   | z[k] succeeded#1; b[k] succeeded#1; b succeeded#1
        start y     | y started#1 by=@60s
        ",
    );
}

#[test]
fn what_never_began_may_be_mended_even_when_the_run_is_ending() {
    let mut bench = Bench::team("run x\nfinally\nhard_stop h 5000 if=broken");
    bench.play(
        "
        start x       | x started#1 by=@60s
        done x        | x succeeded#1; ending succeeded
        start finally/h broken | finally/h failed#1 unresolved
        bob: skip finally/h | refused: `finally/h` is a hard stop: nobody skips it
        ",
    );
    let mended = bench.rebase("bob", "run x\nfinally\nhard_stop h 5000", 7);
    assert_eq!(mended, "rebased by=bob");
    bench.play(
        "
        bob: retry finally/h | finally/h retried#1 by=bob
        start finally/h | finally/h waits since=@0s due=@5s
        +5000         | finally/h elapsed; closed succeeded
        ",
    );
}

#[test]
fn what_is_done_on_abort_is_that_of_the_commit_the_run_goes_on_with() {
    let before = "run x\nrun x.undo in=x.undo\nrun y\non_abort\nrun tell if=broken\nrun tidy";
    let mut bench = Bench::team(before);
    bench.play(
        "
        start x      | x started#1 by=@60s
        done x       | x succeeded#1
        bob: abort   | abort by=bob; backout aborted x.undo,on_abort/tell,on_abort/tidy
        start x.undo | x.undo started#1 by=@60s
        done x.undo  | x.undo succeeded#1
        start on_abort/tell broken | on_abort/tell failed#1 unresolved
        ",
    );
    let after = "run x\nrun x.undo in=x.undo\nrun y\non_abort\nrun tell\nrun more\nrun tidy";
    assert_eq!(bench.rebase("bob", after, 7), "rebased by=bob");
    bench.play(
        "
        bob: retry on_abort/tell | on_abort/tell retried#1 by=bob
        start on_abort/tell | on_abort/tell started#2 by=@60s
        done on_abort/tell  | on_abort/tell succeeded#2
        start on_abort/more | on_abort/more started#1 by=@60s
        done on_abort/more  | on_abort/more succeeded#1
        start on_abort/tidy | on_abort/tidy started#1 by=@60s
        done on_abort/tidy  | on_abort/tidy succeeded#1; ending aborted; closed aborted
        ",
    );
}

#[test]
fn a_step_whose_turn_is_no_more_lets_its_locks_go() {
    Bench::team("run x each width=2 fails=1 locks=k\nrun y locks=k\nrun z").play(
        "
        start x items=a,b | x items=a,b allowed=1
        start x[a]        | x[a] wants k
        locked x[a]       | x[a] has its locks
        start x[a]        | x[a] started#1 by=@60s
        fail x[a]         | x[a] missed#1 exit=1; x[a] failed#1 exit=1; x[a] lets its locks go
        start x[b]        | x[b] wants k
        locked x[b]       | x[b] has its locks
        start x[b]        | x[b] started#1 by=@60s
        done x[b]         | x[b] succeeded#1; x succeeded#1; x[b] lets its locks go
        start y           | y wants k
        locked y          | y has its locks
        start y broken    | y failed#1 unresolved
        bob: retry y      | y retried#1 by=bob
        bob: retry x[a]   | x[a] retried#1 by=bob; y lets its locks go
        start x[a]        | x[a] wants k
        locked x[a]       | x[a] has its locks
        start x[a]        | x[a] started#2 by=@60s
        start y           | -
        done x[a]         | x[a] succeeded#2; x succeeded#1; x[a] lets its locks go
        start y           | y wants k
        ",
    );
}

#[test]
fn what_is_set_on_the_way_out_is_set_back_last() {
    let plan = "
        run x
        finally
        parallel p
        run set in=p
        run set.restore in=set.restore
        run clean";
    Bench::team(plan).play(
        "
        start x             | x started#1 by=@60s
        done x              | x succeeded#1; ending succeeded
        start finally/p     | finally/p entered#1
        start finally/set   | finally/set started#1 by=@60s
        done finally/set    | finally/set succeeded#1; finally/p succeeded#1
        start finally/clean | finally/clean started#1 by=@60s
        done finally/clean  | finally/clean succeeded#1; backout succeeded finally/set.restore
        start finally/set.restore | finally/set.restore started#1 by=@60s
        done finally/set.restore  | finally/set.restore succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn a_failure_that_keeps_nobody_waiting_keeps_no_lock() {
    let plan = "
        block b each width=1 fails=1
        parallel p in=b
        run x in=p locks=k";
    Bench::team(plan).play(
        "
        start b items=i,j | b items=i,j allowed=1
        start b[i]        | b[i] entered#1
        start p[i]        | p[i] entered#1
        start x[i]        | x[i] wants k
        locked x[i]       | x[i] has its locks
        start x[i]        | x[i] started#1 by=@60s
        fail x[i]         | x[i] missed#1 exit=1; x[i] failed#1 exit=1; x[i] lets its locks go
        alice: waive failed x[i] | x[i] waived by=alice
        start b[j]        | b[j] entered#1
        start p[j]        | p[j] entered#1
        start x[j]        | x[j] wants k
        locked x[j]       | x[j] has its locks
        start x[j]        | x[j] started#1 by=@60s
        done x[j]         | x[j] succeeded#1; p[j] succeeded#1; x[j] lets its locks go; b[j] succeeded#1; b succeeded#1; ending incomplete; closed incomplete
        ",
    );
}

#[test]
fn a_block_in_which_something_goes_on_again_asks_for_its_locks_again() {
    let plan = "
        block b each width=2 fails=1 locks=k
        block c in=b locks=l
        run x in=c
        run y in=b
        run z";
    Bench::team(plan).play(
        "
        start b items=i,j | b items=i,j allowed=1
        start b[i]        | b[i] wants k
        locked b[i]       | b[i] has its locks
        start b[i]        | b[i] entered#1
        start c[i]        | c[i] wants l
        locked c[i]       | c[i] has its locks
        start c[i]        | c[i] entered#1
        start x[i]        | x[i] started#1 by=@60s
        start b[j]        | b[j] wants k
        fail x[i]         | x[i] missed#1 exit=1; x[i] failed#1 exit=1; b[i] lets its locks go; c[i] lets its locks go
        locked b[j]       | b[j] has its locks
        start b[j]        | b[j] entered#1
        bob: retry x[i]   | x[i] retried#1 by=bob; b[i] wants k
        start x[i]        | -
        start c[j]        | c[j] wants l
        locked c[j]       | c[j] has its locks
        start c[j]        | c[j] entered#1
        start x[j]        | x[j] started#1 by=@60s
        done x[j]         | x[j] succeeded#1; c[j] succeeded#1; c[j] lets its locks go
        start y[j]        | y[j] started#1 by=@60s
        done y[j]         | y[j] succeeded#1; b[j] succeeded#1; b[j] lets its locks go
        locked b[i]       | b[i] has its locks; c[i] wants l
        start x[i]        | -
        locked c[i]       | c[i] has its locks
        start x[i]        | x[i] started#2 by=@60s
        done x[i]         | x[i] succeeded#2; c[i] succeeded#1; c[i] lets its locks go
        start y[i]        | y[i] started#1 by=@60s
        done y[i]         | y[i] succeeded#1; b[i] succeeded#1; b succeeded#1; b[i] lets its locks go
        start z           | z started#1 by=@60s
        ",
    );
}

#[test]
fn a_block_keeps_its_locks_as_long_as_something_in_it_is_next() {
    let plan = "
        parallel p each width=2 fails=1 locks=k
        run x in=p
        run y in=p locks=l";
    Bench::team(plan).play(
        "
        start p items=i,j | p items=i,j allowed=1
        start p[i]        | p[i] wants k
        locked p[i]       | p[i] has its locks
        start p[i]        | p[i] entered#1
        start x[i]        | x[i] started#1 by=@60s
        start y[i]        | y[i] wants l
        fail x[i]         | x[i] missed#1 exit=1; x[i] failed#1 exit=1
        bob: hold         | held by=bob
        locked y[i]       | y[i] has its locks
        bob: lift         | lifted by=bob
        start y[i]        | y[i] started#1 by=@60s
        done y[i]         | y[i] succeeded#1; p[i] lets its locks go; y[i] lets its locks go
        ",
    );
}

#[test]
fn what_the_way_out_waits_for_is_forgiven_by_no_budget() {
    let plan = "
        block b each width=1 fails=1
        run x in=b
        run tidy in=b.always
        run y";
    Bench::team(plan).play(
        "
        start b items=i,j   | b items=i,j allowed=1
        start b[i]          | b[i] entered#1
        start x[i]          | x[i] started#1 by=@60s
        done x[i]           | x[i] succeeded#1; b[i] turned always
        start tidy[i]       | tidy[i] started#1 by=@60s
        fail tidy[i]        | tidy[i] missed#1 exit=1; tidy[i] failed#1 exit=1
        alice: waive failed tidy[i] | tidy[i] waived by=alice
        bob: abort          | abort by=bob; backout aborted tidy[i]
        alice: waive failed tidy[i] | -
        bob: retry tidy[i]  | tidy[i] retried#1 by=bob
        start tidy[i]       | tidy[i] started#2 by=@60s
        fail tidy[i]        | tidy[i] missed#2 exit=1; tidy[i] failed#2 exit=1
        alice: waive failed tidy[i] | refused: nothing of that kind is open at `tidy[i]`
        bob: skip tidy[i]   | tidy[i] skipped by=bob; ending aborted; closed aborted
        ",
    );
}

#[test]
fn what_its_block_waits_for_is_forgiven_by_no_budget_of_the_step_itself() {
    let plan = "
        block b
        run set each width=1 fails=1 in=b
        run set.restore in=set.restore locks=k
        run y";
    Bench::team(plan).play(
        "
        start b            | b entered#1
        start set items=i,j | set items=i,j allowed=1
        start set[i]       | set[i] started#1 by=@60s
        fail set[i]        | set[i] missed#1 exit=1; set[i] failed#1 exit=1
        start set[j]       | set[j] started#1 by=@60s
        done set[j]        | set[j] succeeded#1; set succeeded#1; b turned restore
        start set.restore[j] | set.restore[j] wants k
        locked set.restore[j] | set.restore[j] has its locks
        start set.restore[j] | set.restore[j] started#1 by=@60s
        done set.restore[j] | set.restore[j] succeeded#1; set.restore[j] lets its locks go
        start set.restore[i] | set.restore[i] wants k
        locked set.restore[i] | set.restore[i] has its locks
        start set.restore[i] | set.restore[i] started#1 by=@60s
        fail set.restore[i] | set.restore[i] missed#1 exit=1; set.restore[i] failed#1 exit=1
        alice: waive failed set.restore[i] | refused: nothing of that kind is open at `set.restore[i]`
        bob: skip set.restore[i] | set.restore[i] skipped by=bob; b succeeded#1; set.restore[i] lets its locks go
        start y | y started#1 by=@60s
        ",
    );
}

#[test]
fn what_was_rescued_is_asked_for_again_on_the_way_out() {
    let plan = "
        block b
        block c in=b
        run x in=c
        run tidy in=c.always on_failure=rescue
        run mend in=b.rescue
        run y";
    let mut bench = Bench::team(plan);
    bench.play(
        "
        start b     | b entered#1
        start c     | c entered#1
        start x     | x started#1 by=@60s
        done x      | x succeeded#1; c turned always
        start tidy  | tidy started#1 by=@60s
        fail tidy   | tidy missed#1 exit=1; tidy failed#1 exit=1; b turned rescue
        bob: abort  | abort by=bob; backout aborted tidy
        ",
    );
    let asked: Vec<_> = waiting(&bench.state).into_iter().filter(Waiting::is_for_people).collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    bench.play("bob: skip tidy | tidy skipped by=bob; ending aborted; closed aborted");
}

#[test]
fn what_follows_in_a_block_goes_on_after_a_remedy() {
    let plan = "
        block b
        run x in=b on_failure=run:fix:continue
        run y in=b
        run fix backout";
    Bench::team(plan).play(
        "
        start b   | b entered#1
        start x   | x started#1 by=@60s
        fail x    | x missed#1 exit=1; x failed#1 exit=1; x remedy=fix
        start y   | -
        start fix | fix started#1 by=@60s
        done fix  | fix succeeded#1
        start y   | y started#1 by=@60s
        ",
    );
}

#[test]
fn a_remedy_that_several_share_is_the_remedy_of_each() {
    let plan = "
        block b each width=2 fails=1
        run x in=b on_failure=run:fix:continue
        run fix backout
        run y";
    Bench::team(plan).play(
        "
        start b items=i,j | b items=i,j allowed=1
        start b[i]        | b[i] entered#1
        start x[i]        | x[i] started#1 by=@60s
        fail x[i]         | x[i] missed#1 exit=1; x[i] failed#1 exit=1; x[i] remedy=fix
        start fix         | fix started#1 by=@60s
        start b[j]        | b[j] entered#1
        start x[j]        | x[j] started#1 by=@60s
        done fix          | fix succeeded#1; b[i] succeeded#1
        fail x[j]         | x[j] missed#1 exit=1; x[j] failed#1 exit=1; b succeeded#1; x[j] remedy=fix
        start fix         | fix started#2 by=@60s
        done fix          | fix succeeded#2; b[j] succeeded#1
        start y           | y started#1 by=@60s
        ",
    );
}

#[test]
fn finally_waits_for_what_is_done_again_before() {
    let plan = "
        run x
        finally
        run f on_failure=continue
        block g
        run h in=g";
    Bench::team(plan).play(
        "
        start x         | x started#1 by=@60s
        done x          | x succeeded#1; ending succeeded
        start finally/f | finally/f started#1 by=@60s
        fail finally/f  | finally/f missed#1 exit=1; finally/f failed#1 exit=1
        start finally/g | finally/g entered#1
        bob: retry finally/f | finally/f retried#1 by=bob
        start finally/h | -
        start finally/f | finally/f started#2 by=@60s
        start finally/h | -
        done finally/f  | finally/f succeeded#2
        start finally/h | finally/h started#1 by=@60s
        ",
    );
}

#[test]
fn an_item_that_is_forgiven_keeps_its_order() {
    let plan = "
        block b each width=1 fails=1
        block c in=b
        run x in=c on_failure=continue
        parallel p in=b.always
        run y in=p
        run z in=p";
    Bench::team(plan).play(
        "
        start b items=i,j | b items=i,j allowed=1
        start b[i]        | b[i] entered#1
        start c[i]        | c[i] entered#1
        start x[i]        | x[i] started#1 by=@60s
        fail x[i]         | x[i] missed#1 exit=1; x[i] failed#1 exit=1; c[i] succeeded#1; b[i] turned always
        start p[i]        | p[i] entered#1
        start y[i]        | y[i] started#1 by=@60s
        fail y[i]         | y[i] missed#1 exit=1; y[i] failed#1 exit=1
        start z[i]        | z[i] started#1 by=@60s
        fail z[i]         | z[i] missed#1 exit=1; z[i] failed#1 exit=1
        bob: retry y[i]   | y[i] retried#1 by=bob
        bob: retry x[i]   | x[i] retried#1 by=bob
        start y[i]        | -
        start x[i]        | x[i] started#2 by=@60s
        start y[i]        | -
        done x[i]         | x[i] succeeded#2; c[i] succeeded#1; b[i] turned always
        start y[i]        | y[i] started#2 by=@60s
        ",
    );
}

#[test]
fn what_was_under_way_goes_on_when_its_turn_has_come_on_the_way_out() {
    let plan = "
        block b
        run x in=b
        run tidy in=b.always each width=1 on_failure=abort
        run tidy.undo in=tidy.undo";
    Bench::team(plan).play(
        "
        start b            | b entered#1
        start x            | x started#1 by=@60s
        done x             | x succeeded#1; b turned always
        start tidy items=k,l,m | tidy items=k,l,m allowed=0
        start tidy[k]      | tidy[k] started#1 by=@60s
        done tidy[k]       | tidy[k] succeeded#1
        start tidy[l]      | tidy[l] started#1 by=@60s
        fail tidy[l]       | tidy[l] missed#1 exit=1; tidy[l] failed#1 exit=1; backout failed tidy.undo[l],tidy.undo[k],tidy
        start tidy.undo[l] | tidy.undo[l] started#1 by=@60s
        done tidy.undo[l]  | tidy.undo[l] succeeded#1
        bob: skip tidy[l]  | tidy[l] skipped by=bob
        start tidy[m]      | -
        start tidy.undo[k] | tidy.undo[k] started#1 by=@60s
        done tidy.undo[k]  | tidy.undo[k] succeeded#1
        start tidy[m]      | tidy[m] started#1 by=@60s
        ",
    );
}

#[test]
fn a_block_gives_way_to_what_is_done_again_before_it() {
    let plan = "
        run x on_failure=continue locks=k
        block b locks=k
        approval g by=team:sre in=b
        run y in=b";
    Bench::team(plan).play(
        "
        start x        | x wants k
        locked x       | x has its locks
        start x        | x started#1 by=@60s
        fail x         | x missed#1 exit=1; x failed#1 exit=1; x lets its locks go
        start b        | b wants k
        locked b       | b has its locks
        start b        | b entered#1
        start g        | g asked#1 until=@168h
        bob: retry x   | x retried#1 by=bob
        alice: approve g | g yes#1 by=alice; g satisfied#1 until=@24h; b lets its locks go
        start x        | x wants k
        locked x       | x has its locks
        start x        | x started#2 by=@60s
        done x         | x succeeded#2; x lets its locks go; b wants k
        start y        | -
        locked b       | b has its locks
        start y        | y started#1 by=@60s
        ",
    );
}

#[test]
fn a_delay_waits_for_a_failure_that_was_let_be_but_not_on_the_way_out() {
    let plan = "
        run x on_failure=continue
        hard_stop h 5000 since=x.started
        finally
        hard_stop last 9000 since=x.started";
    let mut bench = Bench::team(plan);
    bench.play(
        "
        start x   | x started#1 by=@60s
        fail x    | x missed#1 exit=1; x failed#1 exit=1
        alice: waive failed x | x waived by=alice
        start h   | h waits since=@0s due=@5s
        +6000     | -
        ",
    );
    assert_eq!(bench.state.open_items().len(), 1, "nobody is asked, and nothing will be released");
    bench.play(
        "
        bob: abort | abort by=bob; ending aborted
        start finally/last | finally/last waits since=@0s due=@9s
        +9000      | finally/last elapsed; closed aborted
        ",
    );
}
