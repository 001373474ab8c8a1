//! Runbooks that a policy takes out of use (peers' Q6).

use hardstop_core::{policy::Revocation, view};
use hardstop_tests_kit::{
    bench::Bench,
    people::{digest, team},
};

const PLAN: &str = "
    phase one
    run build
    run build.undo in=build.undo
    run deploy
    finally
    run tidy";

fn text(n: u8) -> Revocation {
    Revocation::Text { digest: digest(n), reason: "it drops the volume".to_owned() }
}

/// The next version of the policy, with these revocations.
fn revoke(bench: &mut Bench, revoked: &[Revocation]) {
    bench.policy.version += 1;
    bench.policy.digest = digest(u8::try_from(bench.policy.version).expect("a few"));
    bench.policy.revoked = revoked.to_vec();
}

#[test]
fn a_revoked_runbook_is_not_begun() {
    let commit = Revocation::Commit { commit: "0".repeat(40), reason: "a leak".to_owned() };
    for (revoked, why) in [(text(1), "it drops the volume"), (commit, "a leak")] {
        let policy = hardstop_core::policy::Policy { revoked: vec![revoked.clone()], ..team() };
        let mut bench = Bench::closed(PLAN, policy, "alice");
        assert_eq!(bench.give("alice: open"), format!("refused: {revoked}"));
        assert!(revoked.to_string().ends_with(why), "{revoked}");
    }
    let other = hardstop_core::policy::Policy { revoked: vec![text(2)], ..team() };
    assert_eq!(
        Bench::closed(PLAN, other, "alice").give("alice: open"),
        "opened by=alice; policy 1"
    );
}

#[test]
fn a_run_of_a_revoked_runbook_stops_before_its_next_effect() {
    let mut bench = Bench::team(PLAN);
    bench.give("start one/build");
    revoke(&mut bench, &[text(1)]);
    // What is under way ends.
    assert_eq!(bench.give("done one/build"), "policy 2 revokes; one/build succeeded#1");
    assert_eq!(bench.give("start one/deploy"), "-");
    assert_eq!(bench.under_way(), "-");
    assert_eq!(view::status(&bench.state), view::Status::Paused);
    let why = view::why(&bench.state, bench.now.wall);
    for said in ["it drops the volume", "hardstop rebase k7f3q9xm2p --onto <commit>"] {
        assert!(why.contains(said), "{why}");
    }
    // A policy without it takes it back.
    revoke(&mut bench, &[]);
    bench.play(
        "
        wake                  | policy 3
        start one/deploy      | one/deploy started#1 by=@60s
        ",
    );
}

#[test]
fn another_revision_or_an_early_end_is_the_way_out() {
    let mut bench = Bench::team(PLAN);
    bench.give("start one/build");
    revoke(&mut bench, &[text(1), text(101)]);
    bench.give("done one/build");
    let (mut ended, mut left) = (bench.clone(), bench.clone());
    // Another revoked one is none.
    let refused = bench.rebase("alice", PLAN, 1);
    assert_eq!(refused, format!("refused: {}", text(101)));
    assert_eq!(bench.rebase("alice", PLAN, 2), "rebased by=alice");
    assert_eq!(bench.give("start one/deploy"), "one/deploy started#1 by=@60s");

    ended.play(
        "
        alice: abort          | abort by=alice; backout aborted one/build.undo
        start one/build.undo     | one/build.undo started#1 by=@60s
        done one/build.undo      | one/build.undo succeeded#1; ending aborted
        start finally/tidy    | finally/tidy started#1 by=@60s
        done finally/tidy     | finally/tidy succeeded#1; closed aborted
        ",
    );

    // Nor need its own steps take it back.
    left.play(
        "
        alice: hold           | held by=alice
        alice: abort          | abort by=alice; backout aborted one/build.undo
        alice: skip one/build.undo | one/build.undo skipped by=alice; ending aborted
        alice: lift           | lifted by=alice
        ",
    );
}
