//! What a run waits for, and who can give it.

use super::{GroupNeed, gate};
use crate::{
    event::{Cause, OpenItem, Pending, Work},
    ids::{AttemptNo, ItemId, RunId, StepId},
    model::{ItemKind, StepKind},
    policy::{By, Revocation, Subject},
    run::{Closed, Ending, Placed, RunState, StepState},
    step::verbs::{may_attest, may_skip},
    time::Timestamp,
};

/// One thing a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The step it is about; `None` for the run as a whole.
    pub step: Option<StepId>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What is needed.
    pub need: Need,
    /// Whether a permitted person may leave the step undone.
    pub may_skip: bool,
    /// Whether a permitted person may declare it done outside.
    pub may_attest: bool,
}

/// What is needed for a branch of a run to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Answers to items of a checklist.
    Answers {
        /// The items without an answer, the optional ones included.
        items: Vec<OpenQuestion>,
        /// Who is asked.
        assignees: Vec<Subject>,
        /// Until when.
        until: Timestamp,
    },
    /// Yeses to a request.
    Approval {
        /// Which request of the step.
        request: AttemptNo,
        /// The code to answer it with.
        code: String,
        /// Who may answer, those added since it was asked among them.
        approvers: Vec<Subject>,
        /// Who said yes so far, deferred or not.
        given: Vec<By>,
        /// Whose yes of these counts later only, and from when.
        deferred: Vec<(By, Timestamp)>,
        /// How many yeses are needed, those of all groups together.
        wanted: u32,
        /// The lowest level of assurance that counts; 3 takes a signature of one's own.
        min_level: u8,
        /// The groups that must say yes, and how far each is; none if there is one only.
        groups: Vec<GroupNeed>,
        /// Until when.
        until: Timestamp,
    },
    /// A verb of an operator: the step failed.
    Verb {
        /// The attempt that failed.
        attempt: AttemptNo,
        /// Why.
        cause: Cause,
        /// Whether the run goes on meanwhile: an open item.
        tolerated: bool,
    },
    /// An operator's word on what happened: nobody else can tell.
    Word {
        /// The attempt in question.
        attempt: AttemptNo,
        /// Why the plugin cannot tell either, if it was asked.
        why: Option<String>,
    },
    /// A second person's confirmation that a step was done outside.
    Confirmation {
        /// Who said so first.
        first: By,
    },
    /// Time to pass.
    Time {
        /// Until when.
        until: Timestamp,
        /// Whether nobody may skip it.
        hard: bool,
    },
    /// Time to pass before the runner tries again.
    NextAttempt {
        /// When it does.
        at: Timestamp,
    },
    /// A window to open.
    Window {
        /// When it does; `None` if no such instant is known.
        opens: Option<Timestamp>,
        /// Which, in words.
        because: String,
    },
    /// Locks that others hold.
    Locks {
        /// Their names.
        names: Vec<String>,
    },
    /// Another run of the same group to end.
    Turn {
        /// The group.
        group: String,
    },
    /// The run of another runbook, which goes its own way.
    Run {
        /// The run.
        run: RunId,
        /// The runbook's path.
        path: String,
    },
    /// An action that goes on by itself.
    Action {
        /// It is asked again then.
        poll_at: Timestamp,
        /// What it said.
        note: Option<String>,
        /// Where people can look.
        link: Option<String>,
    },
    /// Something open to be settled or waived before the run closes.
    Settlement {
        /// What.
        item: OpenItem,
        /// By when it should be; nothing happens by itself then.
        until: Option<Timestamp>,
    },
    /// The end of a hold.
    Lift {
        /// Who holds the run.
        by: By,
        /// Why.
        reason: String,
    },
    /// A newer commit of the runbook, or an early end: the policy took this one out of use.
    Revision {
        /// What the policy has against it.
        revocation: Revocation,
    },
    /// A person to look at the clock, which went back.
    Clock,
    /// The evidence branch, which cannot be written.
    Storage {
        /// Why, and what to do.
        reason: String,
    },
}

