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
        let at = moment.now.at.wall;
        let (value, artifact) = (value.clone(), artifact.clone());
        record.artifacts.extend(artifact.clone());
        answers.insert(item.clone(), Ticked { value, artifact, by: by.clone(), at });
    }
    if let (Event::ItemReopened { item, .. }, StepState::Ticking { answers, .. }) =
        (event, &mut record.state)
    {
        let file = answers.remove(item).and_then(|answer| answer.artifact);
        // The file is kept, and no longer counts.
        let at = record.artifacts.iter().rposition(|kept| Some(kept) == file.as_ref());
        if let Some(at) = at.filter(|at| *at >= record.superseded) {
            record.artifacts[record.superseded..=at].rotate_right(1);
            record.superseded += 1;
        }
    }
}
