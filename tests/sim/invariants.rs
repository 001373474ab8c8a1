//! What must hold whatever happens, each by its name.
//!
//! Looked at after every turn of every driver, and after every crash: from the journal's bytes,
//! the other files on disk, and the record of what workers really did. Nothing here asks the core
//! what it would decide.

use std::collections::BTreeMap;

use hardstop_core::{
    calendar::{Rule, When},
    effect::Effect,
    event::{Artifact, Entry, Event, Found, RunResult, Work},
    ids::{Digest, StepId},
    model::{AnchorPoint, AttemptRule, Delay, StepKind, Until},
    run::{Ending, RunState, StepState, outstanding},
    time::Millis,
    view::{Need, Waiting, waiting},
};
use hardstop_engine::driver::Stop;
use hardstop_evidence::{digest, layout};
use hardstop_ports::journal::RunFiles;

use crate::{
    gates,
    ledger::{Ledger, Told, is_done, is_start, is_work},
    oracle::{Life, Stand},
    place::{Ended, Performance},
    world::{World, whole_millis},
};

/// What is broken, in words.
pub(crate) type Checked = Result<(), String>;

/// Held against each event as it is found on disk, before it is folded.
pub(crate) const OF_EACH_EVENT: [fn(&Ledger, &World, &Told) -> Checked; 14] = [
    the_end_is_the_end,
    nothing_goes_on_after_the_end,
    nothing_starts_before_its_turn,
    an_unknown_is_not_repeated_without_a_person,
    an_attempt_has_a_number_of_its_own,
    gates::no_gated_step_starts_without_its_yeses,
    gates::no_glass_is_broken_by_one,
    a_hard_stop_holds_for_its_span,
    no_work_starts_in_a_closed_window,
    success_is_real,
    what_follows_evidence_waits_until_it_is_committed,
    what_an_event_names_is_on_disk,
    what_was_altered_is_made_good,
    a_result_is_earned,
];

pub(crate) fn the_journal_only_grows(ledger: &Ledger, journal: &[u8]) -> Checked {
    hold(journal.starts_with(&ledger.journal), || {
        format!(
            "it had {} bytes, and its first {} are others now",
            ledger.journal.len(),
            journal.len()
        )
    })
}

pub(crate) fn what_was_acknowledged_is_kept(ledger: &Ledger, journal: &[u8]) -> Checked {
    let known = ledger.place.kept();
    hold(journal.starts_with(&known.acknowledged), || {
        let (kept, promised) = (journal.len(), known.acknowledged.len());
        format!("{promised} bytes of journal were acknowledged, and {kept} are there")
    })
}

pub(crate) fn each_line_continues_the_chain(ledger: &Ledger, line: &[u8]) -> Result<Entry, String> {
    let entry: Entry = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let next = ledger.told.len() as u64;
    let epoch = ledger.told.last().map(|told| told.entry.epoch);
    let lease = matches!(entry.event, Event::LeaseAcquired { .. });
    let same_lease =
        epoch.is_none_or(|epoch| if lease { entry.epoch > epoch } else { entry.epoch == epoch });
    hold(entry.seq == next && entry.prev == ledger.head && entry.run == ledger.run, || {
        format!("line {next} does not follow: {entry:?}")
    })?;
    hold(same_lease, || format!("line {next} is written under another lease: {entry:?}"))?;
    Ok(entry)
}

fn the_end_is_the_end(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let closed = ledger.told.last().map(|last| &last.entry.event);
    hold(!matches!(closed, Some(Event::RunClosed { .. })), || {
        format!("something happens after the end: {:?}", told.entry.event)
    })
}

fn nothing_goes_on_after_the_end(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let Event::RunClosed { .. } = told.entry.event else { return Ok(()) };
    let kept = ledger.place.kept();
    let polls = |id: &StepId| ledger.oracle.step(id).kind.poll().is_some();
    let left = kept.performances.iter().find(|it| it.ended.is_none() && !polls(&it.step));
    hold(left.is_none(), || format!("the run is over, and this goes on: {left:?}"))
}

