//! Whether what was expected came true, and if not, what happened instead.

use std::{collections::BTreeSet, fmt::Write as _};

use hardstop_core::{
    event::RunResult,
    ids::StepId,
    run::{RunState, StepState},
    time::Timestamp,
    view::{reasons, step_word, waiting},
};
use hardstop_runbook::scenario::{
    Complaint, EventPattern, ExpectedResult, Place, StepPattern, When,
};

use super::{
    golden::offset,
    pattern::{fits, full},
    seen::Seen,
    stage::Stage,
};

/// How many events are told when another was expected.
const TOLD: usize = 4;

/// Adds to the complaints of `stage` whatever did not come true. If something kept the rehearsal
/// from going on, that is all there is to say.
pub(super) fn judge(stage: &mut Stage<'_>, golden: Option<&str>, happened: &str) {
    if stage.is_stuck || stage.runs.is_empty() {
        return;
    }
    let mut complaints = Vec::new();
    let judge = Judge { stage, complaints: &mut complaints };
    judge.all(golden, happened);
    stage.complaints.extend(complaints);
}

struct Judge<'a, 's> {
    stage: &'a Stage<'s>,
    complaints: &'a mut Vec<Complaint>,
}

impl Judge<'_, '_> {
    fn all(mut self, golden: Option<&str>, happened: &str) {
        let expect = &self.stage.scenario.expect;
        self.result();
        self.took();
        self.deeds();
        self.refusals();
        self.events();
        for never in &expect.never {
            if let Some(seen) = self.stage.seen.iter().find(|seen| is_like(never, seen)) {
                let message = format!("{} happens", in_words(never));
                self.complain("scenario::never", &never.place, message, Some(self.told(seen)));
            }
        }
        for step in &expect.steps {
            self.steps(step);
        }
        self.open_items();
        self.waiting_for();
        self.golden(golden, happened);
    }

    fn state(&self) -> &RunState {
        self.stage.runs[0].state()
    }

    fn complain(
        &mut self,
        code: &'static str,
        place: &Place,
        message: String,
        help: Option<String>,
    ) {
        self.complaints.push(Complaint { code, place: place.clone(), message, help });
    }

    fn result(&mut self) {
        let (expected, place) = &self.stage.scenario.expect.result;
        let ended = self.stage.result();
        let is_as_expected = match expected {
            ExpectedResult::Closed(result) => ended == Some(*result),
            ExpectedResult::Waiting => ended.is_none(),
        };
        if is_as_expected {
            return;
        }
        let at = self.offset(self.stage.now.wall);
        let (message, help) = if let Some(result) = ended {
            (format!("the run ends as {result}, at {at}"), self.why_so(result))
        } else {
            let waits = reasons(self.state(), self.stage.now.wall);
            (format!("the run does not end: nothing more happens after {at}"), waits.join("; "))
        };
        let help = Some(help).filter(|help| !help.is_empty());
        self.complain("scenario::result", place, message, help);
    }

    /// What came before an end that nobody expected.
    fn why_so(&self, result: RunResult) -> String {
        if result == RunResult::Succeeded {
            return String::new();
        }
        let failures: Vec<String> = self
            .stage
            .seen
            .iter()
            .filter(|seen| {
                matches!(seen.kind.as_str(), "step.failed" | "run.abort_requested" | "step.skipped")
            })
            .map(|seen| self.told(seen))
            .collect();
        let from = failures.len().saturating_sub(TOLD);
        failures[from..].join("; ")
    }

    fn took(&mut self) {
        let Some((took, place)) = &self.stage.scenario.expect.took else { return };
        let span = self.stage.now.wall.since(self.stage.scenario.start);
        if span < took.min || span > took.max {
            let last = self.stage.seen.last().map(|seen| self.told(seen));
            self.complain("scenario::took", place, format!("it takes {}", exact(span.0)), last);
        }
    }

    fn deeds(&mut self) {
        for (deed, done) in self.stage.scenario.deeds.iter().zip(&self.stage.deeds.done) {
            if *done {
                continue;
            }
            let at = self.offset(self.stage.now.wall);
            let message = match deed.when {
                When::At(_) => format!("this is never done: the rehearsal is over at {at}"),
                When::Turn(_) => format!("this is never done: until {at} its turn does not come"),
                When::Point { .. } => {
                    format!("this is never done: until {at} that does not happen")
                }
            };
            self.complain("scenario::deed", &deed.place, message, None);
        }
    }

