//! What the end of a run waits for: nothing is left to itself.

use hardstop_tests_kit::bench::Bench;

#[test]
fn the_end_waits_for_a_remedy_that_is_under_way_although_its_failure_was_settled() {
    Bench::team("run deploy on_failure=run:fix\nrun fix backout").play(
        "
        start deploy     | deploy started#1 by=@60s
        fail deploy      | deploy missed#1 exit=1; deploy failed#1 exit=1; deploy remedy=fix
        start fix        | fix started#1 by=@60s
        bob: skip deploy | deploy skipped by=bob
        done fix         | fix succeeded#1; ending incomplete; closed incomplete
        ",
    );
    Bench::team("run x\nfinally\nrun deploy on_failure=run:fix\nrun fix backout").play(
        "
        start x                  | x started#1 by=@60s
        done x                   | x succeeded#1; ending succeeded
        start finally/deploy     | finally/deploy started#1 by=@60s
        fail finally/deploy      | finally/deploy missed#1 exit=1; finally/deploy failed#1 exit=1; finally/deploy remedy=finally/fix
        start finally/fix        | finally/fix started#1 by=@60s
        bob: skip finally/deploy | finally/deploy skipped by=bob
        done finally/fix         | finally/fix succeeded#1; closed incomplete
        ",
    );
}

#[test]
fn a_remedy_under_way_ends_before_it_is_called_again() {
    let plan = "run deploy on_failure=run:fix\nrun fix backout";
    Bench::team(plan).play(
        "
        start deploy      | deploy started#1 by=@60s
        fail deploy       | deploy missed#1 exit=1; deploy failed#1 exit=1; deploy remedy=fix
        start fix         | fix started#1 by=@60s
        bob: retry deploy | deploy retried#1 by=bob
        start deploy      | deploy started#2 by=@60s
        fail deploy       | deploy missed#2 exit=1; deploy failed#2 exit=1
        done fix          | fix succeeded#1; deploy remedy=fix
        start fix         | fix started#2 by=@60s
        ",
    );
}
