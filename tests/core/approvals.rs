//! Approvals: who may answer, what a yes is bound to, and how long it is worth something.

use hardstop_core::{
    event::Event,
    input::{Input, Request},
    policy::{Policy, Subject, Verb},
};
use hardstop_tests_kit::{
    bench::Bench,
    people::{actor, digest, name, team},
};

const RUN: &str = "run t evidence";

fn asked(gate: &str) -> Bench {
    let mut bench = Bench::team(&format!("{RUN}\n{gate}\nrun a"));
    for line in ["start t", "done t leaves=7", "start g"] {
        bench.give(line);
    }
    assert_eq!(bench.step("g"), "asking#1");
    bench
}

#[test]
fn an_answer_counts_only_from_somebody_entitled() {
    let counts = |gate: &str, who: &str, want: &str| {
        let mut bench = asked(gate);
        let yes = bench.give(&format!("{who}: approve g"));
        let want = if want.is_empty() {
            format!("g yes#1 by={}; g satisfied#1 until=@24h", who.trim_end_matches("/second"))
        } else {
            format!("g not-counted#1 {want}")
        };
        assert_eq!(yes, want, "{gate}, {who}");
        assert_eq!(
            asked(gate).give(&format!("{who}: reject g")).starts_with("g no#1"),
            !want.contains("not")
        );
    };
    counts("approval g", "bob", "");
    counts("approval g", "alice/second", "");
    counts("approval g by=dave,team:ops", "dave", "");
    counts("approval g by=anyone", "dave", "");
    counts("approval g", "dave", "`dave` is not among the approvers of this gate");
    counts("approval g", "mallory", "the policy does not know `mallory@example.com`");
    counts("approval g by=anyone", "mallory", "the policy does not know `mallory@example.com`");
    counts("approval g by=mallory", "mallory", "the policy does not know `mallory@example.com`");
    counts("approval g by=role:sre", "bob", "`bob` is not among the approvers of this gate");
    counts("approval g level=1", "bob", "");
    counts(
        "approval g level=2",
        "bob",
        "this gate asks for assurance level 2, and this answer has level 1",
    );
    let started = "`alice` started this run and may not approve it as well";
    counts("approval g exclude=initiator", "alice", started);
    counts("approval g exclude=initiator", "alice/second", started);
    counts("approval g exclude=initiator", "carol", "");
    let edited = "`carol` was the last to edit this runbook and may not approve its run";
    counts("approval g exclude=editor", "carol", edited);
    counts("approval g exclude=editor", "carol/second", edited);
    counts("approval g exclude=author", "carol", "");
    counts("approval g exclude=initiator,editor", "bob", "");
}

#[test]
fn the_verb_itself_must_be_allowed() {
    let mut bench = asked("approval g");
    bench.policy.version = 2;
    bench.policy.digest = digest(9);
    bench.policy.allow.insert(Verb::Approve, vec![Subject::Team(name("ops"))]);
    bench.give("wake");
    bench.give("start g");
    assert_eq!(
        bench.give("bob: approve g"),
        "g not-counted#2 the policy does not allow `bob` to approve"
    );
}

#[test]
fn alone_one_person_may_do_everything() {
    Bench::solo("approval g exclude=initiator,editor\nrun a").play(
        "
        start g             | g asked#1 until=@168h
        alice: approve g    | g yes#1 by=alice@example.com; g satisfied#1 until=@24h
        start a             | a started#1 by=@60s
        fail a              | a missed#1 exit=1; a failed#1 exit=1
        alice: attest a file=1 | a attested by=alice@example.com; ending succeeded; closed succeeded
        ",
    );
}

#[test]
fn yeses_are_counted_by_person() {
    asked("approval g min=2").play(
        "
        alice: approve g        | g yes#1 by=alice
        alice: approve g        | -
        alice/second: approve g | g not-counted#1 `alice` said yes already, as `alice@example.com`: one person counts once, whatever account or key they use
        alice/second: approve g | -
        mallory: approve g      | g not-counted#1 the policy does not know `mallory@example.com`
        mallory: approve g      | -
        bob: approve g          | g yes#1 by=bob; g satisfied#1 until=@24h
        carol: approve g        | g late#1 yes
        bob: approve g          | refused: request 1 of `g` is decided already: approved by `alice` and `bob` at 2026-01-01 00:00:00Z
        start a                 | a started#1 by=@60s
        ",
    );
    let mut bench = asked("approval g min=0");
    assert_eq!(bench.give("wake"), "-", "nobody is not enough");
}

