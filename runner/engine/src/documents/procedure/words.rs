//! The rules of a step in words.

use hardstop_core::{
    calendar::{Rule, When},
    model::{
        AfterRemedy, Approval, ApprovalGroup, Budget, Delay, ForEach, OnFailure, PlannedWindow,
        Poll, Retry, Secret, SeparatedRole, Until,
    },
    policy::Subject,
    time::Millis,
};

/// A fact: what it is about, and what it says.
type Fact = (&'static str, String);

/// A text as paragraphs: what an empty line parts.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Where a secret comes from.
pub(super) fn source(secret: &Secret) -> String {
    match secret {
        Secret::Env(variable) => format!("the variable {variable}"),
        Secret::File(path) => format!("the file {path}"),
        Secret::Command(argv) => format!("what {} prints", argv.join(" ")),
    }
}

pub(super) fn any_of(subjects: &[Subject]) -> String {
    if subjects.is_empty() {
        return "anyone the policy allows".to_owned();
    }
    subjects.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

pub(super) fn approval(approval: &Approval) -> Vec<Fact> {
    let of = |least: u32, subjects: &[Subject]| format!("{least} of {}", any_of(subjects));
    let group = |group: &ApprovalGroup| of(group.min_approvals, &group.approvers);
    let who = if approval.groups.is_empty() {
        of(approval.min_approvals, &approval.approvers)
    } else {
        approval.groups.iter().map(group).collect::<Vec<_>>().join(", and ")
    };
    let mut facts = vec![
        ("Question", approval.message.clone()),
        ("Who", who),
        ("How long", format!("within {}", approval.timeout)),
    ];
    if !approval.exclude.is_empty() {
        let excluded: Vec<&str> = approval.exclude.iter().map(|role| part(*role)).collect();
        facts.push(("But not", excluded.join(", ")));
    }
    if !approval.show.is_empty() {
        let shown: Vec<_> = approval.show.iter().map(ToString::to_string).collect();
        facts.push(("Shown", format!("the evidence of {}", shown.join(", "))));
    }
    facts
}

const fn part(role: SeparatedRole) -> &'static str {
    match role {
        SeparatedRole::Initiator => "who started the run",
        SeparatedRole::RunbookAuthor => "who wrote the runbook",
        SeparatedRole::LastEditor => "who edited it last",
        SeparatedRole::InputSupplier => "who supplied an input",
        SeparatedRole::Executor => "who did a part of it by hand",
    }
}

pub(super) fn delay(delay: &Delay) -> String {
    match &delay.until {
        Until::After { span, since: None } => span.to_string(),
        Until::After { span, since: Some(since) } => {
            let again = if delay.continuous { ", anew whenever that is done again" } else { "" };
            format!("{span} since {} {}{again}", since.step, since.point)
        }
        Until::Instant(instant) => {
            let zone = delay.zone.as_ref().map(|zone| format!(" {zone}")).unwrap_or_default();
            format!("until {instant}{zone}")
        }
    }
}

pub(super) fn break_glass(delay: &Delay) -> String {
    delay.break_glass.as_ref().map_or_else(
        || "by nobody".to_owned(),
        |glass| {
            let (least, who) = (glass.min_approvals, any_of(&glass.approvers));
            format!("only by {least} of {who}, reviewed within {}", glass.review_within)
        },
    )
}

pub(super) fn work(timeout: Millis, retry: &Retry, until: Option<&Poll>) -> Vec<Fact> {
    let tries = match retry.max_attempts {
        0 | 1 => String::new(),
        most => format!(", tried {most} times at most"),
    };
    let mut facts = vec![("How long", format!("{timeout} at most{tries}"))];
    if let Some(Poll { condition, interval, timeout }) = until {
        let holds = condition.as_deref().unwrap_or("it succeeds");
        facts.push(("Asked until", format!("{holds}, every {interval}, for {timeout} at most")));
    }
    facts
}

pub(super) fn for_each(each: &ForEach) -> String {
    let failures = match each.max_failures {
        Budget::Count(count) => count.to_string(),
        Budget::BasisPoints(points) if points % 100 == 0 => format!("{}%", points / 100),
        Budget::BasisPoints(points) => format!("{}.{:02}%", points / 100, points % 100),
    };
    let ForEach { name, items, max_parallel, .. } = each;
    format!("{name} of {items}; at once: {max_parallel}; may fail: {failures}")
}

/// What a failure does; none if the run waits for a person, as it does unless told otherwise.
pub(super) fn on_failure(on_failure: &OnFailure) -> Option<String> {
    match on_failure {
        OnFailure::Pause => None,
        OnFailure::Abort => Some("the run is backed out and ends".to_owned()),
        OnFailure::Continue => Some("the run goes on; to be settled before it ends".to_owned()),
        OnFailure::Rescue => Some("the rescue of the block takes over".to_owned()),
        OnFailure::Run { steps, then } => {
            let steps: Vec<_> = steps.iter().map(ToString::to_string).collect();
            let then = match then {
                AfterRemedy::Pause => "the run waits for a person",
                AfterRemedy::Abort => "the run is backed out and ends",
                AfterRemedy::Continue => "the run goes on",
            };
            Some(format!("{}; then {then}", steps.join(", ")))
        }
    }
}

pub(super) fn window(planned: &PlannedWindow) -> String {
    let rule = match planned.window.rule {
        Rule::Allow => "only",
        Rule::Deny => "never",
    };
    let when = match &planned.window.when {
        When::Weekly(weekly) => weekly.to_string(),
        When::Between(span) => {
            format!("{} to {}", span.from.to_the_second(), span.to.to_the_second())
        }
        When::Frozen(frozen) => format!("in the events of {}", frozen.source),
    };
    let about = match planned.applies_to.as_slice() {
        [] => "all steps".to_owned(),
        places => places.join(", "),
    };
    format!("{about}: {rule} {when}")
}
