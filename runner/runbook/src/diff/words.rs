//! Values of a plan as people write them.

use hardstop_core::{
    model::{Approval, Delay, Program, StepKind, Until},
    policy::Subject,
    time::Millis,
};
use serde_json::Value as Json;

/// The most characters of a value that are shown.
const SHOWN_MAX: usize = 120;
/// How many characters before a difference are shown, if not all of them are.
const BEFORE_MAX: usize = 20;

/// Fields that hold a span of time.
const SPANS: [&str; 10] = [
    "timeout",
    "valid_for",
    "review_within",
    "interval",
    "delay",
    "max_delay",
    "span",
    "after",
    "remind",
    "within",
];

/// The value of the field at `path`; none if there is nothing.
pub(super) fn shown(path: &[&str], value: &Json) -> Option<String> {
    let field = path.last().copied().unwrap_or_default();
    (!value.is_null()).then(|| text(field, value))
}

fn text(field: &str, value: &Json) -> String {
    match value {
        Json::Null => "none".to_owned(),
        Json::Bool(true) => "yes".to_owned(),
        Json::Bool(false) => "no".to_owned(),
        Json::Number(number) => match number.as_u64() {
            Some(ms) if SPANS.contains(&field) => Millis(ms).to_string(),
            Some(points) if field == "basis_points" => {
                let rest = points % 100;
                let rest = if rest > 0 { format!(".{rest:02}") } else { String::new() };
                format!("{}{rest}%", points / 100)
            }
            _ => number.to_string(),
        },
        Json::String(text) => text.clone(),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Array(items) => {
            let separator = if field == "argv" { " " } else { ", " };
            items.iter().map(|item| text(field, item)).collect::<Vec<_>>().join(separator)
        }
        Json::Object(members) => object(members),
    }
}

fn object(members: &serde_json::Map<String, Json>) -> String {
    // A point in a step's life.
    if let (Some(Json::String(step)), Some(Json::String(point))) =
        (members.get("step"), members.get("point"))
    {
        return format!("{step}.{point}");
    }
    if let Some(span) = members.get("span") {
        let since = members.get("since").filter(|since| !since.is_null());
        let since = since.map(|since| format!(" since {}", text("since", since)));
        return format!("{}{}", text("span", span), since.unwrap_or_default());
    }
    // The name of a variant says nothing that its content does not.
    let bare = ["after", "argv", "script", "count", "basis_points", "env", "instant"];
    let members: Vec<_> = members.iter().filter(|(_, value)| !value.is_null()).collect();
    if let [(name, value)] = members[..]
        && bare.contains(&name.as_str())
    {
        return text(name, value);
    }
    let members = members.iter().map(|(name, value)| format!("{name}: {}", text(name, value)));
    members.collect::<Vec<_>>().join(", ")
}

/// A step in a few words.
pub(super) fn step(kind: &StepKind) -> String {
    match kind {
        StepKind::Run(run) => match &run.program {
            Program::Argv(argv) => argv.join(" "),
            Program::Script { text, .. } => text.clone(),
        },
        StepKind::Uses(uses) => uses.action.clone(),
        StepKind::Runbook(child) => child.path.clone(),
        StepKind::Approval(approval) => approvers(approval),
        StepKind::Checklist(list) => {
            list.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(", ")
        }
        StepKind::Wait(delay) | StepKind::HardStop(delay) => until(delay),
        StepKind::Block | StepKind::Parallel => kind.name().to_owned(),
    }
}

fn approvers(approval: &Approval) -> String {
    let of = |n: u32, subjects: &[Subject]| {
        let subjects: Vec<_> = subjects.iter().map(ToString::to_string).collect();
        format!("{n} of {}", subjects.join(", "))
    };
    if approval.groups.is_empty() {
        return of(approval.min_approvals, &approval.approvers);
    }
    let groups = approval.groups.iter().map(|group| of(group.min_approvals, &group.approvers));
    groups.collect::<Vec<_>>().join(" and ")
}

fn until(delay: &Delay) -> String {
    match &delay.until {
        Until::After { span, since: None } => span.to_string(),
        Until::After { span, since: Some(since) } => {
            format!("{span} since {}.{}", since.step, since.point)
        }
        Until::Instant(instant) => format!("until {instant}"),
    }
}

/// Two values, cut so that the first difference between them is shown.
pub(super) fn excerpts(
    before: Option<String>,
    after: Option<String>,
) -> (Option<String>, Option<String>) {
    let same = before.iter().zip(&after).map(|(before, after)| {
        before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count()
    });
    let same = same.sum::<usize>();
    let cut = |text: String| {
        let count = text.chars().count();
        if count <= SHOWN_MAX {
            return text;
        }
        let skipped = same.saturating_sub(BEFORE_MAX).min(count.saturating_sub(SHOWN_MAX));
        let shown: String = text.chars().skip(skipped).take(SHOWN_MAX).collect();
        let (head, tail) = (
            if skipped > 0 { "…" } else { "" },
            if skipped + SHOWN_MAX < count { "…" } else { "" },
        );
        format!("{head}{shown}{tail}")
    };
    (before.map(cut), after.map(cut))
}
