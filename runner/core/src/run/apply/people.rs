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
        // A note is for people: the journal has it, and nothing follows from it.
        _ => {}
    }
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
