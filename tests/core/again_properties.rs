//! Of any run, whatever was done in it: what changes when a step is done again is what its impact
//! says, no more and no less.

#![expect(clippy::wildcard_enum_match_arm, reason = "one kind of fact is looked for among all")]

use std::{collections::BTreeSet, fmt::Write as _};

use hardstop_core::{
    effect::Effect,
    event::{Event, Impact, OpenItem},
    ids::StepId,
    input::RerunScope,
    run::{RunState, StepState, impact, outstanding},
};
use hardstop_tests_kit::bench::Bench;
use proptest::{collection::vec, prelude::*, sample::select};

const KINDS: [&str; 12] = [
    "run X reads=s evidence",
    "run X reads=s,b1",
    "run X if=steps.s.succeeded",
    "uses X reads=b1",
    "run X on_failure=continue",
    "checklist X",
    "approval X show=s",
    "approval X show=b1,s",
    "hard_stop X 5000 since=s.started",
    "hard_stop X 5000 since=s.finished attempt=latest",
    "wait X 3000 since=b1.started continuous",
    "run X each width=2 fails=1 reads=s",
];

fn plans() -> impl Strategy<Value = String> {
    (vec(select(&KINDS[..]), 2..6), any::<bool>()).prop_map(|(kinds, nested)| {
        let mut text =
            "run s\nblock b each width=2\nrun b1 in=b\nrun b2 in=b reads=b1\n".to_owned();
        if !nested {
            "run s\nrun b1\n".clone_into(&mut text);
        }
        for (at, kind) in kinds.iter().enumerate() {
            let _written = writeln!(text, "{}", kind.replace('X', &format!("x{at}")));
        }
        text
    })
}

/// What a driver and people would do next, or time.
fn go_on(bench: &mut Bench, pick: usize) {
    let work: Vec<Effect> = outstanding(&bench.state).collect();
    let line = match work.get(pick % (work.len() + 1)) {
        Some(Effect::Resolve { step, .. }) => format!("start {step}"),
        Some(Effect::Perform { step, .. }) if pick.is_multiple_of(5) => format!("fail {step}"),
        Some(Effect::Perform { step, .. }) => format!("done {step} leaves={}", pick % 9),
        Some(Effect::Lock { .. } | Effect::Wake { .. } | Effect::Outputs) | None => {
            let asked = bench.state.active().find_map(|placed| match placed.state {
                StepState::Ticking { .. } => Some(format!("bob: tick {} one", placed.id)),
                StepState::Asking { .. } => Some(format!("bob: approve {}", placed.id)),
                StepState::Failed { .. } => Some(format!("bob: retry {}", placed.id)),
                _ => None,
            });
            asked.filter(|_| pick.is_multiple_of(2)).unwrap_or_else(|| "+2500".to_owned())
        }
    };
    bench.give(&line);
}

/// What of a step could change: where it stands, what it left that counts, whether it is stale.
type Seen = (StepId, String, Vec<String>, bool);

fn seen(state: &RunState) -> Vec<Seen> {
    let open = state.open_items();
    let of = |placed: hardstop_core::run::Placed<'_>| {
        let files = state.current_artifacts(placed.id).iter().map(|file| file.path.clone());
        let stale = open.contains(&OpenItem::Stale { step: placed.id.clone() });
        (placed.id.clone(), format!("{:?}", placed.state), files.collect(), stale)
    };
    state.steps().map(of).collect()
}

/// Compares the run before and after the event with what the event says.
fn compare(before: &[Seen], after: &[Seen], impact: &Impact) -> Result<(), String> {
    let reset: BTreeSet<&StepId> =
        impact.again.iter().chain(&impact.restarted).chain(&impact.voided).collect();
    for ((id, was, had, _), (same, is, has, stale)) in before.iter().zip(after) {
        assert_eq!(id, same, "the steps are those they were");
        if reset.contains(id) {
            let gone = had.iter().all(|file| impact.superseded.contains(file));
            if is != "Pending" || was == "Pending" || !has.is_empty() || !gone {
                return Err(format!("{id} was not put back: {was} -> {is}"));
            }
            continue;
        }
        let reopened = is.starts_with("Open")
            && reset.iter().any(|it| {
                it.base().as_str().starts_with('b') && id.base().as_str() == "b"
                    || it.base() == id.base()
            });
        if was != is && !reopened {
            return Err(format!("{id} changed: {was} -> {is}"));
        }
        if had != has {
            return Err(format!("{id} lost evidence"));
        }
        if impact.stale.contains(id) && !stale {
            return Err(format!("{id} is not stale"));
        }
    }
    let marked = |list: &[Seen]| -> BTreeSet<StepId> {
        list.iter().filter(|seen| seen.3).map(|seen| seen.0.clone()).collect()
    };
    let (old, new) = (marked(before), marked(after));
    match new.difference(&old).find(|id| !impact.stale.contains(id)) {
        Some(id) => Err(format!("{id} became stale, which nobody said")),
        None => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn what_changes_is_what_the_impact_says(
        plan in plans(),
        moves in vec(0..1_000_usize, 5..60),
        target in 0..100_usize,
        scope in select(vec![RerunScope::Step, RerunScope::FailedItems, RerunScope::From]),
    ) {
        let mut bench = Bench::team(&plan);
        for pick in moves {
            go_on(&mut bench, pick);
        }
        let ids: Vec<StepId> = bench.state.steps().map(|placed| placed.id.clone()).collect();
        let step = ids[target % ids.len()].clone();
        let preview = impact(&bench.state, &step, scope);
        let before = seen(&bench.state);
        let word = match scope {
            RerunScope::Step => "",
            RerunScope::FailedItems => "failed",
            RerunScope::From => "from",
        };
        let events = bench.journal.len();
        let happened = bench.give(&format!("alice: rerun {step} {word}"));
        let new: Vec<&Event> = bench.journal[events..].iter().map(|(event, _)| event).collect();
        match (preview, new.as_slice()) {
            (Ok(preview), [Event::StepRerun { impact, .. }]) => {
                prop_assert_eq!(&preview, impact);
                let result = compare(&before, &seen(&bench.state), impact);
                prop_assert!(result.is_ok(), "{}\n{}\n{}", result.unwrap_err(), happened, plan);
            }
            (Err(_), []) => prop_assert_eq!(before, seen(&bench.state)),
            (preview, new) => {
                return Err(TestCaseError::fail(format!("{preview:?} and {new:?}\n{plan}")));
            }
        }
    }
}
