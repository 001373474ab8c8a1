//! Questions of a run, and what an answer typed in place means.

use hardstop_core::{
    ids::{AttemptNo, StepId},
    input::Request,
    limits::TEXT_BYTES_MAX,
    model::ItemKind,
    run::RunState,
    view::{Need, OpenQuestion, Waiting, describe, waiting},
};
use hardstop_engine::documents::sanitise::line;
use hardstop_evidence::redact::scan;

use crate::output::TEXT_MAX;

/// Something a person at the terminal can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// One item of a checklist.
    Item {
        /// The checklist.
        step: StepId,
        /// The item.
        item: OpenQuestion,
    },
    /// A request for approval.
    Approval {
        /// The step.
        step: StepId,
        /// The request's code.
        code: String,
        /// Whether a yes takes a signature of one's own.
        signed: bool,
    },
    /// A step that failed, or of which nobody knows.
    Trouble {
        /// The step.
        step: StepId,
        /// The attempt in question.
        attempt: AttemptNo,
        /// What is wrong, in words.
        what: String,
    },
    /// A hold, by a person or because of the clock.
    Hold {
        /// What is wrong, in words.
        what: String,
    },
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// To be asked of the run.
    Ask(Request),
    /// Not now: the run is left once nothing else can be done.
    Later,
    /// Not this one: an optional item.
    Pass,
    /// It makes no sense; why.
    Again(String),
}

/// Everything the run asks that can be answered here, in the order of the plan.
pub(crate) fn questions(state: &RunState) -> Vec<Question> {
    waiting(state).into_iter().flat_map(of).collect()
}

fn of(open: Waiting) -> Vec<Question> {
    let Some(step) = open.step else {
        return match open.need {
            Need::Lift { by, reason } => {
                vec![Question::Hold { what: format!("held by {by}: {reason}") }]
            }
            Need::Clock => vec![Question::Hold {
                what: "held because the clock of this machine went back; set it right first"
                    .to_owned(),
            }],
            Need::Answers { .. }
            | Need::Approval { .. }
            | Need::Verb { .. }
            | Need::Word { .. }
            | Need::Confirmation { .. }
            | Need::Time { .. }
            | Need::NextAttempt { .. }
            | Need::Window { .. }
            | Need::Locks { .. }
            | Need::Turn { .. }
            | Need::Run { .. }
            | Need::Action { .. }
            | Need::Settlement { .. }
            | Need::Revision { .. }
            | Need::Storage { .. } => Vec::new(),
        };
    };
    match open.need {
        Need::Answers { items, .. } => {
            items.into_iter().map(|item| Question::Item { step: step.clone(), item }).collect()
        }
        Need::Approval { code, min_level, .. } => {
            vec![Question::Approval { step, code, signed: min_level >= 3 }]
        }
        Need::Verb { attempt, cause, .. } => {
            vec![Question::Trouble { step, attempt, what: describe(&cause) }]
        }
        Need::Word { attempt, .. } => {
            let what =
                "was under way when the runner went away; nobody can tell whether it happened";
            vec![Question::Trouble { step, attempt, what: what.to_owned() }]
        }
        // Nobody confirms themselves; what is open is settled with a verb of its own; the rest asks
        // nobody.
        Need::Confirmation { .. }
        | Need::Time { .. }
        | Need::NextAttempt { .. }
        | Need::Window { .. }
        | Need::Locks { .. }
        | Need::Turn { .. }
        | Need::Run { .. }
        | Need::Action { .. }
        | Need::Settlement { .. }
        | Need::Lift { .. }
        | Need::Revision { .. }
        | Need::Clock
        | Need::Storage { .. } => Vec::new(),
    }
}

