//! Checklists: things people confirm.
//!
//! ```text
//! Pending ── items resolved ──> Ticking ── all required items answered ──> Succeeded
//!                                  └────── people's time is over ────────> Failed
//! ```

use std::collections::BTreeMap;

use crate::{
    event::{Artifact, Cause, Event},
    ids::{ItemId, StepId},
    limits::{OUTPUTS_BYTES_MAX, TEXT_BYTES_MAX},
    model::{Checklist, Item, ItemKind, OnTimeout},
    policy::By,
    run::{Refusal, RunState, StepState},
    time::Timestamp,
    value::Value,
};

/// What a person's answer means.
pub(crate) fn tick(
    state: &RunState,
    (step, list): (&StepId, &Checklist),
    item: &ItemId,
    (value, artifact): (Value, Option<Artifact>),
    by: By,
) -> Result<Vec<Event>, Refusal> {
    let Some(StepState::Ticking { answers, .. }) = state.step(step) else {
        return Err(Refusal::NotNow(format!("checklist `{step}` is not open")));
    };
    let planned = planned((step, list), item)?;
    check_answer(&planned.kind, &value)
        .map_err(|want| Refusal::BadAnswer(format!("item `{item}` takes {want}")))?;
    if planned.evidence && artifact.is_none() {
        return Err(Refusal::BadAnswer(format!("item `{item}` asks for a file as evidence")));
    }
    // All answers together become the outputs of the step, in one line.
    let others = answers.iter().filter(|(other, _)| *other != item);
    let bytes: usize = others.map(|(_, answer)| answer.value.to_string().len()).sum();
    if bytes + value.to_string().len() > OUTPUTS_BYTES_MAX {
        return Err(Refusal::BadAnswer(format!(
            "the answers to `{step}` have more than {OUTPUTS_BYTES_MAX} bytes together; shorten them"
        )));
    }
    let known = |file: &Artifact| state.artifacts(step).contains(file);
    let same_value = answers.get(item).is_some_and(|answer| answer.value == value);
    if same_value && artifact.as_ref().is_none_or(known) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ItemTicked { step: step.clone(), item: item.clone(), value, artifact, by }])
}

/// What taking an answer back means: the item is open again. Whoever may answer may take back, what
/// somebody else answered as well.
pub(crate) fn untick(
    state: &RunState,
    (step, list): (&StepId, &Checklist),
    item: &ItemId,
    by: By,
    reason: &str,
) -> Result<Vec<Event>, Refusal> {
    planned((step, list), item)?;
    let Some(StepState::Ticking { answers, .. }) = state.step(step) else {
        return Err(Refusal::NotNow(format!(
            "checklist `{step}` is not open; if it is complete, `rerun` has it asked again"
        )));
    };
    if !answers.contains_key(item) {
        return Err(Refusal::NotNow(format!("item `{item}` of `{step}` has no answer")));
    }
    let (step, item, reason) = (step.clone(), item.clone(), reason.to_owned());
    Ok(vec![Event::ItemReopened { step, item, by, reason }])
}

fn planned<'a>((step, list): (&StepId, &'a Checklist), item: &ItemId) -> Result<&'a Item, Refusal> {
    list.items.iter().find(|planned| planned.id == *item).ok_or_else(|| {
        let known: Vec<_> = list.items.iter().map(|item| item.id.as_str()).collect();
        let known = known.join(", ");
        Refusal::NotNow(format!("checklist `{step}` has no item `{item}`; it has {known}"))
    })
}

/// Whether `value` answers an item of this kind.
///
/// # Errors
///
/// What an answer looks like, in words.
pub(crate) fn check_answer(kind: &ItemKind, value: &Value) -> Result<(), String> {
    let text = value.as_text().map(str::trim);
    let filled = text.is_some_and(|text| !text.is_empty() && text.len() <= TEXT_BYTES_MAX);
    let (holds, want) = match kind {
        ItemKind::Tick => (*value == Value::Bool(true), "a plain tick".to_owned()),
        ItemKind::Text => (filled, "a text".to_owned()),
        ItemKind::Number => {
            let decimal = text.is_some_and(is_decimal);
            (decimal || matches!(value, Value::Integer(_)), "a number".to_owned())
        }
        ItemKind::Choice { options } => {
            let known = text.is_some_and(|text| options.iter().any(|option| option == text));
            (known, format!("one of: {}", options.join(", ")))
        }
        ItemKind::Date => {
            let day = text
                .is_some_and(|text| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok());
            (day, "a day such as 2026-11-20".to_owned())
        }
        ItemKind::Link => {
            let link = text.and_then(|text| {
                text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))
            });
            let fits =
                link.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace));
            (filled && fits, "an http or https address".to_owned())
        }
        ItemKind::File => (filled, "a file".to_owned()),
    };
    if holds { Ok(()) } else { Err(want) }
}

impl ItemKind {
    /// Reads what a person typed as an answer to an item of this kind.
    ///
    /// # Errors
    ///
    /// What an answer looks like, in words.
    pub fn read(&self, typed: &str) -> Result<Value, String> {
        let typed = typed.trim();
        let value = match self {
            Self::Tick if matches!(typed, "" | "x" | "y" | "yes" | "true") => Value::Bool(true),
            Self::Number => {
                typed.parse().map_or_else(|_| Value::Text(typed.to_owned()), Value::Integer)
            }
            Self::Tick
            | Self::Text
            | Self::Choice { .. }
            | Self::Date
            | Self::Link
            | Self::File => Value::Text(typed.to_owned()),
        };
        check_answer(self, &value).map(|()| value)
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits.len() <= 40 && all_digits(whole) && all_digits(fraction)
}

/// What the passing of time means for an open checklist.
pub(crate) fn wake(
    step: &StepId,
    list: &Checklist,
    state: &StepState,
    now: Timestamp,
) -> Vec<Event> {
    let StepState::Ticking { attempt, answers, deadline, .. } = state else { return Vec::new() };
    let (step, attempt) = (step.clone(), *attempt);
    if list.items.iter().all(|item| item.optional || answers.contains_key(&item.id)) {
        let outputs: BTreeMap<_, _> = answers
            .iter()
            .map(|(item, answer)| (item.as_str().to_owned(), answer.value.clone()))
            .collect();
        return vec![Event::StepSucceeded { step, attempt, outputs, artifacts: Vec::new() }];
    }
    if now < *deadline {
        return Vec::new();
    }
    let cause = match list.on_timeout {
        OnTimeout::Pause | OnTimeout::Abort => Cause::TimedOut,
        OnTimeout::Reject => Cause::Rejected,
    };
    vec![Event::StepFailed { step, attempt, cause }]
}