fn nothing_starts_before_its_turn(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let event = &told.entry.event;
    match event {
        Event::RemedyStarted { step, steps } => ledger.oracle.may_remedy(step, steps),
        // An attempt after a failed one: its turn had come.
        Event::AttemptStarted { step, .. } | Event::CallStarted { step, .. }
            if ledger.oracle.stand(step) == Stand::Busy =>
        {
            Ok(())
        }
        _ => match event.step().filter(|_| is_start(event)) {
            Some(id) => ledger.oracle.may_start(id),
            None => Ok(()),
        },
    }
}

fn an_unknown_is_not_repeated_without_a_person(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let event = &told.entry.event;
    let Some(id) = event.step() else { return Ok(()) };
    let idempotent = match &ledger.oracle.step(id).kind {
        StepKind::Run(run) => run.idempotent || run.until.is_some(),
        StepKind::Uses(uses) => uses.idempotent || uses.until.is_some(),
        _ => true,
    };
    let unknown = is_work(event) && ledger.oracle.stand(id) == Stand::Unknown;
    let again = matches!(
        event,
        Event::AttemptLost { again: true, .. }
            | Event::CallProbed { found: Found::CannotTell { again: true, .. }, .. }
    );
    hold(!unknown && (idempotent || !again), || {
        format!("nobody knows whether `{id}` was done, and it is started again")
    })
}

fn an_attempt_has_a_number_of_its_own(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let number = |event: &Event| match event {
        Event::AttemptStarted { attempt, .. }
        | Event::CallStarted { attempt, .. }
        | Event::ChildStarted { attempt, .. } => Some(*attempt),
        _ => None,
    };
    let event = &told.entry.event;
    let (Some(id), Some(attempt)) = (event.step(), number(event)) else { return Ok(()) };
    let last = ledger.of(id).rev().find_map(|told| number(&told.entry.event));
    hold(last.is_none_or(|last| attempt > last), || {
        format!("attempt {attempt} of `{id}` starts after {last:?}")
    })
}

/// By the world's own clock, whatever the wall clock was made to show.
fn a_hard_stop_holds_for_its_span(ledger: &Ledger, world: &World, told: &Told) -> Checked {
    let Event::HardStopElapsed { step: id } = &told.entry.event else { return Ok(()) };
    // By the commit in force: a newer one may have mended what it counts from.
    let step = ledger.fold.template(id);
    let Some(StepKind::HardStop(stop)) = step.map(|step| &step.kind) else {
        return Err(format!("`{id}` is not a hard stop"));
    };
    let Until::After { span, .. } = &stop.until else { return Ok(()) };
    let Some(from) = counted_from(ledger, id, stop)? else { return Ok(()) };
    let passed = whole_millis(told.true_time.saturating_sub(from.true_time));
    // Across a restart of the machine there is only the wall clock, which may have drifted, and
    // nobody can tell a clock set in between from time that the machine was off.
    let same_boot = from.entry.at.boot == told.entry.at.boot;
    let drift = if same_boot { 0 } else { whole_millis(world.facts().drift).0 };
    let since = ledger.told.iter().filter(|it| it.entry.seq >= from.entry.seq);
    let since: Vec<&Told> = since.chain([told]).collect();
    let unseen: u64 = since.windows(2).map(|gap| set_across_boots(gap[0], gap[1])).sum();
    let slack = hardstop_core::limits::CLOCK_READING_GAP.0 + drift + unseen;
    hold(passed.0 + slack >= span.0, || {
        format!("`{id}` must hold for {span}, and was over after {passed}")
    })
}

/// By how many milliseconds the wall clock was set ahead between two events of different boots.
fn set_across_boots(before: &Told, after: &Told) -> u64 {
    if before.entry.at.boot == after.entry.at.boot {
        return 0;
    }
    let shown = after.entry.at.wall.since(before.entry.at.wall).0;
    shown.saturating_sub(whole_millis(after.true_time.saturating_sub(before.true_time)).0)
}

