//! What a difference in each field of a plan means: the table.
//!
//! A path begins with `plan`, `phase`, or what a step is: `gate` (approval, checklist, wait, hard
//! stop, and any composite that holds one), `work` or `group`. `*` stands for any one name. The
//! first rule that fits counts.

use super::{
    change::Class::{self, Added, Changed, Removed, Strengthened, Weakened},
    judge::Judge::{self, Amount, Budget, Failure, Flag, Nothing, Part, Rank, Set, Until, Value},
    judge::Unit::{Plain, Time},
};

/// One line of the table.
pub(super) struct Rule {
    pub(super) path: &'static str,
    /// What the field is called; the first part of the finding's id.
    pub(super) noun: &'static str,
    pub(super) judge: Judge,
}

/// Something may be there or not, and neither is better.
const ANY: Judge = Value { gained: Added, lost: Removed, other: Changed };
/// Anything that happens to it is a change.
const CHANGE: Judge = Value { gained: Changed, lost: Changed, other: Changed };
/// Whatever happens to it, nobody can tell that the gate still holds as long.
const DOUBT: Judge = Value { gained: Weakened, lost: Weakened, other: Weakened };
const NEUTRAL_PART: Judge = Part { gained: Added, lost: Removed };
const SAFE_PART: Judge = Part { gained: Strengthened, lost: Weakened };
const MORE_TIME_IS_WEAKER: Judge = Amount { unit: Time, less: Strengthened, more: Weakened };
const MORE_IS_WEAKER: Judge = Amount { unit: Plain, less: Strengthened, more: Weakened };
const LESS_IS_WEAKER: Judge = Amount { unit: Plain, less: Weakened, more: Strengthened };
const OTHER_TIME: Judge = Amount { unit: Time, less: Changed, more: Changed };
const ON_TIMEOUT: Judge = Rank(&["pause", "reject", "abort"]);
const ATTEMPT: Judge = Rank(&["first", "effective", "latest"]);

const fn set(lost: Class, gained: Class) -> Judge {
    Set { lost, gained, all_if_empty: false }
}

const fn open_set(lost: Class, gained: Class) -> Judge {
    Set { lost, gained, all_if_empty: true }
}

const fn rule(path: &'static str, noun: &'static str, judge: Judge) -> Rule {
    Rule { path, noun, judge }
}

/// Finds the rule of a path.
pub(super) fn find(path: &[&str]) -> Option<&'static Rule> {
    RULES.iter().find(|rule| fits(rule.path, path))
}

/// The parts of `path` that stand where the rule says `*`, but for what kind of step it is.
pub(super) fn names<'p>(rule: &Rule, path: &[&'p str]) -> Vec<&'p str> {
    let both = rule.path.split('.').zip(path).skip(1);
    // Work of all kinds shares rules; its kind is no name.
    both.enumerate()
        .filter(|(index, (part, _))| *part == "*" && !(*index == 0 && path[0] == "work"))
        .map(|(_, (_, name))| *name)
        .collect()
}

fn fits(pattern: &str, path: &[&str]) -> bool {
    let parts = pattern.split('.');
    parts.clone().count() == path.len()
        && parts.zip(path).all(|(part, name)| part == "*" || part == *name)
}