impl Question {
    /// What is asked, without what may be typed.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Item { item, .. } => {
                let optional = if item.optional { " (optional)" } else { "" };
                format!("[ ] {}{optional}", line(&item.text, TEXT_MAX * 2))
            }
            Self::Approval { step, code, signed: false } => {
                format!("approve `{step}`? (code {code})")
            }
            Self::Approval { step, code, signed: true } => {
                format!("approve `{step}`? (code {code}) {}", with_signature(code))
            }
            Self::Trouble { step, what, .. } => format!("`{step}` {}", line(what, TEXT_MAX * 2)),
            Self::Hold { what } => line(what, TEXT_MAX * 2),
        }
    }

    /// What may be typed.
    pub(crate) fn prompt(&self) -> String {
        match self {
            Self::Item { item, .. } => {
                let answer = match &item.kind {
                    ItemKind::Tick => "Enter = done".to_owned(),
                    ItemKind::Text => "text".to_owned(),
                    ItemKind::Number => "number".to_owned(),
                    ItemKind::Choice { options } => line(&options.join(", "), TEXT_MAX),
                    ItemKind::Date => "yyyy-mm-dd".to_owned(),
                    ItemKind::Link => "https://...".to_owned(),
                    ItemKind::File => "file".to_owned(),
                };
                let pass = if item.optional { ", skip" } else { "" };
                format!("[{answer}{pass}, later]")
            }
            Self::Approval { signed: false, .. } => "[approve, reject <reason>, later]".to_owned(),
            Self::Approval { signed: true, .. } => "[reject <reason>, later]".to_owned(),
            Self::Trouble { .. } => {
                "[retry, attest <what was done>, skip <why>, abort <why>, later]".to_owned()
            }
            Self::Hold { .. } => "[lift, abort <why>, later]".to_owned(),
        }
    }

    /// Whether putting this question off puts `other` off as well: the items of a checklist go
    /// together.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Item { step, .. }, Self::Item { step: other, .. }) => step == other,
            (one, other) => one == other,
        }
    }

    /// Whether a file must come with the answer, which only a command of its own can hand in.
    pub(crate) fn needs_command(&self) -> bool {
        match self {
            Self::Item { item, .. } => asks_for_file(item),
            Self::Approval { .. } | Self::Trouble { .. } | Self::Hold { .. } => false,
        }
    }

    /// What was typed, as a request to the run.
    pub(crate) fn read(&self, typed: &str) -> Reply {
        if typed == "later" || typed == "leave" {
            return Reply::Later;
        }
        if typed.len() > TEXT_BYTES_MAX {
            return Reply::Again(format!("at most {TEXT_BYTES_MAX} bytes"));
        }
        if let Some(found) = scan(typed.as_bytes()).first() {
            return Reply::Again(format!("that looks like {}; evidence is for ever", found.shape));
        }
        let (verb, rest) = typed.split_once(' ').unwrap_or((typed, ""));
        let rest = rest.trim();
        match self {
            Self::Item { item, .. } if item.optional && passes(item, typed) => Reply::Pass,
            Self::Item { step, item } => match item.kind.read(typed) {
                Ok(value) => {
                    let (step, item) = (step.clone(), item.id.clone());
                    Reply::Ask(Request::Tick { step, item, value, artifact: None })
                }
                Err(want) => Reply::Again(format!("this takes {want}")),
            },
            Self::Approval { code, signed: true, .. } if verb == "approve" => {
                Reply::Again(with_signature(code))
            }
            Self::Approval { code, .. } => approval(code, verb, rest),
            Self::Trouble { step, attempt, .. } => trouble(step, *attempt, verb, rest),
            Self::Hold { .. } => match verb {
                "lift" => Reply::Ask(Request::Lift { reason: said(rest) }),
                "abort" => with_reason(rest, |reason| Request::Abort { reason }),
                _ => Reply::Again("this takes `lift`, `abort <why>` or `later`".to_owned()),
            },
        }
    }
}

/// How an optional item is left open: with nothing, except that nothing ticks a tick.
fn passes(item: &OpenQuestion, typed: &str) -> bool {
    typed == "skip" || typed.is_empty() && item.kind != ItemKind::Tick
}

fn asks_for_file(item: &OpenQuestion) -> bool {
    item.evidence || item.kind == ItemKind::File
}

/// A signature is made by a command of its own, which takes the run once it is free.
fn with_signature(code: &str) -> String {
    format!("a yes takes your signature: `later` here, then `hardstop approve {code} --sign`")
}

fn approval(code: &str, verb: &str, rest: &str) -> Reply {
    let code = code.to_owned();
    match verb {
        "approve" => {
            Reply::Ask(Request::Approve { code, comment: said(rest), from: None, signature: None })
        }
        "reject" => with_reason(rest, |reason| Request::Reject { code, reason }),
        _ => Reply::Again("this takes `approve`, `reject <reason>` or `later`".to_owned()),
    }
}

fn trouble(step: &StepId, after: AttemptNo, verb: &str, rest: &str) -> Reply {
    let step = step.clone();
    match verb {
        "retry" => Reply::Ask(Request::Retry { step, after, reason: said(rest) }),
        "skip" => with_reason(rest, |reason| Request::Skip { step, reason }),
        "attest" => {
            with_reason(rest, |reason| Request::Attest { step, reason, artifacts: Vec::new() })
        }
        "abort" => with_reason(rest, |reason| Request::Abort { reason }),
        _ => Reply::Again(
            "this takes `retry`, `attest <what was done>`, `skip <why>`, `abort <why>` or `later`"
                .to_owned(),
        ),
    }
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn with_reason(reason: &str, request: impl FnOnce(String) -> Request) -> Reply {
    if reason.is_empty() {
        return Reply::Again("say why".to_owned());
    }
    Reply::Ask(request(reason.to_owned()))
}