/// What a hard stop counts from; `None` if that is one of many attempts at some of the items,
/// which are told apart in `tests/core`.
fn counted_from<'l>(
    ledger: &'l Ledger,
    id: &StepId,
    stop: &Delay,
) -> Result<Option<&'l Told>, String> {
    let is_it = |told: &Told| match &told.entry.event {
        Event::HardStopStarted { step, .. } | Event::DelayMoved { step, .. } => step == id,
        _ => false,
    };
    let place = ledger.told.iter().rposition(is_it);
    let place = place.ok_or_else(|| format!("`{id}` is over and was never started"))?;
    let Until::After { since: Some(anchor), .. } = &stop.until else {
        return Ok(Some(&ledger.told[place]));
    };
    let before = &ledger.told[..place];
    let partial = |told: &Told| match &told.entry.event {
        Event::StepRerun { impact, .. } | Event::StepSentBack { impact, .. } => impact.partial,
        _ => false,
    };
    let composite = ledger.told.iter().any(|told| {
        let part = |other: &StepId| ledger.oracle.parent(other);
        let step = told.entry.event.step();
        step.is_some_and(|step| {
            let line = std::iter::successors(part(step), |id| part(id));
            line.into_iter().any(|above| above == anchor.step)
        })
    });
    if before.iter().any(partial)
        || composite && (stop.continuous || stop.attempt == AttemptRule::Latest)
    {
        return Ok(None);
    }
    let is_anchor = |told: &&Told| {
        let event = &told.entry.event;
        event.step() == Some(&anchor.step)
            && match anchor.point {
                AnchorPoint::Started => is_start(event),
                AnchorPoint::Finished => {
                    is_done(event) || matches!(event, Event::GateSatisfied { .. })
                }
                AnchorPoint::Approved => matches!(event, Event::GateSatisfied { .. }),
            }
    };
    let mut all = before.iter().filter(is_anchor);
    let first = stop.attempt == AttemptRule::First && anchor.point == AnchorPoint::Started;
    let found = if first { all.next() } else { all.next_back() };
    found.map(Some).ok_or_else(|| format!("`{id}` counts from what never happened: {anchor:?}"))
}

/// Only windows between two instants are looked at here; hours of a week are tried in
/// `tests/core`.
fn no_work_starts_in_a_closed_window(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let event = &told.entry.event;
    let works = is_work(event) && !matches!(event, Event::ChecklistOpened { .. });
    let Some(id) = event.step().filter(|_| works && ledger.oracle.life == Life::Forward) else {
        return Ok(());
    };
    let now = told.entry.at.wall;
    let takes = match &ledger.oracle.step(id).kind {
        StepKind::Run(run) => run.timeout,
        StepKind::Uses(uses) => uses.timeout,
        _ => Millis(0),
    };
    let ends = now.plus(takes);
    let about = ledger.plan.windows.iter().filter(|planned| planned.applies_to.is_empty());
    for planned in about {
        let When::Between(span) = &planned.window.when else { continue };
        let denied = planned.window.rule == Rule::Deny
            && (span.holds(now)
                || planned.window.overrun == Rule::Deny && now < span.from && span.from < ends);
        hold(!denied, || format!("`{id}` starts at {now}, within {span:?}"))?;
    }
    Ok(())
}

/// A step that succeeded by work was really done, by the very attempt that counts.
fn success_is_real(ledger: &Ledger, world: &World, told: &Told) -> Checked {
    let Event::StepSucceeded { step: id, attempt, .. } = &told.entry.event else { return Ok(()) };
    if ledger.oracle.is_fan(id) {
        return Ok(());
    }
    let done = match &ledger.oracle.step(id).kind {
        StepKind::Run(_) | StepKind::Uses(_) => {
            ledger.place.kept().performances.iter().any(|performance| {
                performance.step == *id
                    && performance.attempt == *attempt
                    && performance.ended == Some(Ended::Done)
            })
        }
        StepKind::Runbook(_) => {
            let child = ledger.of(id).rev().find_map(|told| match &told.entry.event {
                Event::ChildStarted { child, .. } => Some(child.run.clone()),
                _ => None,
            });
            let place = child.and_then(|child| world.place(&child));
            place.is_some_and(|place| {
                let last = place.journal();
                let last = last.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
                let last = last.and_then(|line| serde_json::from_slice::<Entry>(line).ok());
                let event = last.map(|entry| entry.event);
                matches!(event, Some(Event::RunClosed { result: RunResult::Succeeded, .. }))
            })
        }
        _ => true,
    };
    hold(done, || format!("attempt {attempt} of `{id}` was never done"))
}

