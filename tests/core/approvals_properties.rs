//! No order of votes, withdrawals, time and changes of the policy opens a gate without enough
//! different people who are entitled at the moment of use.

#![expect(clippy::wildcard_enum_match_arm, reason = "one kind of fact is looked for among all")]

use hardstop_core::{
    event::Event,
    ids::PersonId,
    model::{Approval, StepKind},
    policy::{By, Verb},
    run::{Vote, seats},
    time::Timestamp,
};
use hardstop_tests_kit::{
    bench::Bench,
    people::{actor, digest, name, team},
    plan::plan,
};
use proptest::{collection::vec, prelude::*, sample::select};

const PEOPLE: [&str; 6] = ["alice", "alice/second", "bob", "carol", "dave", "mallory"];
const GATES: [&str; 4] = [
    "approval g min=2 binds=inputs valid=9000",
    "approval g groups=ops:1:team:ops|sre:2:team:sre binds=inputs",
    "approval g groups=a:1:alice+bob|b:1:bob+carol|c:1:carol+dave exclude=initiator",
    "approval g by=carol min=2 escalate=4000:team:ops|8000:anyone exclude=initiator",
];

fn gate(text: &str) -> Approval {
    let plan = plan(text);
    let StepKind::Approval(approval) = &plan.steps().next().expect("a step").kind else {
        panic!("{text} is no approval");
    };
    approval.clone()
}

/// Whether each group can be given its own people, tried out one by one.
fn seated(groups: &[(Vec<PersonId>, u32)], people: &[PersonId]) -> bool {
    let Some((at, (may, _))) = groups.iter().enumerate().find(|(_, (_, wanted))| *wanted > 0)
    else {
        return true;
    };
    people.iter().enumerate().filter(|(_, person)| may.contains(person)).any(|(one, _)| {
        let (mut groups, mut people) = (groups.to_vec(), people.to_vec());
        groups[at].1 -= 1;
        people.remove(one);
        seated(&groups, &people)
    })
}

/// Whether the yeses in the journal are enough at this moment, written from the design.
fn is_open(bench: &Bench, approval: &Approval) -> bool {
    let mut votes: Vec<(By, Option<Timestamp>)> = Vec::new();
    let mut escalated = 0;
    for (event, _) in &bench.journal {
        match event {
            Event::GateReached { .. } | Event::ApprovalVoided { .. } => {
                votes.clear();
                escalated = 0;
            }
            Event::ApprovalAccepted { by, from, .. } => votes.push((by.clone(), *from)),
            Event::ApprovalWithdrawn { by, .. } => votes.retain(|(it, _)| it.person != by.person),
            Event::GateEscalated { nth, .. } => escalated = *nth as usize,
            _ => {}
        }
    }
    let policy = &bench.policy;
    let initiator: PersonId = name("alice");
    let excluded = !approval.exclude.is_empty();
    let people: Vec<PersonId> = votes
        .into_iter()
        .filter(|(_, from)| from.is_none_or(|from| from <= bench.now.wall))
        .filter(|(by, _)| policy.person(&by.actor.email).as_ref() == Some(&by.person))
        .filter(|(by, _)| policy.allows(Verb::Approve, &by.person))
        .filter(|(by, _)| !(excluded && by.person == initiator))
        .map(|(by, _)| by.person)
        .collect();
    let everybody: Vec<PersonId> = policy.people.keys().cloned().collect();
    let more: Vec<_> =
        approval.escalate.iter().take(escalated).flat_map(|it| &it.add_approvers).collect();
    let may = |own: &[hardstop_core::policy::Subject]| -> Vec<PersonId> {
        let all = || own.iter().chain(more.iter().copied());
        everybody.iter().filter(|it| all().any(|who| policy.includes(who, it))).cloned().collect()
    };
    let groups: Vec<(Vec<PersonId>, u32)> = if approval.groups.is_empty() {
        vec![(may(&approval.approvers), approval.min_approvals)]
    } else {
        approval.groups.iter().map(|it| (may(&it.approvers), it.min_approvals)).collect()
    };
    seated(&groups, &people)
}

