//! What people's answers and words change.

use std::collections::BTreeMap;

use super::turn::Moment;
use crate::{
    event::Event,
    model::Step,
    run::{RunState, StepState, Ticked, step_state::StepRecord},
};

/// A fact about the run as a whole that a person brought about.
#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` routes only the events named here")]
pub(super) fn apply(state: &mut RunState, event: &Event) {
    match event {
        Event::RunClaimed { by, note } => state.claim = Some((by.clone(), note.clone())),
        Event::ItemWaived { item, .. } => {
            state.waived.insert(item.clone());
        }
        Event::NoteWritten { step, by, text } => {
            state.note = Some((step.clone(), by.clone(), text.clone()));
        }
        _ => {}
    }
}

/// Keeps who did a part of the run by hand: they may be barred from approving it.
#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` routes only the events named here")]
pub(super) fn lend_a_hand(state: &mut RunState, event: &Event) {
    let hands = match event {
        Event::ItemTicked { by, .. } | Event::AttestationOffered { by, .. } => [Some(by), None],
        Event::StepAttested { by, second, .. } => [Some(by), second.as_ref()],
        _ => [None, None],
    };
    let hands = hands.into_iter().flatten();
    state.hands.extend(hands.map(|by| (by.person.clone(), by.actor.email.clone())));
}

pub(super) fn checklist(record: &mut StepRecord, _: &Step, event: &Event, moment: Moment<'_>) {
    if let Event::ChecklistOpened { attempt, items, deadline, .. } = event {
        record.begin(*attempt, moment);
        record.state = StepState::Ticking {
            attempt: *attempt,
            items: items.clone(),
            answers: BTreeMap::new(),
            deadline: *deadline,
        };
    }
    if let (
        Event::ItemTicked { item, value, artifact, by, .. },
        StepState::Ticking { answers, .. },
    ) = (event, &mut record.state)
    {
        let answer = Ticked { value: value.clone(), by: by.clone(), at: moment.now.at.wall };
        answers.insert(item.clone(), answer);
        record.artifacts.extend(artifact.iter().cloned());
    }
}