#[test]
fn one_no_ends_a_request_and_asking_again_is_another_one() {
    asked("approval g min=2").play(
        "
        alice: approve g | g yes#1 by=alice
        bob: reject g    | g no#1 by=bob
        carol: approve g | g late#1 yes
        carol: approve g | refused: request 1 of `g` is decided already: rejected by `bob` at 2026-01-01 00:00:00Z
        alice: skip g    | refused: `g` is an approval: only a yes of its approvers opens it
        alice: attest g file=7 | refused: `g` is of kind approval: it cannot be done outside
        start a          | -
        alice: retry g   | g retried#1 by=alice
        start g          | g asked#2 until=@168h
        bob: approve g   | g yes#2 by=bob
        start a          | -
        carol: approve g | g yes#2 by=carol; g satisfied#2 until=@24h
        start a          | a started#1 by=@60s
        ",
    );
    asked("approval g on_rejected=abort").play(
        "
        bob: reject g  | g no#1 by=bob; ending aborted; closed aborted
        bob: approve g | refused: the run is over
        ",
    );
}

#[test]
fn no_timeout_is_a_yes() {
    for on_timeout in ["pause", "reject", "abort"] {
        for on_rejected in ["pause", "abort"] {
            for on_failure in ["pause", "abort", "continue"] {
                let gate = format!(
                    "approval g timeout=5000 on_timeout={on_timeout} on_rejected={on_rejected} on_failure={on_failure}"
                );
                let mut bench = asked(&gate);
                bench.give("+5000");
                assert_eq!(bench.step("g"), "failed#1", "{gate}");
                bench.give("start a");
                assert_eq!(bench.step("a"), "pending", "{gate}");
                let ends = on_timeout == "abort"
                    || on_timeout == "reject" && on_rejected == "abort"
                    || on_failure == "abort";
                let open = bench.state.ending() == hardstop_core::run::Ending::Working;
                assert_eq!(open, !ends, "{gate}");
            }
        }
    }
    let mut bench = asked("approval g min=2 timeout=5000");
    bench.give("bob: approve g");
    assert_eq!(bench.give("+5000"), "g expired#1");
    let mut bench = asked("approval g on_failure=continue");
    bench.give("bob: reject g");
    assert_eq!(bench.give("start a"), "-", "a no is not a failure to be tolerated");
}

#[test]
fn a_gate_that_could_not_be_asked_or_timed_opens_nothing() {
    for gate in ["approval g on_failure=continue", "hard_stop g 5000 on_failure=continue"] {
        let mut bench = Bench::team(&format!("{gate}\nrun a"));
        assert_eq!(bench.give("start g broken"), "g failed#1 unresolved");
        assert_eq!(bench.give("start a"), "-", "{gate}");
    }
}

#[test]
fn an_answer_at_the_last_moment_loses_against_the_end_of_the_time() {
    let mut bench = asked("approval g timeout=5000");
    bench.pass(5_000);
    assert!(bench.give("bob: approve g").starts_with("g expired#1; g late#1 yes"));
    let mut bench = asked("approval g timeout=5000");
    bench.pass(4_999);
    assert_eq!(bench.give("bob: approve g"), "g yes#1 by=bob; g satisfied#1 until=@86404999ms");
}

#[test]
fn an_approval_is_used_in_time_or_not_at_all() {
    asked("approval g valid=1000").play(
        "
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@1s
        alice: hold    | held by=alice
        +999           | -
        alice: lift    | lifted by=alice
        +1             | g void#1 expired
        start a        | -
        alice: skip a  | refused: `a` is pending, so it cannot be skipped
        alice: attest a file=1 | refused: `a` is pending, so it cannot be attested
        start g#1      | -
        start g        | g asked#2 until=@604801s
        bob: approve g | g yes#2 by=bob; g satisfied#2 until=@2s
        start a        | a started#1 by=@61s
        +1000          | -
        fail a         | a missed#1 exit=1; a failed#1 exit=1
        alice: retry a | a retried#1 by=alice
        start a        | a started#2 by=@62s
        ",
    );
}

