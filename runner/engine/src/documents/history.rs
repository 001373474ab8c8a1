//! What the journal says of each step beyond the state it led to: a state forgets who ticked what
//! once the checklist is complete.

use std::collections::{BTreeMap, HashMap};

use hardstop_core::{
    event::{Binding, Entry, Event, OpenedItem},
    ids::{AttemptNo, Digest, ItemId, StepId},
    policy::By,
    time::Timestamp,
    value::Value,
};

/// The past of one step.
#[derive(Default)]
pub(super) struct History<'a> {
    /// Attempts, openings of a checklist, requests, or starts of a delay.
    pub(super) attempts: u32,
    /// The items as they were last put before people.
    pub(super) items: &'a [OpenedItem],
    /// The answers to them.
    pub(super) answers: BTreeMap<&'a ItemId, Answer<'a>>,
    /// Every request of an approval, in order.
    pub(super) requests: Vec<Request<'a>>,
    /// What a delay counted from, and when it was due as it began.
    pub(super) delay: Option<(Timestamp, Timestamp)>,
}

/// An answer to an item.
pub(super) struct Answer<'a> {
    pub(super) value: &'a Value,
    pub(super) by: &'a By,
    pub(super) at: Timestamp,
}

/// One request of an approval, and what came of it.
pub(super) struct Request<'a> {
    pub(super) number: AttemptNo,
    pub(super) digest: Digest,
    pub(super) binding: &'a Binding,
    pub(super) asked: Timestamp,
    pub(super) expires: Timestamp,
    /// The yeses that counted when they were given.
    pub(super) votes: Vec<(Timestamp, &'a By, Option<&'a str>)>,
    /// The event that ended it; none while it is open.
    pub(super) end: Option<&'a Entry>,
}

/// The past of every step of which something happened.
pub(super) type Past<'a> = HashMap<&'a StepId, History<'a>>;

/// Reads it from the journal.
pub(super) fn of(entries: &[Entry]) -> Past<'_> {
    let mut all = Past::new();
    for entry in entries {
        add(&mut all, entry);
    }
    all
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all other events are told by the state")]
fn add<'a>(all: &mut Past<'a>, entry: &'a Entry) {
    let at = entry.ts();
    match &entry.event {
        Event::AttemptStarted { step, .. }
        | Event::CallStarted { step, .. }
        | Event::ChildStarted { step, .. }
        | Event::BlockEntered { step, .. } => all.entry(step).or_default().attempts += 1,
        Event::WaitStarted { step, since, due } | Event::HardStopStarted { step, since, due } => {
            let past = all.entry(step).or_default();
            past.attempts += 1;
            past.delay = Some((*since, *due));
        }
        Event::ChecklistOpened { step, items, .. } => {
            let past = all.entry(step).or_default();
            past.attempts += 1;
            past.items = items;
            past.answers.clear();
        }
        Event::ItemTicked { step, item, value, by, .. } => {
            all.entry(step).or_default().answers.insert(item, Answer { value, by, at });
        }
        Event::ItemReopened { step, item, .. } => {
            all.entry(step).or_default().answers.remove(item);
        }
        Event::GateReached { step, request, digest, binding, expires } => {
            let past = all.entry(step).or_default();
            past.attempts += 1;
            past.requests.push(Request {
                number: *request,
                digest: *digest,
                binding,
                asked: at,
                expires: *expires,
                votes: Vec::new(),
                end: None,
            });
        }
        Event::ApprovalAccepted { step, by, comment, .. } => {
            if let Some(request) = last_request(all, step) {
                request.votes.push((at, by, comment.as_deref()));
            }
        }
        Event::DelayMoved { step, since, due } => {
            all.entry(step).or_default().delay = Some((*since, *due));
        }
        Event::ApprovalWithdrawn { step, by, .. } => {
            if let Some(request) = last_request(all, step) {
                request.votes.retain(|(_, given, _)| given.person != by.person);
            }
        }
        Event::ApprovalVoided { step, .. }
        | Event::GateSatisfied { step, .. }
        | Event::GateRejected { step, .. }
        | Event::GateExpired { step, .. } => {
            if let Some(request) = last_request(all, step) {
                request.end = Some(entry);
            }
        }
        _ => {}
    }
}

/// A step has one open request at a time, the last.
fn last_request<'m, 'a>(all: &'m mut Past<'a>, step: &'a StepId) -> Option<&'m mut Request<'a>> {
    all.get_mut(step)?.requests.last_mut()
}
