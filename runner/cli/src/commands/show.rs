//! `hardstop show`.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::{
    calendar::zones_version,
    event::{Entry, Event},
    exit::ExitCode,
    ids::StepId,
    run::{Placed, RunState, StepState},
    view,
};
use hardstop_engine::documents::{sanitise::line, sentence};
use hardstop_runbook::title;

use crate::{
    error::CliError,
    find,
    output::{PhaseView, PinnedView, Printer, RunView, ShowView, StepView, TEXT_MAX},
    read,
    wire::Site,
};

/// Show a run: its phases and steps, answers, approvals, outputs and files.
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The run, by its id or the beginning of it.
    run: String,
}

impl Show {
    /// Prints the run.
    ///
    /// # Errors
    ///
    /// If there is no such run, or it cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let found = find::run(&site, &self.run)?;
        let replayed = read::replayed(&site, &found)?;
        out.answer(&shown(&site, &replayed.snapshot.state, &replayed.entries), in_words)?;
        Ok(ExitCode::Done)
    }
}

fn shown(site: &Site, state: &RunState, entries: &[Entry]) -> ShowView {
    let header = state.header();
    let phases = state.plan().phases.iter().map(|phase| PhaseView {
        phase: phase.id.to_string(),
        title: line(&phase.title, TEXT_MAX),
        steps: state
            .steps()
            .filter(|placed| phase.steps.iter().any(|step| step.id == placed.step.id))
            .map(|placed| step_view(state, placed, entries))
            .collect(),
    });
    ShowView {
        run: RunView::of(site, state),
        commit: header.runbook.commit.clone(),
        digest: header.runbook.digest.to_string(),
        policy_version: state.policy().map_or(header.policy.version, |(version, _)| version),
        zones: header.zones.clone(),
        care: state.claim().map(|(by, note)| {
            let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            line(&format!("{by}{note}"), TEXT_MAX)
        }),
        last_note: state.note().map(|(step, by, text)| {
            let about = step.as_ref().map(|step| format!(" on {step}")).unwrap_or_default();
            line(&format!("{by}{about}: {text}"), TEXT_MAX)
        }),
        initiator: header.initiator.to_string(),
        inputs: state.inputs().0.iter().map(|(k, v)| (k.clone(), v.value.clone())).collect(),
        plugins: PinnedView::of(state.plan()),
        notes: entries
            .iter()
            .filter(|entry| about(&entry.event) == About::Run)
            .map(|entry| line(&sentence(&entry.event), TEXT_MAX))
            .collect(),
        phases: phases.collect(),
    }
}

fn step_view(state: &RunState, placed: Placed<'_>, entries: &[Entry]) -> StepView {
    let Placed { id, step, state: at } = placed;
    let (started, ended) = state.times(id);
    StepView {
        step: id.to_string(),
        title: line(&title(state, id), TEXT_MAX),
        kind: step.kind.name(),
        state: view::step_word(state, at).to_owned(),
        notes: notes(placed, entries),
        started: started.map(|at| at.to_string()),
        ended: ended.map(|at| at.to_string()),
        outputs: state.outputs(id).cloned().unwrap_or_default(),
        artifacts: state.artifacts(id).iter().map(|file| file.path.clone()).collect(),
    }
}

/// What people did about a step, and what went wrong with it.
fn notes(Placed { id, state, .. }: Placed<'_>, entries: &[Entry]) -> Vec<String> {
    let told = entries.iter().filter(|entry| about(&entry.event) == About::Step(id));
    let own = format!("{id}: ");
    let mut notes: Vec<String> = told
        .map(|entry| {
            let told = sentence(&entry.event);
            line(told.strip_prefix(&own).unwrap_or(&told), TEXT_MAX)
        })
        .collect();
    if let StepState::Delaying { due, .. } = state {
        notes.push(format!("until {due}"));
    }
    if let StepState::Backoff { retry_at } = state {
        notes.push(format!("next attempt at {retry_at}"));
    }
    notes
}

/// What an event tells something of that the state does not.
#[derive(Debug, PartialEq, Eq)]
enum About<'e> {
    Step(&'e StepId),
    Run,
    Nothing,
}