/// A checklist item without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// The item.
    pub id: ItemId,
    /// What it says, all expressions evaluated.
    pub text: String,
    /// What an answer looks like.
    pub kind: ItemKind,
    /// Whether the checklist is complete without it.
    pub optional: bool,
    /// Whether a file must come with it.
    pub evidence: bool,
}

/// Everything the run waits for, the run as a whole first, then in the order of the plan.
pub fn waiting(state: &RunState) -> Vec<Waiting> {
    if matches!(state.ending(), Ending::Closed(_)) {
        return Vec::new();
    }
    let mut of_run = Vec::new();
    if let Some((by, reason)) = state.hold() {
        of_run.push(Need::Lift { by: by.clone(), reason: reason.clone() });
    }
    if state.clock_held() {
        of_run.push(Need::Clock);
    }
    if let Some(revocation) = state.revoked() {
        of_run.push(Need::Revision { revocation: revocation.clone() });
    }
    if let Some(reason) = state.evidence_blocked() {
        of_run.push(Need::Storage { reason: reason.to_owned() });
    }
    if let Some((group, false)) = state.group() {
        of_run.push(Need::Turn { group: group.to_owned() });
    }
    let whole =
        |need| Waiting { step: None, since: None, need, may_skip: false, may_attest: false };
    let mut all: Vec<Waiting> = of_run.into_iter().map(whole).collect();
    for Placed { id, step, state: step_state } in state.active() {
        let need = match (state.attestation(id), step_state) {
            (Some(offer), _) => Some(Need::Confirmation { first: offer.by.clone() }),
            (None, StepState::Pending) => of_pending(state, id),
            // Said below, as an open item.
            (None, _)
                if state
                    .at(id)
                    .is_some_and(|at| state.is_open_failure(at) || state.is_rescued(at)) =>
            {
                None
            }
            (None, _) => of_call(state, id, step_state).or_else(|| of_step(&step.kind, step_state)),
        };
        let since = state.times(id).0;
        all.extend(need.map(|need| Waiting {
            step: Some(id.clone()),
            since,
            need,
            may_skip: may_skip(state.plan(), step),
            may_attest: may_attest(step),
        }));
    }
    all.extend(open_composites_that_wait(state));
    all.extend(state.open_items().into_iter().map(|item| open_item(state, item)));
    all
}

/// Composites under way that let their locks go and need them again.
fn open_composites_that_wait(state: &RunState) -> impl Iterator<Item = Waiting> {
    let asking = state.locked.iter().map(|&at| state.placed(at));
    asking.filter(|placed| matches!(placed.state, StepState::Open { .. })).filter_map(|placed| {
        Some(Waiting {
            step: Some(placed.id.clone()),
            since: state.times(placed.id).0,
            need: locks(state, placed.id)?,
            may_skip: false,
            may_attest: false,
        })
    })
}

fn open_item(state: &RunState, item: OpenItem) -> Waiting {
    let id = item.step().clone();
    let step = state.template(&id);
    let need = match (&item, state.step(&id)) {
        (OpenItem::Failed { .. }, Some(StepState::Failed { attempt, cause })) => {
            Need::Verb { attempt: *attempt, cause: cause.clone(), tolerated: true }
        }
        _ => Need::Settlement { until: state.settle_by(&item), item },
    };
    let failed = matches!(need, Need::Verb { .. });
    Waiting {
        since: state.times(&id).0,
        may_skip: failed && step.is_some_and(|step| may_skip(state.plan(), step)),
        may_attest: failed && step.is_some_and(may_attest),
        step: Some(id),
        need,
    }
}

/// What keeps a step from starting although its turn has come.
fn of_pending(state: &RunState, id: &StepId) -> Option<Need> {
    if let Some(Closed { opens, because }) = state.closed(id) {
        return Some(Need::Window { opens: *opens, because: because.clone() });
    }
    locks(state, id)
}

