//! What a fact changes in an approval.

use std::collections::BTreeSet;

use super::turn::Moment;
use crate::{
    event::{Cause, Event},
    ids::AttemptNo,
    model::{Step, StepKind},
    policy::By,
    run::{Asked, Decision, StepState, Vote, step_state::StepRecord},
    step::approval::expiry_cause,
    time::Timestamp,
};

pub(super) fn apply(record: &mut StepRecord, step: &Step, event: &Event, moment: Moment<'_>) {
    let now = moment.now.at.wall;
    match (event, &mut record.state) {
        (Event::GateReached { request, digest, binding, expires, .. }, _) => {
            record.begin(*request, moment);
            let (request, digest, heard) = (*request, *digest, BTreeSet::new());
            record.asked.push(Asked { request, digest, decided: None, heard });
            record.state = StepState::Asking {
                request,
                digest,
                binding: binding.clone(),
                votes: Vec::new(),
                refused: BTreeSet::new(),
                expires: *expires,
                reminded: 0,
                escalated: 0,
            };
        }
        (
            Event::ApprovalAccepted { request, by, from, signature, groups, .. },
            StepState::Asking { votes, .. },
        ) => {
            let heard = (by.actor.email.clone(), true);
            let (by, groups, signature) = (by.clone(), groups.clone(), signature.clone());
            votes.push(Vote { by, at: now, from: *from, groups, signature });
            hear(record, *request, heard);
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
        (Event::ApprovalLate { request, actor, yes, .. }, _) => {
            hear(record, *request, (actor.email.clone(), *yes));
        }
        (Event::ApprovalVoided { request, .. }, _) => {
            decide(record, *request, Decision::Void, now);
            record.ended = None;
            record.state = StepState::Pending;
        }
        (Event::GateSatisfied { request, valid_until, .. }, StepState::Asking { .. }) => {
            satisfy(record, (*request, *valid_until), moment);
        }
        (Event::GateRejected { request, by, .. }, _) => {
            hear(record, *request, (by.actor.email.clone(), false));
            decide(record, *request, Decision::Rejected(by.clone()), now);
            record.fail(*request, Cause::Rejected);
        }
        (Event::GateExpired { request, .. }, _) => {
            decide(record, *request, Decision::Expired, now);
            if let StepKind::Approval(approval) = &step.kind {
                record.fail(*request, expiry_cause(approval));
            }
        }
        _ => {}
    }
}

fn satisfy(
    record: &mut StepRecord,
    (request, valid_until): (AttemptNo, Timestamp),
    moment: Moment<'_>,
) {
    let StepState::Asking { binding, votes, escalated, .. } = &mut record.state else { return };
    let (binding, votes, escalated) = (binding.clone(), std::mem::take(votes), *escalated);
    let now = moment.now.at.wall;
    let counting = votes.iter().filter(|vote| vote.from.is_none_or(|from| from <= now));
    let people: Vec<By> = counting.map(|vote| vote.by.clone()).collect();
    decide(record, request, Decision::Approved(people), now);
    let state = StepState::Approved { request, binding, votes, valid_until, escalated };
    record.end(state, moment.now);
}

fn hear(record: &mut StepRecord, request: AttemptNo, answer: (String, bool)) {
    if let Some(asked) = record.asked.iter_mut().find(|asked| asked.request == request) {
        asked.heard.insert(answer);
    }
}

fn decide(record: &mut StepRecord, request: AttemptNo, decision: Decision, at: Timestamp) {
    if let Some(asked) = record.asked.iter_mut().find(|asked| asked.request == request) {
        asked.decided = Some((decision, at));
    }
}