    fn refusals(&mut self) {
        let stage = self.stage;
        let mut expected = BTreeSet::new();
        for refused in &stage.refused {
            let fits = stage.scenario.expect.refused.iter().position(|wanted| {
                wanted.by == refused.account
                    && wanted.step.as_ref().is_none_or(|step| Some(step) == refused.step.as_ref())
                    && wanted.because.as_ref().is_none_or(|part| refused.reason.contains(part))
            });
            match (fits, &refused.deed) {
                (Some(fits), _) => drop(expected.insert(fits)),
                (None, Some(place)) => {
                    let message = format!("this is refused: {}", refused.reason);
                    let help = "mend it, or say so under `expect.refused`".to_owned();
                    self.complain("scenario::refused", place, message, Some(help));
                }
                (None, None) => {}
            }
        }
        for (index, wanted) in stage.scenario.expect.refused.iter().enumerate() {
            if !expected.contains(&index) {
                let all: Vec<String> = stage
                    .refused
                    .iter()
                    .filter(|refused| refused.account == wanted.by)
                    .map(|refused| refused.reason.clone())
                    .collect();
                let help = (!all.is_empty()).then(|| format!("refused is: {}", all.join("; ")));
                let message = "nothing like this is refused".to_owned();
                self.complain("scenario::refused", &wanted.place, message, help);
            }
        }
    }

    /// Each event comes after the one before it.
    fn events(&mut self) {
        let stage = self.stage;
        let mut from = 0;
        for wanted in &stage.scenario.expect.events {
            let found = stage.seen[from..].iter().position(|seen| is_like(wanted, seen));
            if let Some(found) = found {
                from += found + 1;
                continue;
            }
            let message = format!("{} does not happen", in_words(wanted));
            let message = match from.checked_sub(1) {
                Some(last) => format!("{message} after {}", self.offset(stage.seen[last].at)),
                None => message,
            };
            let help = self.instead(wanted, from);
            self.complain("scenario::event", &wanted.place, message, Some(help));
        }
    }

    /// What happened instead of an event: the same at another time, else what is near.
    fn instead(&self, wanted: &EventPattern, from: usize) -> String {
        let alike = |seen: &&Seen| {
            seen.kind == wanted.kind
                && wanted.step.as_ref().is_none_or(|step| step_fits(step, seen))
        };
        let seen = &self.stage.seen;
        let others: Vec<String> =
            seen.iter().filter(alike).take(TOLD).map(|seen| self.told(seen)).collect();
        if !others.is_empty() {
            return format!("alike is: {}", others.join("; "));
        }
        let of_step = |seen: &&Seen| wanted.step.as_ref().is_some_and(|it| step_fits(it, seen));
        let others: Vec<String> =
            seen.iter().filter(of_step).take(TOLD).map(|seen| self.told(seen)).collect();
        if !others.is_empty() {
            return format!("of that step there is: {}", others.join("; "));
        }
        let near = match wanted.at {
            Some(at) => seen.iter().position(|seen| seen.at >= at).unwrap_or(seen.len()),
            None => from,
        };
        let first = near.saturating_sub(TOLD / 2);
        let last = (first + TOLD).min(seen.len());
        let near: Vec<String> = seen[first..last].iter().map(|seen| self.told(seen)).collect();
        format!("around then: {}", near.join("; "))
    }

    fn steps(&mut self, wanted: &StepPattern) {
        let stage = self.stage;
        let mut known: BTreeSet<(Vec<StepId>, StepId)> = BTreeSet::new();
        for run in &stage.runs {
            known.extend(run.state().steps().map(|it| (run.within.clone(), it.id.clone())));
        }
        let mut is_known = false;
        for (within, step) in known {
            let address = full(&within, step.as_str());
            if fits(&wanted.pattern, &address) {
                is_known = true;
                let Some(run) = stage.run_of(&within) else { continue };
                self.step(wanted, stage.runs[run].state(), &address, &step);
            }
        }
        if !is_known {
            let message = format!("there is no step `{}`", wanted.pattern);
            self.complain("scenario::step", &wanted.place, message, None);
        }
    }

    fn step(&mut self, wanted: &StepPattern, state: &RunState, address: &str, step: &StepId) {
        let Some(stands) = state.step(step) else { return };
        let word = step_word(state, stands);
        // An approval that was given did succeed.
        let is_approved = matches!(stands, StepState::Approved { .. });
        let last = self.stage.seen.iter().rev().find(|it| it.step.as_deref() == Some(address));
        let last = last.map(|seen| self.told(seen));
        if let Some(expected) = &wanted.state
            && expected != word
            && !(is_approved && expected == "succeeded")
        {
            let message = format!("`{address}` is {word}, not {expected}");
            self.complain("scenario::step", &wanted.place, message, last.clone());
        }
        let begun = |seen: &&Seen| seen.begins() && seen.step.as_deref() == Some(address);
        let attempts = self.stage.seen.iter().filter(begun).count();
        if let Some(expected) = wanted.attempts
            && usize::try_from(expected) != Ok(attempts)
        {
            let message = format!("`{address}` is begun {attempts} times, not {expected}");
            self.complain("scenario::step", &wanted.place, message, last);
        }
        let outputs = state.outputs(step);
        for (name, expected) in &wanted.outputs {
            let value = outputs.and_then(|outputs| outputs.get(name));
            if value != Some(expected) {
                let is = value.map_or("nothing".to_owned(), |value| format!("`{value}`"));
                let message =
                    format!("the output `{name}` of `{address}` is {is}, not `{expected}`");
                self.complain("scenario::step", &wanted.place, message, None);
            }
        }
    }

