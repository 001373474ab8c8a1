//! Approvals: two people cannot be one, and one person counts in one group only.

use hardstop_core::{
    header::{Header, Part},
    model::SeparatedRole,
    policy::Policy,
};
use hardstop_tests_kit::{
    bench::Bench,
    people::{name, team},
};

/// The team, and `team:security` of alice and dave.
fn two_teams() -> Policy {
    let mut policy = team();
    policy.teams.insert(name("security"), vec![name("alice"), name("dave")]);
    policy
}

const GROUPS: &str = "approval g groups=security:1:team:security|sre:2:team:sre\nrun a";

fn asked(plan: &str, policy: Policy) -> Bench {
    let mut bench = Bench::closed(plan, policy, "alice");
    for line in ["alice: open", "lease", "start g"] {
        bench.give(line);
    }
    assert_eq!(bench.step("g"), "asking#1");
    bench
}

#[test]
fn two_people_cannot_be_one() {
    let said = "`alice` said yes already, as `alice@example.com`: one person counts once, \
                whatever account or key they use";
    // A second account.
    let mut bench = asked("approval g min=2\nrun a", team());
    bench.give("alice: approve g");
    assert_eq!(bench.give("alice/second: approve g"), format!("g not-counted#1 {said}"));
    // A second key.
    let mut bench = asked("approval g min=2 level=3\nrun a", team());
    assert_eq!(bench.give("alice: approve g signed=one"), "g yes#1 by=alice");
    assert_eq!(bench.give("alice: approve g signed=two"), format!("g not-counted#1 {said}"));
    assert_eq!(bench.give("alice: approve g signed=one"), "-", "the same, told twice");
    // The initiator, by either account.
    let mut bench = asked("approval g exclude=initiator\nrun a", team());
    let started = "g not-counted#1 `alice` started this run and may not approve it as well";
    assert_eq!(bench.give("alice: approve g"), started);
    assert_eq!(bench.give("alice/second: approve g"), started);
    assert_eq!(bench.give("start a"), "-");
}

#[test]
fn who_wrote_or_fed_the_run_cannot_approve_it() {
    let refused = |role: &str, part: SeparatedRole, reason: &str| {
        let plan = format!("approval g exclude={role}\nrun a");
        let mut bench = Bench::team(&plan);
        let email = "bob@second.example.com".to_owned();
        let header = Header {
            parts: vec![Part { role: part, email, person: None }],
            ..bench.state.header().clone()
        };
        bench = bench.with_header(header);
        for line in ["alice: open", "lease", "start g"] {
            bench.give(line);
        }
        assert_eq!(bench.give("bob: approve g"), format!("g not-counted#1 {reason}"));
        assert_eq!(bench.give("start a"), "-");
        assert!(bench.give("carol: approve g").starts_with("g yes#1 by=carol"));
    };
    refused(
        "author",
        SeparatedRole::RunbookAuthor,
        "`bob` wrote this runbook and may not approve its run",
    );
    refused(
        "editor",
        SeparatedRole::LastEditor,
        "`bob` was the last to edit this runbook and may not approve its run",
    );
    refused(
        "supplier",
        SeparatedRole::InputSupplier,
        "`bob` supplied an input of this run and may not approve it",
    );
}

#[test]
fn who_did_a_part_by_hand_cannot_approve_it() {
    let by_hand = "did a part of this run by hand and may not approve it";
    Bench::team("checklist c items=one\nrun t\napproval g exclude=executor\nrun a").play(&format!(
        "
        start c                 | c opened#1 by=@168h
        bob/second: tick c one  | c ticked one by=bob; c succeeded#1
        start t                 | t started#1 by=@60s
        fail t                  | t missed#1 exit=1; t failed#1 exit=1
        alice: attest t file=7  | t offered by=alice
        dave: attest t          | t attested by=alice and=dave
        start g                 | g asked#1 until=@168h
        bob: approve g          | g not-counted#1 `bob` {by_hand}
        alice: approve g        | g not-counted#1 `alice` {by_hand}
        carol: approve g        | g yes#1 by=carol; g satisfied#1 until=@24h
        "
    ));
}

#[test]
fn a_signature_that_is_not_ones_own_counts_for_nothing() {
    let mut bench = asked("approval g level=3\nrun a", team());
    bench.play(
        "
        bob: approve g             | g not-counted#1 this gate asks for assurance level 3, and this answer has level 1
        bob: approve g forged=key-of-carol | g not-counted#1 key-of-carol
        bob: approve g forged=key-of-carol | -
        start a                    | -
        bob: approve g signed=own  | g yes#1 by=bob; g satisfied#1 until=@24h
        start a                    | a started#1 by=@60s
        ",
    );
    // Where no signature is asked for, a wrong one is still not a yes.
    let mut bench = asked("approval g\nrun a", team());
    assert_eq!(bench.give("bob: approve g forged=no"), "g not-counted#1 no");
}

