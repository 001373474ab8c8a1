//! What two values of one field mean against each other.

use std::{cmp::Ordering, collections::HashMap};

use serde_json::Value as Json;

use super::change::Class::{self, Changed, Strengthened, Weakened};
use hardstop_core::time::Timestamp;

/// How two values of a field are compared.
#[derive(Clone, Copy)]
pub(super) enum Judge {
    /// It means nothing.
    Nothing,
    /// It is there, or not, or another one.
    Value { gained: Class, lost: Class, other: Class },
    /// It is there or not; if it stays, its own fields say what changed.
    Part { gained: Class, lost: Class },
    /// How much there is. None at all is as weak as can be.
    Amount { unit: Unit, less: Class, more: Class },
    /// Members, in any order.
    Set { lost: Class, gained: Class, all_if_empty: bool },
    /// Yes or no, and the verbs for both.
    Flag { yes: Class, on: &'static str, off: &'static str },
    /// One of these, the weakest first.
    Rank(&'static [&'static str]),
    /// What a step's failure does.
    Failure,
    /// How many failures are allowed.
    Budget,
    /// When a wait or a hard stop is over.
    Until,
}

/// What an amount is counted in.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Plain,
    Time,
}

/// What a judge says: what happened, and what it means; nothing if the values mean the same.
pub(super) type Verdict = Option<(&'static str, Class)>;

impl Judge {
    /// * `order`: the places of the steps, which tell the earlier from the later.
    pub(super) fn judge(self, old: &Json, new: &Json, order: &HashMap<&str, usize>) -> Verdict {
        match self {
            Self::Nothing => None,
            Self::Value { gained, lost, other } => Some(match (old, new) {
                (Json::Null, _) => ("added", gained),
                (_, Json::Null) => ("removed", lost),
                _ => ("changed", other),
            }),
            Self::Part { gained, .. } if old.is_null() => Some(("added", gained)),
            Self::Part { lost, .. } => Some(("removed", lost)),
            Self::Amount { unit, less, more } => {
                let verbs = match unit {
                    Unit::Plain => ("lowered", "raised"),
                    Unit::Time => ("shortened", "lengthened"),
                };
                let is_less = amount(new, less) < amount(old, less);
                Some(if is_less { (verbs.0, less) } else { (verbs.1, more) })
            }
            Self::Set { lost, gained, all_if_empty } => {
                members(old, new, lost, gained, all_if_empty)
            }
            Self::Flag { yes, on, off } => match (is_true(old), is_true(new)) {
                (false, true) => Some((on, yes)),
                (true, false) => Some((off, opposite(yes))),
                (true, true) | (false, false) => None,
            },
            Self::Rank(ranks) => {
                let rank = |value: &Json| ranks.iter().position(|it| value.as_str() == Some(it));
                Some(looser(rank(new).cmp(&rank(old))))
            }
            Self::Failure => Some(failure(old, new)),
            Self::Budget => Some(budget(old, new)),
            Self::Until => Some(until(old, new, order)),
        }
    }
}

const fn opposite(class: Class) -> Class {
    match class {
        Weakened => Strengthened,
        Strengthened => Weakened,
        Changed => Changed,
        Class::Removed => Class::Added,
        Class::Added => Class::Removed,
    }
}

fn is_true(value: &Json) -> bool {
    value.as_bool().unwrap_or(false)
}

fn amount(value: &Json, less: Class) -> i128 {
    let none = if less == Weakened { i128::MIN } else { i128::MAX };
    let signed = value.as_i64().map(i128::from);
    signed.or_else(|| value.as_u64().map(i128::from)).unwrap_or(none)
}

const fn looser(strength: Ordering) -> (&'static str, Class) {
    match strength {
        Ordering::Less => ("loosened", Weakened),
        Ordering::Equal => ("changed", Changed),
        Ordering::Greater => ("tightened", Strengthened),
    }
}

fn members(old: &Json, new: &Json, lost: Class, gained: Class, all_if_empty: bool) -> Verdict {
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let (old, new) = (list(old), list(new));
    let fewer = old.iter().any(|member| !new.contains(member));
    let more = new.iter().any(|member| !old.contains(member));
    if all_if_empty && (old.is_empty() || new.is_empty()) {
        return match (old.is_empty(), new.is_empty()) {
            (true, false) => Some(("narrowed", lost)),
            (false, true) => Some(("widened", gained)),
            (true, true) | (false, false) => None,
        };
    }
    match (fewer, more) {
        (false, false) => None,
        (true, false) => Some(("removed", lost)),
        (false, true) => Some(("added", gained)),
        // The graver of the two.
        (true, true) => Some(("replaced", lost.min(gained))),
    }
}

/// How much a failure stops, and how many steps answer it.
fn failure(old: &Json, new: &Json) -> (&'static str, Class) {
    let steps = |value: &Json| value["run"]["steps"].as_array().cloned().unwrap_or_default();
    let rank = |value: &Json| {
        let after = value["run"]["then"].as_str().or_else(|| value.as_str());
        ["continue", "rescue", "pause", "abort"].iter().position(|it| after == Some(it))
    };
    let (before, after) = (steps(old), steps(new));
    if rank(old) == rank(new) && before.iter().any(|step| !after.contains(step)) {
        return looser(Ordering::Less);
    }
    if rank(old) == rank(new) && before.len() < after.len() {
        return looser(Ordering::Greater);
    }
    looser(rank(new).cmp(&rank(old)))
}

fn budget(old: &Json, new: &Json) -> (&'static str, Class) {
    let of = |unit: &str| old[unit].as_u64().zip(new[unit].as_u64());
    match of("count").or_else(|| of("basis_points")) {
        Some((old, new)) if new < old => ("lowered", Strengthened),
        Some(_) => ("raised", Weakened),
        // Nobody can tell before the items are known, so a person has to look.
        None => ("replaced", Weakened),
    }
}

/// What cannot be told to last as long is taken to be shorter: a reviewer has to look.
fn until(old: &Json, new: &Json, order: &HashMap<&str, usize>) -> (&'static str, Class) {
    let (before, after) = (&old["after"], &new["after"]);
    if before.is_object() && after.is_object() {
        let span = |value: &Json| value["span"].as_u64();
        let spans = span(after).cmp(&span(before));
        let starts = point(&after["since"], order).cmp(&point(&before["since"], order));
        return match (spans, starts) {
            (Ordering::Less, _) => ("shortened", Weakened),
            (_, Ordering::Less) => ("counted-from-earlier", Weakened),
            (Ordering::Greater, Ordering::Equal) => ("lengthened", Strengthened),
            (_, Ordering::Greater) => ("counted-from-later", Strengthened),
            (Ordering::Equal, Ordering::Equal) => ("counted-otherwise", Weakened),
        };
    }
    let instant =
        |value: &Json| value["instant"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    match instant(old).zip(instant(new)).map(|(old, new)| new.cmp(&old)) {
        Some(Ordering::Less) => ("shortened", Weakened),
        Some(Ordering::Greater) => ("lengthened", Strengthened),
        Some(Ordering::Equal) => ("changed", Changed),
        None => ("replaced", Weakened),
    }
}

/// Where in the run a span begins; the delay's own start comes after all others.
fn point(since: &Json, order: &HashMap<&str, usize>) -> (usize, usize) {
    if since.is_null() {
        return (usize::MAX, 0);
    }
    let step = since["step"].as_str().and_then(|step| order.get(step)).copied();
    let point = ["started", "approved", "finished"];
    let point = point.iter().position(|it| since["point"].as_str() == Some(it));
    (step.unwrap_or_default(), point.unwrap_or_default())
}
