//! What is done on the way out of a run, and because of a failure: what was under way there goes on,
//! and what is called again begins anew.

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