#[test]
fn a_step_skipped_by_its_condition_does_not_use_an_approval_up() {
    Bench::team("approval g valid=1000\nrun a if=x\nrun b").play(
        "
        start g        | g asked#1 until=@168h
        bob: approve g | g yes#1 by=bob; g satisfied#1 until=@1s
        start a skip   | a skipped by condition
        +1000          | g void#1 expired
        start b        | -
        start g        | g asked#2 until=@604801s
        bob: approve g | g yes#2 by=bob; g satisfied#2 until=@2s
        start b        | b started#1 by=@61s
        ",
    );
}

/// What a change does to one yes of two, to an approval, and to the dispatch itself.
fn changed(change: fn(&mut Policy), reason: &str) {
    for (gate, before) in [
        ("approval g min=2", "g yes#1 by=bob"),
        ("approval g", "g yes#1 by=bob; g satisfied#1 until=@24h"),
    ] {
        let mut bench = asked(gate);
        assert_eq!(bench.give("bob: approve g"), before);
        change(&mut bench.policy);
        let start = bench.give("start a");
        assert_eq!(start, format!("policy {}; g void#1 {reason}", bench.policy.version));
        assert_eq!(bench.give("start a"), "-");
        assert_eq!(bench.give("start g"), "g asked#2 until=@168h");
    }
}

#[test]
fn a_new_policy_voids_what_was_answered_under_the_old() {
    changed(
        |policy| {
            policy.version = 2;
            policy.digest = digest(9);
        },
        "changed: the policy",
    );
}

#[test]
fn a_person_removed_or_moved_after_the_vote_no_longer_counts() {
    // The digest stays, so that nothing but the entitlement differs.
    changed(
        |policy| {
            policy.version = 2;
            policy.teams.get_mut(&name("sre")).unwrap().retain(|person| *person != name("bob"));
        },
        "entitlement: `bob` is not among the approvers of this gate",
    );
    changed(
        |policy| {
            policy.version = 2;
            policy.people.remove(&name("bob"));
        },
        "entitlement: the policy does not know `bob@example.com`",
    );
    changed(
        |policy| {
            policy.version = 2;
            let bob = policy.people.remove(&name("bob")).unwrap();
            policy.people.get_mut(&name("carol")).unwrap().emails.extend(bob.emails);
        },
        "entitlement: `bob` is now known as `carol`",
    );
}

#[test]
fn other_evidence_than_was_shown_voids_the_request() {
    let plan = "
        phase a
        run t on_failure=continue evidence
        phase b
        approval g min=2 show=a/t,c/o
        run x
        phase c
        run o";
    Bench::team(plan).play(
        "
        start a/t            | a/t started#1 by=@60s
        fail a/t             | a/t missed#1 exit=1; a/t failed#1 exit=1
        start b/g            | b/g asked#1 until=@168h
        bob: approve b/g     | b/g yes#1 by=bob
        alice: retry a/t     | a/t retried#1 by=alice
        start a/t            | a/t started#2 by=@60s
        done a/t leaves=7    | a/t succeeded#2; b/g void#1 changed: the evidence of `a/t` (steps/a/t/report-7.txt)
        start b/x            | -
        start b/g            | b/g asked#2 until=@168h
        bob: approve b/g     | b/g yes#2 by=bob
        carol: approve b/g   | b/g yes#2 by=carol; b/g satisfied#2 until=@24h
        start c/o            | c/o started#1 by=@60s
        done c/o leaves=8    | c/o succeeded#1; b/g void#2 changed: the evidence of `c/o` (steps/c/o/report-8.txt)
        start b/x            | -
        ",
    );
}