/// Nothing starts after a step that must leave evidence before the branch holds that: which came
/// first is plain from the branch alone.
fn what_follows_evidence_waits_until_it_is_committed(
    ledger: &Ledger,
    _: &World,
    told: &Told,
) -> Checked {
    if !is_start(&told.entry.event) {
        return Ok(());
    }
    let leaves = |told: &&Told| {
        let event = &told.entry.event;
        let ends = matches!(event, Event::StepSucceeded { .. } | Event::StepAttested { .. });
        let step = event.step().filter(|_| ends).map(|id| ledger.oracle.step(id));
        step.is_some_and(|step| {
            let items = if let StepKind::Checklist(it) = &step.kind { &it.items[..] } else { &[] };
            step.evidence.iter().any(|file| file.required) || items.iter().any(|it| it.evidence)
        })
    };
    let last = ledger.told.iter().rev().find(leaves);
    hold(last.is_none_or(|last| last.end <= told.evidence), || {
        format!(
            "{:?} before the evidence of {:?} is committed",
            told.entry.event,
            last.map(|it| &it.entry.event)
        )
    })
}

fn what_an_event_names_is_on_disk(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let on_disk = |path: &str, wanted: &Digest| {
        let found = ledger.place.disk.read(path).map(|bytes| digest(&bytes));
        hold(found.as_ref().is_ok_and(|found| found == wanted), || {
            format!("{path} is not what {:?} says", told.entry.event)
        })
    };
    let all = |artifacts: &[Artifact]| {
        artifacts.iter().try_for_each(|artifact| on_disk(&artifact.path, &artifact.digest))
    };
    match &told.entry.event {
        Event::AttemptFailed { artifacts, .. }
        | Event::AttemptProbed { artifacts, .. }
        | Event::CallPending { artifacts, .. }
        | Event::CallProbed { artifacts, .. }
        | Event::StepSucceeded { artifacts, .. }
        | Event::StepAttested { artifacts, .. }
        | Event::AttestationOffered { artifacts, .. } => all(artifacts),
        Event::ItemTicked { artifact, .. } => all(artifact.as_slice()),
        Event::GateReached { step, request, digest, .. } => {
            on_disk(&layout::request(step, *request), digest)
        }
        Event::PolicyLoaded { version, digest, .. } => {
            on_disk(&layout::later_policy(*version), digest)
                .or_else(|_| on_disk(layout::POLICY, digest))
        }
        Event::RunRebased { plan, .. } => on_disk(&layout::later_plan(plan), plan),
        _ => Ok(()),
    }
}

/// What was set is set back and what was done is taken back, in reverse, or a person said that it
/// is to stay so; and `finally` has run.
fn what_was_altered_is_made_good(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let cut = |result: &RunResult| matches!(result, RunResult::Failed | RunResult::Aborted);
    match &told.entry.event {
        Event::BackoutStarted { result, steps } => ledger.oracle.backs_out_all(steps, cut(result)),
        Event::RunEnding { result } if ledger.oracle.life == Life::Forward => {
            ledger.oracle.backs_out_all(&[], cut(result))
        }
        Event::RunClosed { result, .. } => {
            let finally = ledger.plan.phases.iter().filter(|phase| phase.finally);
            let top = finally.flat_map(|phase| &phase.steps).filter(|step| step.within.is_none());
            let mut top = top.filter(|step| !step.backout);
            let undone = top.find(|step| !ledger.oracle.is_passed(&step.id));
            hold(ledger.oracle.life == Life::Finally && undone.is_none(), || {
                format!("the run is over without `finally`: {:?}", undone.map(|step| &step.id))
            })?;
            ledger.oracle.nothing_is_left_altered(cut(result))
        }
        _ => Ok(()),
    }
}