fn about(event: &Event) -> About<'_> {
    match event {
        Event::AttemptFailed { step, .. }
        | Event::AttemptLost { step, .. }
        | Event::StepFailed { step, .. }
        | Event::StepSkipped { step, .. }
        | Event::StepRetried { step, .. }
        | Event::StepAttested { step, .. }
        | Event::AttestationOffered { step, .. }
        | Event::ItemTicked { step, .. }
        | Event::ItemReopened { step, .. }
        | Event::GateReached { step, .. }
        | Event::ApprovalAccepted { step, .. }
        | Event::ApprovalRefused { step, .. }
        | Event::ApprovalVoided { step, .. }
        | Event::GateRejected { step, .. }
        | Event::GateExpired { step, .. }
        | Event::AttemptProbed { step, .. }
        | Event::CallPending { step, .. }
        | Event::CallProbed { step, .. }
        | Event::RemedyStarted { step, .. }
        | Event::WindowClosed { step, .. }
        | Event::WindowOverrun { step }
        | Event::StepRerun { step, .. }
        | Event::StepSentBack { step, .. }
        | Event::ApprovalWithdrawn { step, .. }
        | Event::ApprovalLate { step, .. }
        | Event::GateReminded { step, .. }
        | Event::GateEscalated { step, .. }
        | Event::DelayMoved { step, .. }
        | Event::GlassAsked { step, .. }
        | Event::GlassBroken { step, .. }
        | Event::GlassReviewed { step, .. }
        | Event::ChildStarted { step, .. } => About::Step(step),
        Event::ItemWaived { item, .. } => About::Step(item.step()),
        Event::NoteWritten { step, .. } => step.as_ref().map_or(About::Run, About::Step),
        Event::PolicyLoaded { revoked: Some(_), .. }
        | Event::BackoutStarted { .. }
        | Event::RunRebased { .. }
        | Event::RunClaimed { .. }
        | Event::RunHeld { .. }
        | Event::RunLifted { .. }
        | Event::ClockAnomaly { .. }
        | Event::EvidenceBlocked { .. }
        | Event::EvidenceUnblocked {}
        | Event::AbortRequested { .. } => About::Run,
        Event::RunOpened { .. }
        | Event::LeaseAcquired { .. }
        | Event::PolicyLoaded { revoked: None, .. }
        | Event::AttemptStarted { .. }
        | Event::BackoffElapsed { .. }
        | Event::StepSucceeded { .. }
        | Event::ChecklistOpened { .. }
        | Event::GateSatisfied { .. }
        | Event::WaitStarted { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopStarted { .. }
        | Event::HardStopElapsed { .. }
        | Event::CallStarted { .. }
        | Event::ItemsListed { .. }
        | Event::BlockEntered { .. }
        | Event::BlockTurned { .. }
        | Event::LocksRequested { .. }
        | Event::LocksAcquired { .. }
        | Event::LocksReleased { .. }
        | Event::WindowOpened { .. }
        | Event::RunEnding { .. }
        | Event::RunClosed { .. } => About::Nothing,
    }
}

fn in_words(view: &ShowView) -> String {
    let run = &view.run;
    let mut text = format!("run {}: {}\n", run.run, run.status);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {} ({})", run.title, run.path);
    let _ = writeln!(text, "  commit {}{}", view.commit, if run.draft { ", DRAFT" } else { "" });
    let policy = if run.solo { "solo: nobody else had a say" } else { "in force" };
    let _ = writeln!(text, "  policy version {} ({policy})", view.policy_version);
    if let Some(zones) = &view.zones {
        let here = zones_version();
        let other = if zones == here { String::new() } else { format!("; here {here}") };
        let _ = writeln!(text, "  time zones {zones}{other}");
    }
    let _ = writeln!(text, "  opened {} by {}", run.opened, view.initiator);
    let care = view.care.iter().map(|care| format!("in the care of {care}"));
    let note = view.last_note.iter().map(|note| format!("last note by {note}"));
    for told in care.chain(note) {
        let _ = writeln!(text, "  {told}");
    }
    for (name, value) in &view.inputs {
        let _ = writeln!(text, "  input {name} = {}", line(&value.to_string(), TEXT_MAX));
    }
    for plugin in &view.plugins {
        let _ = writeln!(text, "  {plugin}");
    }
    for told in view.notes.iter().chain(&run.why) {
        let _ = writeln!(text, "  {told}");
    }
    for phase in &view.phases {
        let _ = writeln!(text, "\n{}", phase.title);
        for step in &phase.steps {
            let _ = writeln!(text, "  {:11} {} ({})", step.state, step.title, step.step);
            let outputs = step.outputs.iter().map(|(name, value)| format!("{name} = {value}"));
            let files = step.artifacts.iter().map(|path| format!("file {path}"));
            for told in step.notes.iter().cloned().chain(outputs).chain(files) {
                let _ = writeln!(text, "              {}", line(&told, TEXT_MAX));
            }
        }
    }
    for command in &run.next {
        let _ = writeln!(text, "\nnext: {command}");
    }
    text
}
