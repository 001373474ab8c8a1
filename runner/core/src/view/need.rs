//! What a run waits for, who can give it, and the command that does.

use crate::{
    event::Cause,
    ids::{AttemptNo, ItemId, StepId},
    model::{ItemKind, StepKind},
    policy::{By, Subject},
    run::{Ending, RunState, StepState},
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
}

/// What is needed for a branch of a run to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Answers to items of a checklist.
    Answers {
        /// The items without an answer, the optional ones included.
        items: Vec<OpenItem>,
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
        /// Who may answer.
        approvers: Vec<Subject>,
        /// Who said yes so far.
        given: Vec<By>,
        /// How many yeses are needed.
        wanted: u32,
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
    /// The end of a hold.
    Lift {
        /// Who holds the run.
        by: By,
        /// Why.
        reason: String,
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
pub struct OpenItem {
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
    let mut all = Vec::new();
    if let Some((by, reason)) = state.hold() {
        let need = Need::Lift { by: by.clone(), reason: reason.clone() };
        all.push(Waiting { step: None, since: None, need });
    }
    if state.clock_held() {
        all.push(Waiting { step: None, since: None, need: Need::Clock });
    }
    if let Some(reason) = state.evidence_blocked() {
        let need = Need::Storage { reason: reason.to_owned() };
        all.push(Waiting { step: None, since: None, need });
    }
    for (step, step_state) in state.active().chain(state.open_items()) {
        let need = match state.attestation(&step.id) {
            Some(offer) => Some(Need::Confirmation { first: offer.by.clone() }),
            None => of_step(&step.kind, step_state, step.on_failure),
        };
        let since = state.times(&step.id).0;
        all.extend(need.map(|need| Waiting { step: Some(step.id.clone()), since, need }));
    }
    all
}

fn of_step(
    kind: &StepKind,
    state: &StepState,
    on_failure: crate::model::OnFailure,
) -> Option<Need> {
    match (state, kind) {
        (StepState::Ticking { items, answers, deadline, .. }, StepKind::Checklist(list)) => {
            let open = list.items.iter().filter(|item| !answers.contains_key(&item.id));
            let text = |id: &ItemId| {
                items.iter().find(|item| item.id == *id).map(|item| item.text.clone())
            };
            let items = open
                .map(|item| OpenItem {
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
            StepState::Asking { request, digest, votes, expires, .. },
            StepKind::Approval(approval),
        ) => Some(Need::Approval {
            request: *request,
            code: digest.code(),
            approvers: approval.approvers.clone(),
            given: votes.iter().map(|vote| vote.by.clone()).collect(),
            wanted: approval.min_approvals,
            until: *expires,
        }),
        (StepState::Delaying { due, .. }, kind) => {
            Some(Need::Time { until: *due, hard: matches!(kind, StepKind::HardStop(_)) })
        }
        (StepState::Backoff { retry_at }, _) => Some(Need::NextAttempt { at: *retry_at }),
        (StepState::Unknown { attempt }, _) => Some(Need::Word { attempt: *attempt }),
        (StepState::Failed { attempt, cause }, _) => {
            let tolerated = on_failure == crate::model::OnFailure::Continue;
            Some(Need::Verb { attempt: *attempt, cause: cause.clone(), tolerated })
        }
        _ => None,
    }
}

impl Waiting {
    /// The commands that give what is needed, each complete but for what only a person knows
    /// (in angle brackets). `run` is how people name the run.
    pub fn commands(&self, run: &str) -> Vec<String> {
        let step = self.step.as_ref().map_or("", StepId::as_str);
        match &self.need {
            Need::Answers { items, .. } => {
                items.iter().map(|item| item.command(run, step)).collect()
            }
            Need::Approval { code, .. } => vec![
                format!("hardstop approve {code}"),
                format!("hardstop reject {code} --reason <why>"),
            ],
            Need::Verb { .. } | Need::Word { .. } => vec![
                format!("hardstop retry {run} {step}"),
                format!("hardstop attest {run} {step} --reason <what was done> --file <proof>"),
                format!("hardstop skip {run} {step} --reason <why>"),
                format!("hardstop abort {run} --reason <why>"),
            ],
            Need::Confirmation { .. } => {
                vec![format!("hardstop attest {run} {step} --reason <what you checked>")]
            }
            Need::Time { hard: false, .. } => {
                vec![
                    format!("hardstop advance {run}"),
                    format!("hardstop skip {run} {step} --reason <why>"),
                ]
            }
            Need::Time { hard: true, .. } | Need::NextAttempt { .. } | Need::Storage { .. } => {
                vec![format!("hardstop advance {run}")]
            }
            Need::Lift { .. } | Need::Clock => vec![format!("hardstop lift {run}")],
        }
    }

    /// When time alone will change this, if it will.
    pub fn due(&self) -> Option<Timestamp> {
        match &self.need {
            Need::Time { until, .. }
            | Need::NextAttempt { at: until }
            | Need::Answers { until, .. }
            | Need::Approval { until, .. } => Some(*until),
            Need::Verb { .. }
            | Need::Word { .. }
            | Need::Confirmation { .. }
            | Need::Lift { .. }
            | Need::Clock
            | Need::Storage { .. } => None,
        }
    }

    /// Whether a person is needed, rather than time alone.
    pub fn is_for_people(&self) -> bool {
        !matches!(self.need, Need::Time { .. } | Need::NextAttempt { .. })
    }
}

impl OpenItem {
    fn command(&self, run: &str, step: &str) -> String {
        let id = &self.id;
        let answer = match &self.kind {
            ItemKind::Tick => id.to_string(),
            ItemKind::Text => format!("{id}=<text>"),
            ItemKind::Number => format!("{id}=<number>"),
            ItemKind::Choice { options } => format!("{id}=<{}>", options.join("|")),
            ItemKind::Date => format!("{id}=<yyyy-mm-dd>"),
            ItemKind::Link => format!("{id}=<https://...>"),
            ItemKind::File => return format!("hardstop tick {run} {step} {id} --file <path>"),
        };
        let file = if self.evidence { " --file <path>" } else { "" };
        format!("hardstop tick {run} {step} {answer}{file}")
    }
}