/// Skipped, failed and unknown are never success.
fn a_result_is_earned(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let Event::RunClosed { result: RunResult::Succeeded, .. } = &told.entry.event else {
        return Ok(());
    };
    let top = ledger.plan.phases.iter().filter(|phase| !phase.on_abort);
    let top = top.flat_map(|phase| &phase.steps);
    for step in top.filter(|step| step.within.is_none() && !step.backout) {
        hold(ledger.oracle.is_settled(&step.id), || {
            format!("the run succeeded with `{}` at {:?}", step.id, ledger.oracle.stand(&step.id))
        })?;
    }
    for (id, stand) in ledger.oracle.known() {
        let is_wait = matches!(ledger.oracle.step(id).kind, StepKind::Wait(_));
        hold(stand != Stand::Skipped(true) || is_wait, || {
            format!("the run succeeded, and `{id}` was left undone")
        })?;
    }
    let done = ledger.oracle.known().any(|(_, stand)| stand == Stand::Done);
    hold(done, || "the run succeeded and nothing was done".to_owned())
}

/// No side effect before its attempt is on disk, none twice unless it is asked again and again,
/// none after its step is done, and no two of one step at once.
pub(crate) fn effects_follow_the_journal(ledger: &mut Ledger) -> Checked {
    let kept = ledger.place.kept();
    let (old, new) = kept.performances.split_at(ledger.performed);
    for (place, performance) in new.iter().enumerate() {
        let (id, attempt) = (&performance.step, performance.attempt);
        let known = || ledger.of(id).filter(|told| told.end <= performance.journal_bytes);
        let started = known().any(|told| match &told.entry.event {
            Event::AttemptStarted { attempt: started, .. }
            | Event::CallStarted { attempt: started, .. } => *started == attempt,
            _ => false,
        });
        hold(started, || format!("attempt {attempt} of `{id}` is under way and not on disk"))?;
        let mut before = old.iter().chain(&new[..place]).filter(|other| other.step == *id);
        let polls = ledger.oracle.step(id).kind.poll().is_some();
        // What never happened may be begun again under the same number.
        let happened =
            |other: &Performance| other.attempt == attempt && other.ended != Some(Ended::Gone);
        hold(polls || !before.clone().any(happened), || {
            format!("attempt {attempt} of `{id}` twice")
        })?;
        // What is asked until it holds only looks, so one may be left behind.
        hold(polls || before.all(|other| other.ended.is_some()), || {
            format!("two attempts of `{id}` at once")
        })?;
        let over = known().rev().find_map(|told| match &told.entry.event {
            Event::StepSucceeded { attempt: over, .. }
            | Event::AttemptFailed { attempt: over, .. }
            | Event::AttemptLost { attempt: over, .. } => (*over == attempt).then_some(true),
            Event::CallProbed { attempt: sought, found: Found::NotStarted, .. } => {
                (*sought == attempt).then_some(false)
            }
            _ => None,
        });
        let over = over == Some(true);
        hold(!over, || format!("attempt {attempt} of `{id}` is over, and it is performed"))?;
    }
    let performed = kept.performances.len();
    drop(kept);
    ledger.performed = performed;
    Ok(())
}

pub(crate) fn evidence_is_a_prefix_of_the_journal(ledger: &Ledger, world: &World) -> Checked {
    let kept = world.evidence.file(&ledger.run, layout::JOURNAL).unwrap_or_default();
    hold(ledger.journal.starts_with(&kept), || "evidence tells another story".to_owned())
}