#[test]
fn one_person_counts_in_one_group_only() {
    asked(GROUPS, two_teams()).play(
        "
        alice: approve g | g yes#1 by=alice
        bob: approve g   | g yes#1 by=bob
        alice: approve g | -
        dave: approve g  | g yes#1 by=dave; g satisfied#1 until=@24h
        start a          | a started#1 by=@60s
        ",
    );
    asked(GROUPS, two_teams()).play(
        "
        bob: approve g     | g yes#1 by=bob
        carol: approve g   | g yes#1 by=carol
        start a            | -
        mallory: approve g | g not-counted#1 the policy does not know `mallory@example.com`
        alice: approve g   | g yes#1 by=alice; g satisfied#1 until=@24h
        ",
    );
    // Alice sat down for `sre` first; she moves when dave is not there.
    asked(GROUPS.replace("security:1", "security:2").as_str(), two_teams()).play(
        "
        alice: approve g | g yes#1 by=alice
        bob: approve g   | g yes#1 by=bob
        carol: approve g | g yes#1 by=carol
        dave: approve g  | g yes#1 by=dave; g satisfied#1 until=@24h
        ",
    );
}

#[test]
fn a_runbook_only_tightens_the_policy() {
    let plan = "permit approve carol\npermit hold nobody\napproval g by=team:sre\nrun a";
    asked(plan, team()).play(
        "
        bob: approve g   | g not-counted#1 this runbook does not allow `bob` to approve
        bob: hold        | refused: this runbook does not allow `bob` to hold
        carol: approve g | g yes#1 by=carol; g satisfied#1 until=@24h
        ",
    );
    let mut closed = team();
    closed.allow.remove(&hardstop_core::policy::Verb::Approve);
    assert_eq!(
        asked(plan, closed).give("carol: approve g"),
        "g not-counted#1 the policy does not allow `carol` to approve"
    );
    let mut bench = Bench::closed("permit start bob\nrun a", team(), "alice");
    assert_eq!(bench.give("alice: open"), "refused: this runbook does not allow `alice` to start");
}

#[test]
fn only_what_is_bound_voids() {
    let change = |bench: &mut Bench| {
        bench.policy.version += 1;
        bench.policy.digest = hardstop_tests_kit::people::digest(9);
        bench.give("wake")
    };
    let mut bench = asked("approval g binds=inputs,evidence\nrun a", team());
    bench.give("bob: approve g");
    assert_eq!(change(&mut bench), "policy 2");
    assert_eq!(bench.give("start a"), "a started#1 by=@60s");
    let mut bench = asked("approval g binds=policy\nrun a", team());
    bench.give("bob: approve g");
    assert_eq!(change(&mut bench), "policy 2; g void#1 changed: the policy");
    // What is not bound is still looked at where it says who may answer.
    let mut bench = asked("approval g binds=inputs\nrun a", team());
    bench.give("bob: approve g");
    bench.policy.teams.clear();
    assert_eq!(
        change(&mut bench),
        "policy 2; g void#1 entitlement: `bob` is not among the approvers of this gate"
    );
    let mut bench = asked(&GROUPS.replace("\nrun", " binds=inputs\nrun"), two_teams());
    bench.give("alice: approve g");
    bench.policy.teams.insert(name("security"), vec![name("dave")]);
    assert_eq!(
        change(&mut bench),
        "policy 2; g void#1 entitlement: `alice` no longer counts for group `security`"
    );
}

#[test]
fn every_item_that_is_shown_is_bound() {
    let plan = "
        phase a
        run t each width=3
        phase b needs=a
        approval g show=a/t
        run x";
    let mut bench = Bench::team(plan);
    bench.give("start a/t");
    for (item, file) in [("a", 1), ("b", 2), ("c", 3)] {
        bench.give(&format!("start a/t[{item}]"));
        bench.give(&format!("done a/t[{item}] leaves={file}"));
    }
    bench.give("start b/g");
    let Some(hardstop_core::run::StepState::Asking { binding, .. }) =
        bench.state.step(&name("b/g"))
    else {
        panic!("not asking: {}", bench.step("b/g"));
    };
    let shown: Vec<String> = binding.shown.iter().map(|it| it.step.to_string()).collect();
    assert_eq!(shown, ["a/t[a]", "a/t[b]", "a/t[c]"]);
}