#[derive(Clone, Debug)]
enum Move {
    Say(String),
    Change(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let people = || select(&PEOPLE[..]);
    let from = select(vec!["", "", " from=3000", " from=7000"]);
    let time = select(vec!["+1000", "+4000", "wake", "lease"]);
    let one = prop_oneof![
        6 => (people(), from).prop_map(|(who, from)| Move::Say(format!("{who}: approve g{from}"))),
        2 => people().prop_map(|who| Move::Say(format!("{who}: withdraw g"))),
        2 => time.prop_map(|line| Move::Say(line.to_owned())),
        1 => (0..4_u8).prop_map(Move::Change),
        3 => Just(Move::Say("start g".to_owned())),
        3 => Just(Move::Say("start a".to_owned())),
    ];
    vec(one, 1..40)
}

/// Another policy, of a higher version.
fn change(bench: &mut Bench, what: u8) {
    let mut policy = with_ops();
    policy.version = bench.policy.version + 1;
    policy.digest = digest(u8::try_from(policy.version % 200).unwrap_or_default());
    match what {
        0 => policy.teams.get_mut(&name("sre")).expect("a team").retain(|it| *it != name("bob")),
        1 => policy.teams.insert(name("ops"), vec![name("carol")]).into_iter().for_each(drop),
        2 => {
            let carol = policy.people.remove(&name("carol")).expect("a person");
            policy.people.get_mut(&name("bob")).expect("a person").emails.extend(carol.emails);
        }
        _ => {}
    }
    bench.policy = policy;
}

fn with_ops() -> hardstop_core::policy::Policy {
    let mut policy = team();
    policy.teams.insert(name("ops"), vec![name("bob"), name("dave")]);
    policy
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_answers_opens_a_gate_without_enough_people(
        which in select(&GATES[..]),
        moves in moves(),
    ) {
        let approval = gate(which);
        let mut bench = Bench::closed(&format!("{which}\nrun a"), with_ops(), "alice");
        for line in ["alice: open", "lease", "start g"] {
            bench.give(line);
        }
        let mut told = Vec::new();
        for step in &moves {
            let happened = match step {
                Move::Say(line) => format!("{line} | {}", bench.give(line)),
                Move::Change(what) => {
                    change(&mut bench, *what);
                    format!("policy {what}")
                }
            };
            let began = happened.contains("a started#");
            told.push(happened);
            if began {
                prop_assert!(is_open(&bench, &approval), "{which}\n{}", told.join("\n"));
                break;
            }
        }
    }

    /// A seat is found for everybody whenever there is a way to find one.
    #[test]
    fn people_are_given_to_groups_whenever_that_is_possible(
        groups in vec((vec(0..6_usize, 0..5), 1..3_u32), 1..4),
        people in vec(any::<bool>(), 6),
    ) {
        let all: Vec<PersonId> = (0..6).map(|n| name(&format!("p{n}"))).collect();
        let mut approval = gate("approval g groups=x:1:anyone");
        let pattern = approval.groups[0].clone();
        approval.groups = groups.iter().enumerate().map(|(at, (_, least))| {
            hardstop_core::model::ApprovalGroup { name: format!("g{at}"), min_approvals: *least, ..pattern.clone() }
        }).collect();
        let here: Vec<usize> = (0..6).filter(|&n| people[n]).collect();
        let votes: Vec<Vote> = here.iter().map(|&n| Vote {
            by: By { person: all[n].clone(), actor: actor("anybody") },
            at: Timestamp::from_millis(0),
            from: None,
            groups: groups.iter().enumerate().filter(|(_, (may, _))| may.contains(&n))
                .map(|(at, _)| format!("g{at}")).collect(),
            signature: None,
        }).collect();
        let found = seats(&approval, &votes, Timestamp::from_millis(0));
        let enough = found.iter().all(|seats| seats.taken >= seats.wanted);
        let named: Vec<(Vec<PersonId>, u32)> = groups.iter()
            .map(|(may, least)| (may.iter().map(|&n| all[n].clone()).collect(), *least)).collect();
        let here: Vec<PersonId> = here.iter().map(|&n| all[n].clone()).collect();
        prop_assert_eq!(enough, seated(&named, &here));
    }
}

/// The moves do open gates: else the property would prove nothing.
#[test]
fn gates_do_open_under_random_answers() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    for which in GATES {
        let opened = (0..200).any(|_| {
            let all = moves().new_tree(&mut runner).expect("moves").current();
            let mut bench = Bench::closed(&format!("{which}\nrun a"), with_ops(), "alice");
            for line in ["alice: open", "lease", "start g"] {
                bench.give(line);
            }
            all.iter().any(|step| match step {
                Move::Say(line) => bench.give(line).contains("a started#"),
                Move::Change(what) => {
                    change(&mut bench, *what);
                    false
                }
            })
        });
        assert!(opened, "{which} never opened");
    }
}
