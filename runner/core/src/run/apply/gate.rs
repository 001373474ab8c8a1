//! What a fact changes in an approval.

use std::collections::BTreeSet;

use super::turn::Moment;
use crate::{
    event::{Cause, Event},
    model::{Step, StepKind},
    run::{StepState, Vote, step_state::StepRecord},
    step::approval::expiry_cause,
};

pub(super) fn apply(record: &mut StepRecord, step: &Step, event: &Event, moment: Moment<'_>) {
    match (event, &mut record.state) {
        (Event::GateReached { request, digest, binding, expires, .. }, _) => {
            record.begin(*request, moment);
            record.state = StepState::Asking {
                request: *request,
                digest: *digest,
                binding: binding.clone(),
                votes: Vec::new(),
                refused: BTreeSet::new(),
                expires: *expires,
                reminded: 0,
                escalated: 0,
            };
        }
        (Event::ApprovalAccepted { by, from, .. }, StepState::Asking { votes, .. }) => {
            votes.push(Vote { by: by.clone(), at: moment.now.at.wall, from: *from });
        }
        (
            Event::ApprovalWithdrawn { by, .. },
            StepState::Asking { votes, .. } | StepState::Approved { votes, .. },
        ) => {
            votes.retain(|vote| vote.by.person != by.person);
        }
        (Event::GateReminded { nth, .. }, StepState::Asking { reminded, .. }) => *reminded = *nth,
        (Event::GateEscalated { nth, .. }, StepState::Asking { escalated, .. }) => {
            *escalated = *nth;
        }
        (Event::ApprovalRefused { actor, reason, .. }, StepState::Asking { refused, .. }) => {
            refused.insert((actor.email.clone(), reason.clone()));
        }
        (Event::ApprovalVoided { .. }, _) => {
            record.ended = None;
            record.state = StepState::Pending;
        }
        (
            Event::GateSatisfied { request, valid_until, .. },
            StepState::Asking { binding, votes, escalated, .. },
        ) => {
            let (binding, votes) = (binding.clone(), std::mem::take(votes));
            let (request, valid_until, escalated) = (*request, *valid_until, *escalated);
            let state = StepState::Approved { request, binding, votes, valid_until, escalated };
            record.end(state, moment.now);
        }
        (Event::GateRejected { request, .. }, _) => record.fail(*request, Cause::Rejected),
        (Event::GateExpired { request, .. }, _) => {
            if let StepKind::Approval(approval) = &step.kind {
                record.fail(*request, expiry_cause(approval));
            }
        }
        _ => {}
    }
}