/// The table.
pub(super) const RULES: &[Rule] = &[
    // The version of the compiler, not of the text.
    rule("plan.semantics", "", Nothing),
    rule("plan.runbook", "runbook-id", CHANGE),
    rule("plan.title", "title", CHANGE),
    rule("plan.timezone", "timezone", CHANGE),
    rule("plan.inputs.*", "input", NEUTRAL_PART),
    rule("plan.inputs.*.description", "input-description", CHANGE),
    rule("plan.inputs.*.default", "input-default", CHANGE),
    rule("plan.inputs.*.kind.type", "input-type", CHANGE),
    rule(
        "plan.inputs.*.kind.pattern",
        "input-pattern",
        Value { gained: Strengthened, lost: Weakened, other: Changed },
    ),
    rule("plan.inputs.*.kind.choices", "input-choices", open_set(Strengthened, Weakened)),
    rule("plan.inputs.*.kind.min", "input-minimum", LESS_IS_WEAKER),
    rule("plan.inputs.*.kind.max", "input-maximum", MORE_IS_WEAKER),
    rule("plan.vars.*", "variable", ANY),
    rule("plan.outputs.*", "output", ANY),
    rule("plan.secrets.*", "secret", ANY),
    rule("plan.permissions.*", "permission", open_set(Strengthened, Weakened)),
    rule("plan.concurrency", "concurrency", SAFE_PART),
    rule("plan.concurrency.group", "concurrency-group", CHANGE),
    rule("plan.concurrency.on_conflict", "concurrency-conflict", CHANGE),
    rule("plan.windows.*", "window", SAFE_PART),
    rule("plan.windows.*.applies_to", "window-scope", open_set(Weakened, Strengthened)),
    rule("plan.windows.*.overrun", "window-overrun", Rank(&["allow", "deny"])),
    rule("plan.windows.*.frozen", "freeze", CHANGE),
    rule("plan.calendars.*", "calendar", ANY),
    rule("plan.plugins.*", "plugin", NEUTRAL_PART),
    rule("plan.plugins.*.version", "plugin-version", CHANGE),
    rule("plan.plugins.*.digest", "plugin-digest", CHANGE),
    rule("plan.plugins.*.asks", "plugin-capability", set(Strengthened, Weakened)),
    rule("phase", "phase", NEUTRAL_PART),
    rule("phase.title", "title", CHANGE),
    rule("phase.finally", "phase-part", CHANGE),
    rule("phase.on_abort", "phase-part", CHANGE),
    rule("phase.needs", "needs", set(Changed, Changed)),
    rule("*.title", "title", CHANGE),
    rule("*.description", "description", CHANGE),
    rule(
        "gate.condition",
        "condition",
        Value { gained: Weakened, lost: Strengthened, other: Weakened },
    ),
    rule("*.condition", "condition", CHANGE),
    rule("*.on_failure", "on-failure", Failure),
    rule("*.evidence.*", "evidence", SAFE_PART),
    rule("*.evidence.*.file", "evidence-file", CHANGE),
    rule("*.evidence.*.max_bytes", "evidence-size", CHANGE),
    rule("*.evidence.*.content", "evidence-content", CHANGE),
    rule(
        "*.evidence.*.required",
        "evidence",
        Flag { yes: Strengthened, on: "made-required", off: "made-optional" },
    ),
    rule("*.within", "place", CHANGE),
    rule("*.for_each", "for-each", Part { gained: Changed, lost: Changed }),
    rule("*.for_each.items", "for-each-items", CHANGE),
    rule("*.for_each.name", "for-each-name", CHANGE),
    rule("*.for_each.key", "for-each-key", CHANGE),
    rule("*.for_each.max_parallel", "items-at-once", MORE_IS_WEAKER),
    rule("*.for_each.max_failures", "failures-allowed", Budget),
    rule("*.for_each.on_exceeded", "on-exceeded", Rank(&["pause", "abort"])),
    rule("*.for_each.expect", "items-expected", SAFE_PART),
    rule("*.for_each.expect.min", "least-items-expected", LESS_IS_WEAKER),
    rule("*.for_each.expect.max", "most-items-expected", MORE_IS_WEAKER),
    rule(
        "gate.backout",
        "gate",
        Flag { yes: Weakened, on: "made-backout-only", off: "made-forward" },
    ),
    rule("*.backout", "step", Flag { yes: Changed, on: "made-backout-only", off: "made-forward" }),
    rule("*.locks", "locks", set(Weakened, Strengthened)),
    // A name's past is followed, not told.
    rule("*.formerly", "", Nothing),
    rule("gate.approval.message", "approval-message", CHANGE),
    rule("gate.approval.approvers", "approvers", set(Weakened, Weakened)),
    rule("gate.approval.min_approvals", "min-approvals", LESS_IS_WEAKER),
    rule("gate.approval.groups.*", "approval-group", SAFE_PART),
    rule("gate.approval.groups.*.approvers", "approvers", set(Weakened, Weakened)),
    rule("gate.approval.groups.*.min_approvals", "min-approvals", LESS_IS_WEAKER),
    rule("gate.approval.exclude", "excluded-roles", set(Weakened, Strengthened)),
    rule("gate.approval.min_level", "min-level", LESS_IS_WEAKER),
    rule("gate.approval.show", "evidence-shown", set(Weakened, Strengthened)),
    rule("gate.approval.timeout", "approval-timeout", MORE_TIME_IS_WEAKER),
    rule("gate.approval.on_timeout", "on-timeout", ON_TIMEOUT),
    rule("gate.approval.on_rejected", "on-rejected", Rank(&["pause", "abort"])),
    rule("gate.approval.valid_for", "approval-validity", MORE_TIME_IS_WEAKER),
    rule("gate.approval.binds", "binds", open_set(Weakened, Strengthened)),
    rule("gate.approval.remind", "reminders", CHANGE),
    rule("gate.approval.escalate", "escalation", set(Changed, Weakened)),
    rule("gate.approval.calendar", "approval-calendar", CHANGE),
    rule("gate.checklist.items.*", "checklist-item", SAFE_PART),
    rule("gate.checklist.items.*.text", "checklist-item-text", CHANGE),
    rule("gate.checklist.items.*.kind.type", "checklist-item-type", CHANGE),
    rule("gate.checklist.items.*.kind.options", "checklist-item-options", set(Changed, Changed)),
    rule(
        "gate.checklist.items.*.optional",
        "checklist-item",
        Flag { yes: Weakened, on: "made-optional", off: "made-required" },
    ),
    rule(
        "gate.checklist.items.*.evidence",
        "checklist-item-evidence",
        Flag { yes: Strengthened, on: "added", off: "dropped" },
    ),
    rule("gate.checklist.assignees", "assignees", set(Changed, Changed)),
    rule("gate.checklist.timeout", "checklist-timeout", MORE_TIME_IS_WEAKER),
    rule("gate.checklist.on_timeout", "on-timeout", ON_TIMEOUT),
    rule("gate.hard_stop.until", "hard-stop", Until),
    rule("gate.hard_stop.zone", "hard-stop-zone", DOUBT),
    rule("gate.hard_stop.attempt", "hard-stop-attempt", ATTEMPT),
    rule(
        "gate.hard_stop.continuous",
        "hard-stop",
        Flag { yes: Strengthened, on: "made-continuous", off: "made-not-continuous" },
    ),
    rule(
        "gate.hard_stop.break_glass",
        "break-glass",
        Part { gained: Weakened, lost: Strengthened },
    ),
    rule(
        "gate.hard_stop.break_glass.approvers",
        "break-glass-approvers",
        set(Strengthened, Weakened),
    ),
    rule("gate.hard_stop.break_glass.min_approvals", "break-glass-approvals", LESS_IS_WEAKER),
    rule("gate.hard_stop.break_glass.review_within", "break-glass-review", MORE_TIME_IS_WEAKER),
    rule("gate.wait.until", "wait", Until),
    rule("gate.wait.zone", "wait-zone", DOUBT),
    rule("gate.wait.attempt", "wait-attempt", ATTEMPT),
    rule(
        "gate.wait.continuous",
        "wait",
        Flag { yes: Strengthened, on: "made-continuous", off: "made-not-continuous" },
    ),
    rule("work.run.program", "command", CHANGE),
    rule("work.run.env.*", "environment", ANY),
    rule("work.run.directory", "directory", CHANGE),
    rule("work.run.capture", "capture", CHANGE),
    rule("work.uses.action", "action", CHANGE),
    rule("work.uses.with.*", "parameter", ANY),
    rule("work.runbook.path", "runbook-called", CHANGE),
    rule("work.runbook.inputs.*", "runbook-input", ANY),
    rule("work.*.timeout", "timeout", MORE_TIME_IS_WEAKER),
    rule("work.*.retry.max_attempts", "attempts", MORE_IS_WEAKER),
    rule("work.*.retry.delay", "retry-delay", OTHER_TIME),
    rule("work.*.retry.max_delay", "retry-delay-limit", OTHER_TIME),
    rule("work.*.retry.backoff", "retry-backoff", CHANGE),
    rule("work.*.retry.on", "retry-causes", set(Changed, Changed)),
    rule(
        "work.*.idempotent",
        "step",
        Flag { yes: Weakened, on: "made-repeatable", off: "made-unrepeatable" },
    ),
    rule("work.*.until", "polling", SAFE_PART),
    rule(
        "work.*.until.condition",
        "polling-condition",
        Value { gained: Strengthened, lost: Weakened, other: Changed },
    ),
    rule("work.*.until.interval", "polling-interval", OTHER_TIME),
    rule("work.*.until.timeout", "polling-timeout", MORE_TIME_IS_WEAKER),
];
