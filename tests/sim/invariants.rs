//! What must hold whatever happens, each by its name.
//!
//! Looked at after every turn of every driver, and after every crash: from the journal's bytes,
//! the other files on disk, and the record of what workers really did. Nothing here asks the core
//! what it would decide.

use std::collections::BTreeSet;

use hardstop_core::{
    event::{Artifact, Entry, Event, RunResult, SkipReason},
    ids::{AttemptNo, Digest, StepId},
    model::{AnchorPoint, Phase, Run, Step, StepKind, Until},
    run::{Ending, RunState, StepState, outstanding},
    view::{Waiting, waiting},
};
use hardstop_engine::driver::Stop;
use hardstop_evidence::{digest, layout};
use hardstop_ports::journal::RunFiles;

use crate::{
    gates,
    ledger::{Ledger, Told, is_done, is_start},
    world::{Ended, World, whole_millis},
};

/// What is broken, in words.
pub(crate) type Checked = Result<(), String>;

/// Held against each event as it is found on disk, before it is folded.
pub(crate) const OF_EACH_EVENT: [fn(&Ledger, &World, &Told) -> Checked; 10] = [
    the_end_is_the_end,
    what_is_done_is_not_started_again,
    an_unknown_is_not_repeated_without_a_person,
    a_step_has_one_attempt_at_a_time,
    gates::no_gated_step_starts_without_its_yeses,
    a_hard_stop_holds_for_its_span,
    success_is_real,
    what_an_event_names_is_on_disk,
    finally_comes_last,
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

pub(crate) fn what_was_acknowledged_is_kept(world: &World, journal: &[u8]) -> Checked {
    let facts = world.facts();
    hold(journal.starts_with(&facts.acknowledged), || {
        let (kept, promised) = (journal.len(), facts.acknowledged.len());
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

fn what_is_done_is_not_started_again(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let Some(id) = told.entry.event.step() else { return Ok(()) };
    let over = |told: &&Told| {
        is_done(&told.entry.event) || matches!(told.entry.event, Event::StepSkipped { .. })
    };
    let over = ledger.of(id).find(over);
    hold(over.is_none(), || format!("`{id}` was over, and now: {:?}", told.entry.event))
}

fn an_unknown_is_not_repeated_without_a_person(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let Event::AttemptStarted { step: id, .. } = &told.entry.event else { return Ok(()) };
    if run(ledger, id).is_none_or(|run| run.idempotent) {
        return Ok(());
    }
    let last = ledger.of(id).rev().find(|told| {
        matches!(told.entry.event, Event::AttemptLost { .. } | Event::StepRetried { .. })
    });
    hold(!matches!(last.map(|told| &told.entry.event), Some(Event::AttemptLost { .. })), || {
        format!("nobody knows whether `{id}` was done, and it is started again")
    })
}

fn a_step_has_one_attempt_at_a_time(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let Event::AttemptStarted { step: id, attempt, .. } = &told.entry.event else { return Ok(()) };
    let last = ledger.of(id).rev().find_map(|told| match &told.entry.event {
        Event::AttemptStarted { attempt, .. } => Some((*attempt, true)),
        Event::AttemptFailed { attempt, .. } | Event::AttemptLost { attempt, .. } => {
            Some((*attempt, false))
        }
        _ => None,
    });
    hold(last.is_none_or(|(last, open)| !open && *attempt > last), || {
        format!("attempt {attempt} of `{id}` starts after {last:?}")
    })
}

/// By the world's own clock, whatever the wall clock was made to show.
fn a_hard_stop_holds_for_its_span(ledger: &Ledger, world: &World, told: &Told) -> Checked {
    let Event::HardStopElapsed { step: id } = &told.entry.event else { return Ok(()) };
    let Some(Step { kind: StepKind::HardStop(stop), .. }) = ledger.plan.step(id) else {
        return Err(format!("`{id}` is not a hard stop"));
    };
    let Until::After { span, since } = &stop.until else { return Ok(()) };
    let (place, started) = ledger
        .told
        .iter()
        .enumerate()
        .rfind(|(_, told)| matches!(&told.entry.event, Event::HardStopStarted { step, .. } if step == id))
        .ok_or_else(|| format!("`{id}` is over and was never started"))?;
    let from = match since {
        None => started,
        Some(anchor) => ledger.told[..place]
            .iter()
            .rfind(|told| {
                let event = &told.entry.event;
                event.step() == Some(&anchor.step)
                    && match anchor.point {
                        AnchorPoint::Started => is_start(event),
                        AnchorPoint::Finished => {
                            is_done(event) || matches!(event, Event::GateSatisfied { .. })
                        }
                        AnchorPoint::Approved => matches!(event, Event::GateSatisfied { .. }),
                    }
            })
            .ok_or_else(|| format!("`{id}` counts from what never happened: {anchor:?}"))?,
    };
    let passed = whole_millis(told.true_time.saturating_sub(from.true_time));
    // Across a restart of the machine there is only the wall clock, which may have drifted.
    let same_boot = from.entry.at.boot == told.entry.at.boot;
    let drift = if same_boot { 0 } else { whole_millis(world.facts().drift).0 };
    let slack = hardstop_core::limits::CLOCK_READING_GAP.0 + drift;
    hold(passed.0 + slack >= span.0, || {
        format!("`{id}` must hold for {span}, and was over after {passed}")
    })
}

/// A step that succeeded by a command was really done, by the very attempt that counts.
fn success_is_real(ledger: &Ledger, world: &World, told: &Told) -> Checked {
    let Event::StepSucceeded { step: id, attempt, .. } = &told.entry.event else { return Ok(()) };
    if run(ledger, id).is_none() {
        return Ok(());
    }
    let facts = world.facts();
    let did = |ended| {
        facts.performances.iter().any(|performance| {
            performance.step == *id && performance.attempt == *attempt && performance.ended == ended
        })
    };
    hold(did(Some(Ended::Done)), || format!("attempt {attempt} of `{id}` was never done"))
}

fn what_an_event_names_is_on_disk(_: &Ledger, world: &World, told: &Told) -> Checked {
    let on_disk = |path: &str, wanted: &Digest| {
        let found = world.disk.read(path).map(|bytes| digest(&bytes));
        hold(found.as_ref().is_ok_and(|found| found == wanted), || {
            format!("{path} is not what {:?} says", told.entry.event)
        })
    };
    let all = |artifacts: &[Artifact]| {
        artifacts.iter().try_for_each(|artifact| on_disk(&artifact.path, &artifact.digest))
    };
    match &told.entry.event {
        Event::AttemptFailed { artifacts, .. }
        | Event::StepSucceeded { artifacts, .. }
        | Event::StepAttested { artifacts, .. }
        | Event::AttestationOffered { artifacts, .. } => all(artifacts),
        Event::ItemTicked { artifact, .. } => all(artifact.as_slice()),
        Event::GateReached { step, request, digest, .. } => {
            on_disk(&layout::request(step, *request), digest)
        }
        Event::PolicyLoaded { version, digest } => on_disk(&layout::later_policy(*version), digest)
            .or_else(|_| on_disk(layout::POLICY, digest)),
        _ => Ok(()),
    }
}

/// `finally` starts when all else is over, and has run when the run is over.
fn finally_comes_last(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let event = &told.entry.event;
    let ending = ledger.told.iter().any(|told| matches!(told.entry.event, Event::RunEnding { .. }));
    if let Some(id) = event.step().filter(|_| is_start(event)) {
        let late = phase(ledger, id).is_some_and(|phase| phase.finally);
        return hold(late == ending, || format!("`{id}` starts at the wrong end of the run"));
    }
    if !matches!(event, Event::RunClosed { .. }) {
        return Ok(());
    }
    let undone = ledger
        .plan
        .phases
        .iter()
        .filter(|phase| phase.finally)
        .flat_map(|phase| &phase.steps)
        .find(|step| ledger.of(&step.id).next().is_none());
    hold(ending && undone.is_none(), || {
        format!("the run is over without `finally`: {:?}", undone.map(|step| &step.id))
    })
}

/// Skipped, failed and unknown are never success.
fn a_result_is_earned(ledger: &Ledger, _: &World, told: &Told) -> Checked {
    let Event::RunClosed { result: RunResult::Succeeded, .. } = &told.entry.event else {
        return Ok(());
    };
    let mut done = 0;
    for planned in ledger.plan.steps() {
        let last = ledger.of(&planned.id).next_back().map(|told| &told.entry.event);
        match last {
            Some(Event::GateSatisfied { .. }) => done += 1,
            Some(event) if is_done(event) => done += 1,
            Some(Event::StepSkipped { reason: SkipReason::Condition { .. }, .. }) => {}
            Some(Event::StepSkipped { .. }) if matches!(planned.kind, StepKind::Wait(_)) => {}
            other => return Err(format!("the run succeeded with `{}` at {other:?}", planned.id)),
        }
    }
    hold(done > 0, || "the run succeeded and nothing was done".to_owned())
}

/// No side effect before its attempt is on disk, none twice, none after its step is done, and no
/// two of one step at once.
pub(crate) fn effects_follow_the_journal(ledger: &Ledger, world: &World) -> Checked {
    let facts = world.facts();
    let mut tried: BTreeSet<(&StepId, AttemptNo)> = BTreeSet::new();
    let mut open: BTreeSet<&StepId> = BTreeSet::new();
    for performance in &facts.performances {
        let (id, attempt) = (&performance.step, performance.attempt);
        let started = ledger.of(id).any(|told| {
            told.end <= performance.journal_bytes
                && matches!(&told.entry.event, Event::AttemptStarted { attempt: started, .. } if *started == attempt)
        });
        hold(started, || format!("attempt {attempt} of `{id}` is under way and not on disk"))?;
        hold(tried.insert((id, attempt)), || format!("attempt {attempt} of `{id}` twice"))?;
        let done = ledger
            .of(id)
            .any(|told| told.end <= performance.journal_bytes && is_done(&told.entry.event));
        hold(!done, || format!("`{id}` is done, and attempt {attempt} of it is performed"))?;
        let alone = performance.ended.is_some() || open.insert(id);
        hold(alone, || format!("two attempts of `{id}` at once"))?;
    }
    Ok(())
}

pub(crate) fn evidence_is_a_prefix_of_the_journal(ledger: &Ledger, world: &World) -> Checked {
    let files = world.evidence.files(&ledger.run);
    let kept = files.get(layout::JOURNAL).map_or(&[][..], Vec::as_slice);
    hold(ledger.journal.starts_with(kept), || "evidence tells another story".to_owned())
}

pub(crate) fn the_fold_is_the_state(ledger: &Ledger, driver: &RunState) -> Checked {
    let (fold, state) = (&ledger.fold, driver);
    let same_run = (fold.next_seq(), fold.epoch(), fold.last(), fold.policy(), fold.ending())
        == (state.next_seq(), state.epoch(), state.last(), state.policy(), state.ending())
        && (fold.hold(), fold.clock_held(), fold.evidence_blocked(), fold.abort())
            == (state.hold(), state.clock_held(), state.evidence_blocked(), state.abort())
        && fold.checkpoint() == state.checkpoint();
    let differs = fold.steps().zip(state.steps()).find(|((step, one), (_, other))| {
        one != other
            || fold.times(&step.id) != state.times(&step.id)
            || fold.artifacts(&step.id) != state.artifacts(&step.id)
            || fold.attestation(&step.id) != state.attestation(&step.id)
    });
    hold(same_run && differs.is_none(), || {
        format!("the journal says {:?}, the driver differs", differs.map(|(fold, _)| fold))
    })?;
    let work = |state| outstanding(state).collect::<Vec<_>>();
    hold(work(fold) == work(state), || "journal and driver want different work".to_owned())
}

/// A run that is not over moves by itself, or says which person can move it.
pub(crate) fn nothing_is_stuck_in_silence(state: &RunState) -> Checked {
    let over = matches!(state.ending(), Ending::Closed(_));
    let moving = outstanding(state).next().is_some();
    let asked =
        waiting(state).iter().any(|open| open.is_for_people() && !open.commands("r").is_empty());
    let states: Vec<(&StepId, &StepState)> =
        state.steps().map(|(step, state)| (&step.id, state)).collect();
    hold(over || moving || asked, || format!("nothing moves and nobody is asked: {states:?}"))
}

/// A driver that stops has committed everything, or the run says why it could not.
pub(crate) fn what_stops_is_evidence(ledger: &Ledger, world: &World) -> Checked {
    let files = world.evidence.files(&ledger.run);
    let whole = files.get(layout::JOURNAL) == Some(&ledger.journal);
    hold(whole || ledger.fold.evidence_blocked().is_some(), || {
        let kept = files.get(layout::JOURNAL).map_or(0, Vec::len);
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
        Stop::Waiting { next: None } => waiting(state).iter().any(Waiting::is_for_people),
    };
    hold(holds, || format!("the driver stopped with {stop:?}, and wants {:?}", waiting(state)))
}

pub(crate) fn hold(holds: bool, broken: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(broken()) }
}

fn run<'l>(ledger: &'l Ledger, id: &StepId) -> Option<&'l Run> {
    match &ledger.plan.step(id)?.kind {
        StepKind::Run(run) => Some(run),
        StepKind::Checklist(_)
        | StepKind::Approval(_)
        | StepKind::Wait(_)
        | StepKind::HardStop(_) => None,
    }
}

fn phase<'l>(ledger: &'l Ledger, id: &StepId) -> Option<&'l Phase> {
    ledger.plan.phases.iter().find(|phase| phase.steps.iter().any(|step| step.id == *id))
}