    fn open_items(&mut self) {
        let Some((wanted, place)) = &self.stage.scenario.expect.open_items else { return };
        let open: BTreeSet<String> =
            self.state().open_items().iter().map(|item| item.step().to_string()).collect();
        let wanted: BTreeSet<String> = wanted.iter().cloned().collect();
        if open != wanted {
            let open: Vec<String> = open.into_iter().collect();
            let open = if open.is_empty() { "nothing".to_owned() } else { open.join(", ") };
            self.complain("scenario::open-items", place, format!("open is: {open}"), None);
        }
    }

    fn waiting_for(&mut self) {
        let stage = self.stage;
        let Some((wanted, place)) = &stage.scenario.expect.waiting_for else { return };
        let state = self.state();
        let steps = waiting(state).into_iter().map(|open| open.step.map(|step| step.to_string()));
        let all: Vec<(Option<String>, String)> =
            steps.zip(reasons(state, stage.now.wall)).collect();
        let is_met = |wanted: &hardstop_runbook::scenario::Waits,
                      open: &(Option<String>, String)| {
            wanted.step == open.0 && wanted.why.as_ref().is_none_or(|why| open.1.contains(why))
        };
        let told: Vec<&str> = all.iter().map(|(_, why)| why.as_str()).collect();
        let help =
            if told.is_empty() { "it waits for nothing".to_owned() } else { told.join("; ") };
        for waits in wanted {
            if !all.iter().any(|open| is_met(waits, open)) {
                let message = "the run does not wait for this".to_owned();
                self.complain("scenario::waiting", &waits.place, message, Some(help.clone()));
            }
        }
        let others = all.iter().filter(|open| !wanted.iter().any(|waits| is_met(waits, open)));
        let others: Vec<String> = others.map(|(_, why)| why.clone()).collect();
        if !others.is_empty() {
            let message = "the run waits for more than this".to_owned();
            self.complain("scenario::waiting", place, message, Some(others.join("; ")));
        }
    }

    fn golden(&mut self, golden: Option<&str>, happened: &str) {
        let Some((name, place)) = &self.stage.scenario.golden else { return };
        let bless = "`hardstop simulate --bless` writes what happens now".to_owned();
        let Some(golden) = golden else {
            let message = format!("there is no file `{name}`");
            return self.complain("scenario::golden", place, message, Some(bless));
        };
        let (mut is, mut was) = (happened.lines(), golden.lines());
        for line in 1.. {
            match (is.next(), was.next()) {
                (None, None) => return,
                (is, was) if is == was => {}
                (is, was) => {
                    let message = format!("line {line} of `{name}` is no longer what happens");
                    let end = "nothing more";
                    let help =
                        format!("was: {}\nis:  {}\n{bless}", was.unwrap_or(end), is.unwrap_or(end));
                    return self.complain("scenario::golden", place, message, Some(help));
                }
            }
        }
    }

    fn offset(&self, at: Timestamp) -> String {
        offset(at, self.stage.scenario.start)
    }

    fn told(&self, seen: &Seen) -> String {
        let at = self.offset(seen.at);
        let step = seen.step.as_ref().map(|step| format!(" {step}")).unwrap_or_default();
        format!("{at} {}{step}", seen.kind)
    }
}

fn is_like(wanted: &EventPattern, seen: &Seen) -> bool {
    seen.kind == wanted.kind
        && wanted.at.is_none_or(|at| at == seen.at)
        && wanted.step.as_ref().is_none_or(|step| step_fits(step, seen))
        && wanted.by.as_ref().is_none_or(|by| seen.account() == Some(by))
        && wanted.with.iter().all(|(name, value)| {
            let is = seen.event.get(name);
            is.is_some_and(|is| serde_json::to_value(value).is_ok_and(|value| value == *is))
        })
}

fn step_fits(pattern: &str, seen: &Seen) -> bool {
    seen.step.as_ref().is_some_and(|step| fits(pattern, step))
}

fn in_words(wanted: &EventPattern) -> String {
    let step = wanted.step.as_ref().map(|step| format!(" of `{step}`")).unwrap_or_default();
    format!("`{}`{step}", wanted.kind)
}

/// A span as scenarios write it, to the millisecond: `4h25m`.
fn exact(mut ms: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let mut text = String::new();
    for (size, unit) in UNITS {
        if ms >= size {
            // Writing to a String cannot fail.
            let _ = write!(text, "{}{unit}", ms / size);
            ms %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}