fn locks(state: &RunState, id: &StepId) -> Option<Need> {
    match state.locks(id) {
        Some((names, false)) => Some(Need::Locks { names: names.to_vec() }),
        _ => None,
    }
}

/// What is known of a call whose end is not.
fn of_call(state: &RunState, id: &StepId, of_step: &StepState) -> Option<Need> {
    if let StepState::Unknown { attempt } = of_step {
        let why = state.sought_in_vain(id).map(str::to_owned);
        return Some(Need::Word { attempt: *attempt, why });
    }
    let Pending { poll_at, note, link, .. } = state.pending(id)?.clone();
    Some(Need::Action { poll_at, note, link })
}

fn of_step(kind: &StepKind, state: &StepState) -> Option<Need> {
    match (state, kind) {
        (StepState::Ticking { items, answers, deadline, .. }, StepKind::Checklist(list)) => {
            let open = list.items.iter().filter(|item| !answers.contains_key(&item.id));
            let text = |id: &ItemId| {
                items.iter().find(|item| item.id == *id).map(|item| item.text.clone())
            };
            let items = open
                .map(|item| OpenQuestion {
                    id: item.id.clone(),
                    text: text(&item.id).unwrap_or_else(|| item.text.clone()),
                    kind: item.kind.clone(),
                    optional: item.optional,
                    evidence: item.evidence,
                })
                .collect();
            let (assignees, until) = (list.assignees.clone(), *deadline);
            Some(Need::Answers { items, assignees, until })
        }
        (
            StepState::Asking { request, digest, votes, expires, escalated, .. },
            StepKind::Approval(approval),
        ) => Some(gate::need(approval, (*request, digest.code()), votes, *escalated, *expires)),
        (StepState::Delaying { due, .. }, kind) => {
            Some(Need::Time { until: *due, hard: matches!(kind, StepKind::HardStop(_)) })
        }
        (StepState::Running { work: Work::Child(child), .. }, _) => {
            Some(Need::Run { run: child.run.clone(), path: child.path.clone() })
        }
        (StepState::Backoff { retry_at }, _) => Some(Need::NextAttempt { at: *retry_at }),
        (StepState::Failed { attempt, cause }, _) => {
            Some(Need::Verb { attempt: *attempt, cause: cause.clone(), tolerated: false })
        }
        _ => None,
    }
}

impl Waiting {
    /// When time alone will change this, if it will.
    pub fn due(&self) -> Option<Timestamp> {
        match &self.need {
            Need::Time { until, .. }
            | Need::NextAttempt { at: until }
            | Need::Action { poll_at: until, .. }
            | Need::Answers { until, .. }
            | Need::Approval { until, .. } => Some(*until),
            Need::Window { opens, .. } => *opens,
            Need::Locks { .. }
            | Need::Turn { .. }
            | Need::Run { .. }
            | Need::Settlement { .. }
            | Need::Verb { .. }
            | Need::Word { .. }
            | Need::Confirmation { .. }
            | Need::Lift { .. }
            | Need::Revision { .. }
            | Need::Clock
            | Need::Storage { .. } => None,
        }
    }

    /// Whether a person is needed, rather than time alone.
    pub fn is_for_people(&self) -> bool {
        match &self.need {
            Need::Time { .. }
            | Need::NextAttempt { .. }
            | Need::Locks { .. }
            | Need::Run { .. }
            | Need::Action { .. }
            | Need::Turn { .. } => false,
            Need::Window { opens, .. } => opens.is_none(),
            Need::Answers { .. }
            | Need::Approval { .. }
            | Need::Verb { .. }
            | Need::Word { .. }
            | Need::Confirmation { .. }
            | Need::Settlement { .. }
            | Need::Lift { .. }
            | Need::Revision { .. }
            | Need::Clock
            | Need::Storage { .. } => true,
        }
    }
}
