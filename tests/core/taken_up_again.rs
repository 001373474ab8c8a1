//! What people take up again late: on the way out, in an item that was forgiven, in a block that is
//! setting back already.

use hardstop_tests_kit::bench::Bench;

#[test]
fn on_the_way_out_what_comes_after_goes_by_the_order_there() {
    let plan = "
        run x
        run x.restore in=x.restore
        run y
        run y.restore in=y.restore
        run z";
    Bench::team(plan).play(
        "
        start x               | x started#1 by=@60s
        done x                | x succeeded#1
        start y               | y started#1 by=@60s
        done y                | y succeeded#1
        start z               | z started#1 by=@60s
        done z                | z succeeded#1; backout succeeded y.restore,x.restore
        start y.restore       | y.restore started#1 by=@60s
        done y.restore        | y.restore succeeded#1
        start x.restore       | x.restore started#1 by=@60s
        bob: rerun y.restore from | refused: `x.restore` is running: wait for its end, or abort
        fail x.restore        | x.restore missed#1 exit=1; x.restore failed#1 exit=1
        bob: rerun x.restore from | x.restore rerun by=bob again=x.restore
        start x.restore       | x.restore started#2 by=@60s
        fail x.restore        | x.restore missed#2 exit=1; x.restore failed#2 exit=1
        bob: rerun y.restore from | y.restore rerun by=bob again=x.restore,y.restore
        start x.restore       | -
        start y.restore       | y.restore started#2 by=@60s
        done y.restore        | y.restore succeeded#2
        start x.restore       | x.restore started#3 by=@60s
        done x.restore        | x.restore succeeded#3; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn an_item_that_was_forgiven_goes_on_even_when_the_run_is_ending() {
    let plan = "
        run x
        finally
        parallel p each width=2 fails=1
        block b in=p
        run one in=b
        run two in=b
        run set in=p
        run set.restore in=set.restore";
    Bench::team(plan).play(
        "
        start x                     | x started#1 by=@60s
        done x                      | x succeeded#1; ending succeeded
        start finally/p items=k     | finally/p items=k allowed=1
        start finally/p[k]          | finally/p[k] entered#1
        start finally/b[k]          | finally/b[k] entered#1
        start finally/set[k]        | finally/set[k] started#1 by=@60s
        start finally/one[k]        | finally/one[k] started#1 by=@60s
        done finally/set[k]         | finally/set[k] succeeded#1
        fail finally/one[k]         | finally/one[k] missed#1 exit=1; finally/one[k] failed#1 exit=1; finally/p succeeded#1; backout succeeded finally/set.restore[k]
        start finally/set.restore[k] | finally/set.restore[k] started#1 by=@60s
        done finally/set.restore[k] | finally/set.restore[k] succeeded#1; ending succeeded
        bob: skip finally/one[k]    | finally/one[k] skipped by=bob
        start finally/two[k]        | finally/two[k] started#1 by=@60s
        done finally/two[k]         | finally/two[k] succeeded#1; finally/b[k] succeeded#1; finally/p[k] succeeded#1; finally/p succeeded#1; closed incomplete
        ",
    );
}

#[test]
fn a_rescue_that_is_tried_again_goes_before_what_sets_back() {
    let plan = "
        block b
        run x in=b on_failure=rescue
        run x.restore in=x.restore
        run mend in=b.rescue on_failure=continue";
    Bench::team(plan).play(
        "
        start b           | b entered#1
        start x           | x started#1 by=@60s
        fail x            | x missed#1 exit=1; x failed#1 exit=1; b turned rescue
        start mend        | mend started#1 by=@60s
        fail mend         | mend missed#1 exit=1; mend failed#1 exit=1; b turned restore
        start x.restore   | x.restore started#1 by=@60s
        bob: retry mend   | mend retried#1 by=bob
        fail x.restore    | x.restore missed#1 exit=1; x.restore failed#1 exit=1
        bob: retry x.restore | x.restore retried#1 by=bob
        start x.restore   | -
        start mend        | mend started#2 by=@60s
        done mend         | mend succeeded#2; b turned restore
        start x.restore   | x.restore started#2 by=@60s
        done x.restore    | x.restore succeeded#2; b succeeded#1; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn what_is_set_back_again_opens_its_block_for_that_alone() {
    let plan = "
        block b
        run x in=b
        run x.restore in=x.restore
        run tidy in=b.always
        run y";
    Bench::team(plan).play(
        "
        start b           | b entered#1
        start x           | x started#1 by=@60s
        done x            | x succeeded#1; b turned always
        start tidy        | tidy started#1 by=@60s
        done tidy         | tidy succeeded#1; b turned restore
        start x.restore   | x.restore started#1 by=@60s
        fail x.restore    | x.restore missed#1 exit=1; x.restore failed#1 exit=1
        bob: retry x.restore | x.restore retried#1 by=bob
        start x.restore   | x.restore started#2 by=@60s
        done x.restore    | x.restore succeeded#2; b succeeded#1
        start y           | y started#1 by=@60s
        ",
    );
}