pub(crate) fn the_fold_is_the_state(ledger: &Ledger, driver: &RunState) -> Checked {
    let (fold, state) = (&ledger.fold, driver);
    let same_run = (fold.next_seq(), fold.epoch(), fold.last(), fold.policy(), fold.ending())
        == (state.next_seq(), state.epoch(), state.last(), state.policy(), state.ending())
        && (fold.hold(), fold.clock_held(), fold.evidence_blocked(), fold.abort())
            == (state.hold(), state.clock_held(), state.evidence_blocked(), state.abort())
        && (fold.checkpoint(), fold.evidence_due()) == (state.checkpoint(), state.evidence_due());
    let differs = fold.steps().zip(state.steps()).find(|(one, other)| {
        let id = one.id;
        (id, one.state) != (other.id, other.state)
            || fold.times(id) != state.times(id)
            || fold.artifacts(id) != state.artifacts(id)
            || fold.attestation(id) != state.attestation(id)
            || fold.locks(id) != state.locks(id)
            || fold.closed(id) != state.closed(id)
            || fold.outputs(id) != state.outputs(id)
    });
    hold(same_run && differs.is_none() && fold.open_items() == state.open_items(), || {
        format!("the journal says {:?}, the driver differs", differs.map(|(fold, _)| fold.id))
    })?;
    let work = |state| outstanding(state).collect::<Vec<_>>();
    hold(work(fold) == work(state), || "journal and driver want different work".to_owned())
}

/// A run that is not over moves by itself, or says which person can move it.
pub(crate) fn nothing_is_stuck_in_silence(state: &RunState) -> Checked {
    let over = matches!(state.ending(), Ending::Closed(_));
    // What is held already moves nothing.
    let moving = outstanding(state).any(|effect| match effect {
        Effect::Lock { step: Some(step), .. } => state.locks(&step).is_some_and(|(_, held)| !held),
        Effect::Lock { step: None, .. } => state.group().is_some_and(|(_, held)| !held),
        _ => true,
    });
    // A run that is to end asks its child to, and waits: people are asked there.
    let moving = moving
        || state
            .active()
            .any(|placed| matches!(placed.state, StepState::Running { work: Work::Child(_), .. }));
    let asked =
        waiting(state).iter().any(|open| open.is_for_people() && !open.commands("r").is_empty());
    let states: BTreeMap<&StepId, &StepState> =
        state.active().map(|step| (step.id, step.state)).collect();
    hold(over || moving || asked, || format!("nothing moves and nobody is asked: {states:?}"))
}

/// A driver that stops has committed everything, or the run says why it could not.
pub(crate) fn what_stops_is_evidence(ledger: &Ledger, world: &World) -> Checked {
    let kept = world.evidence.file(&ledger.run, layout::JOURNAL);
    let whole = kept.as_ref() == Some(&ledger.journal);
    hold(whole || ledger.fold.evidence_blocked().is_some(), || {
        let kept = kept.map_or(0, |kept| kept.len());
        let all = ledger.journal.len();
        format!("the driver stops, and of {all} bytes of journal {kept} are evidence")
    })
}

/// A driver never says that it waits for nothing.
pub(crate) fn a_stop_is_what_it_says(stop: Stop, state: &RunState) -> Checked {
    let holds = match stop {
        Stop::Closed(result) => state.ending() == Ending::Closed(result),
        Stop::Waiting { next: Some(_) } | Stop::Interrupted => {
            !matches!(state.ending(), Ending::Closed(_))
        }
        Stop::Waiting { next: None } => {
            let others =
                |open: &Waiting| matches!(open.need, Need::Locks { .. } | Need::Turn { .. });
            let child = |step: hardstop_core::run::Placed<'_>| {
                matches!(step.step.kind, StepKind::Runbook(_))
                    && matches!(step.state, StepState::Running { .. })
            };
            state.active().any(child)
                || waiting(state).iter().any(|open| open.is_for_people() || others(open))
        }
    };
    hold(holds, || format!("the driver stopped with {stop:?}, and wants {:?}", waiting(state)))
}

pub(crate) fn hold(holds: bool, broken: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(broken()) }
}