#[test]
fn dispatch_looks_again_even_if_no_time_passed_since() {
    // `decide` alone, as a driver that skipped the look at the clock would ask it.
    use hardstop_core::run::{Blocked, Context, decide, may_start};
    let mut bench = asked("approval g valid=1000");
    bench.give("bob: approve g");
    let start = Input::Resolved {
        step: name("a"),
        attempt: hardstop_core::ids::AttemptNo::FIRST,
        resolution: Err("never looked at".to_owned()),
    };
    bench.pass(1_000);
    let context = Context { now: &bench.now, policy: &bench.policy };
    let events = decide(&bench.state, &start, &context).unwrap();
    assert!(matches!(&events[..], [Event::ApprovalVoided { .. }]), "{events:?}");
    let blocked = may_start(&bench.state, &name("a"), &context).unwrap_err();
    assert!(matches!(blocked, Blocked::Void { .. }), "{blocked:?}");
}

#[test]
fn only_work_uses_an_approval_up() {
    // A delay between the yes and the work does not make the yes count for ever.
    let mut bench = Bench::team("approval g\nhard_stop s 60000\nrun a\nrun b");
    bench.play(
        "
        start g              | g asked#1 until=@168h
        bob: approve g       | g yes#1 by=bob; g satisfied#1 until=@24h
        start s              | s waits since=@0s due=@60s
        ",
    );
    bench.policy.version = 2;
    bench.policy.digest = digest(9);
    bench.pass(60_000);
    assert_eq!(
        bench.give("wake"),
        "policy 2; g void#1 changed: the policy; s elapsed",
        "void, and asked again, while the stop goes on"
    );
    bench.play(
        "
        start a              | -
        start g              | g asked#2 until=@604860s
        bob: approve g       | g yes#2 by=bob; g satisfied#2 until=@86460s
        start a              | a started#1 by=@120s
        ",
    );
    bench.policy.version = 3;
    bench.policy.digest = digest(10);
    assert_eq!(bench.give("wake"), "policy 3", "used by the work it opened");
}

#[test]
fn a_request_that_is_out_of_date_is_not_put_before_people() {
    let mut bench = Bench::team("approval g\nrun a");
    let stale = hardstop_tests_kit::script::resolution(
        &bench,
        &Policy { version: 2, digest: digest(9), ..team() },
        &name("g"),
        hardstop_core::ids::AttemptNo::FIRST,
    );
    let attempt = hardstop_core::ids::AttemptNo::FIRST;
    let input = Input::Resolved { step: name("g"), attempt, resolution: Ok(stale) };
    assert_eq!(bench.input(&input), "-");
    assert_eq!(bench.under_way(), "resolve g#1");
}

#[test]
fn a_policy_never_goes_back() {
    let mut bench = asked("approval g timeout=5000");
    let seen = bench.policy.clone();
    let back = "the policy went back: this run has seen version";
    for (version, text, found) in [
        (1, 9, "1, and now its text differs, still as version 1"),
        (0, 9, "1, and now there is none"),
    ] {
        bench.policy = Policy { version, digest: digest(text), ..seen.clone() };
        assert_eq!(bench.give("bob: approve g"), format!("refused: {back} {found}"));
        assert_eq!(bench.give("start g#2"), format!("refused: {back} {found}"));
        assert_eq!(bench.give("bob: abort"), format!("refused: {back} {found}"));
        assert_eq!(bench.give("wake"), "-");
    }
    bench.policy = Policy { version: 5, ..seen.clone() };
    assert_eq!(bench.give("wake"), "policy 5");
    bench.policy = Policy { version: 4, ..seen };
    let refused = bench.give("bob: approve g");
    assert_eq!(refused, format!("refused: {back} 5, and now it is version 4"));
}

#[test]
fn an_unknown_code_is_answered_with_those_that_are_open() {
    let mut bench = asked("approval g");
    let request = Request::Approve {
        code: "ffffffffff".to_owned(),
        comment: None,
        from: None,
        signature: None,
    };
    assert_eq!(
        bench.input(&Input::Person { actor: actor("bob"), request }),
        "refused: no open request has the code `ffffffffff`; open: 6700000001 (g)"
    );
}
