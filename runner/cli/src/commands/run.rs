//! `hardstop run`.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::Args;
use hardstop_core::{
    event::RunResult,
    exit::ExitCode,
    ids::RunId,
    policy::{Actor, Channel},
    run::Ending,
    time::{Millis, Timestamp},
};
use hardstop_engine::driver::{Mode, Outside, Stop};
use hardstop_journal::{FileRun, OpenError};
use tokio::sync::mpsc;

use super::{
    span,
    triggers::{self, Keyed},
};
use crate::{
    begin::{self, Draft},
    clock::SystemClock,
    error::CliError,
    find::Found,
    identity,
    inputs::Given,
    interrupt::Interrupt,
    output::{EvidenceView, Printer, RunEndView, RunView, note},
    read,
    ui::{Terminal, plain},
    wire::{Evidence, Machine, RunDriver, Site, block_on, new_run_id},
};

const SOLO: &str = "SOLO POLICY: this repository has no policy of its own, so one person may do and \
    approve everything alone. `hardstop init` makes a policy.";
const DRAFT: &str = "DRAFT: the runbook is not the committed one. This is a rehearsal, and the \
    evidence says so. Commit the runbook for a run that counts.";

/// Run a runbook: on a terminal to its end, asking its questions; elsewhere until it waits.
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The runbook.
    runbook: PathBuf,
    #[command(flatten)]
    given: Given,
    /// Whatever is the same for this run and different for others: the same key is the same run,
    /// however often the command is repeated.
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
    /// Without a terminal: wait for what becomes due within this time, such as `10m`.
    #[arg(long, value_parser = span, default_value = "0s", hide_default_value = true)]
    wait: Millis,
}

impl Run {
    /// Opens the run and moves it.
    ///
    /// # Errors
    ///
    /// If it cannot be opened or moved.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let asks = io::stdin().is_terminal() && io::stderr().is_terminal();
        let via = if asks { Channel::Terminal } else { Channel::Cli };
        let actor = identity::actor(&site.repo, via)?;
        let source = begin::source(&site, &self.runbook)?;
        let draft = begin::draft(&site, source, |plan| self.given.settle(plan))?;
        let machine = site.machine()?;
        let files = match self.open(&machine, draft, actor.clone())? {
            Keyed::New(files) => files,
            Keyed::Known(run) => {
                note(format!("this key is that of run {}", run.short()));
                match machine.site.live.open(&run) {
                    Err(OpenError::Missing { .. }) => return known(&machine, run, out),
                    files => files?,
                }
            }
        };
        let (view, stop) = block_on(async {
            if asks {
                on_terminal(&machine, files, actor).await
            } else {
                in_lines(&machine, files, self.wait).await
            }
        })?;
        for text in marks(&view) {
            note(text);
        }
        let wake = match stop {
            Stop::Waiting { next } => next.map(|at| at.to_string()),
            Stop::Closed(_) | Stop::Interrupted => None,
        };
        let evidence = evidence(&machine, &view)?;
        out.answer(&RunEndView { run: view, wake, evidence }, in_words)?;
        Ok(match stop {
            Stop::Closed(RunResult::Succeeded) => ExitCode::Done,
            Stop::Closed(RunResult::Incomplete | RunResult::Failed | RunResult::Aborted) => {
                ExitCode::RunFailed
            }
            Stop::Waiting { .. } | Stop::Interrupted => ExitCode::Waiting,
        })
    }
}

impl Run {
    /// The run of this command: a new one, or the one of its key.
    fn open(&self, machine: &Machine, draft: Draft, actor: Actor) -> Result<Keyed, CliError> {
        if let Some(key) = &self.key {
            let files = |run: &_, trigger| draft.files(machine, run, actor, Some(trigger));
            return triggers::open(machine, key, files);
        }
        let run = new_run_id(SystemClock::now())?;
        let files = draft.files(machine, &run, actor, None)?;
        Ok(Keyed::New(machine.open_new(&run, &files)?))
    }
}

/// Tells of a run that is over, or is moved by another clone.
fn known(machine: &Machine, run: RunId, out: &Printer) -> Result<ExitCode, CliError> {
    let state = read::replayed(&machine.site, &Found::Recorded(run))?.snapshot.state;
    let view = RunView::of(&machine.site, &state);
    let evidence = evidence(machine, &view)?;
    out.answer(&RunEndView { run: view, wake: None, evidence }, in_words)?;
    Ok(match state.ending() {
        Ending::Closed(RunResult::Succeeded) => ExitCode::Done,
        Ending::Closed(RunResult::Incomplete | RunResult::Failed | RunResult::Aborted) => {
            ExitCode::RunFailed
        }
        Ending::Working | Ending::BackingOut(_) | Ending::Finishing(_) => ExitCode::Waiting,
    })
}

/// Moves the run until it waits, telling what happens line by line.
async fn in_lines(
    machine: &Machine,
    files: FileRun,
    wait_for_time: Millis,
) -> Result<(RunView, Stop), CliError> {
    let interrupt = Interrupt::listen()?;
    let mut driver = machine.take_over(files, None).await?;
    greet(machine, &driver);
    let (_nobody_asks, people) = mpsc::channel(1);
    let out = Outside {
        observe: &mut |state, entries| plain::tell("", Some(state), entries),
        people,
        interrupt: interrupt.switch().subscribe(),
    };
    let mode = Mode { wait_for_time, wait_for_people: false };
    let driven = interrupt.guard(driver.drive(mode, out)).await;
    end(machine, driver, driven)
}

/// Moves the run to its end, asking its questions in place.
async fn on_terminal(
    machine: &Machine,
    files: FileRun,
    actor: Actor,
) -> Result<(RunView, Stop), CliError> {
    let interrupt = Interrupt::listen()?;
    let (live_line, shown_line) = tokio::sync::watch::channel(String::new());
    let mut driver = machine.take_over(files, Some(live_line)).await?;
    greet(machine, &driver);
    let (asked, people) = mpsc::channel(1);
    let terminal = Terminal::new(&machine.site, actor, shown_line, interrupt.switch());
    let out = Outside {
        observe: &mut |state, entries| terminal.observe(state, entries),
        people,
        interrupt: interrupt.switch().subscribe(),
    };
    let mode = Mode { wait_for_time: Millis(0), wait_for_people: true };
    let driven = interrupt
        .guard(async {
            tokio::select! {
                driven = driver.drive(mode, out) => driven,
                never = terminal.attend(asked) => match never {},
            }
        })
        .await;
    drop(terminal);
    end(machine, driver, driven)
}

fn greet(machine: &Machine, driver: &RunDriver) {
    let Some(state) = driver.state() else { return };
    let (view, commit) = (RunView::of(&machine.site, state), &state.header().runbook.commit);
    note(format!("run {}: {}", view.short, view.title));
    note(format!("  {} at commit {}", view.path, short_commit(commit)));
    for text in marks(&view) {
        note(text);
    }
}

/// What nobody may overlook.
fn marks(view: &RunView) -> Vec<&'static str> {
    [(view.draft, DRAFT), (view.solo, SOLO)]
        .into_iter()
        .filter_map(|(holds, text)| holds.then_some(text))
        .collect()
}

fn end(
    machine: &Machine,
    driver: RunDriver,
    driven: Result<Stop, hardstop_engine::driver::DriveError>,
) -> Result<(RunView, Stop), CliError> {
    let run: Option<RunId> = driver.state().map(|state| state.header().run.clone());
    let view = driver.state().map(|state| RunView::of(&machine.site, state));
    let given_back = machine.give_back(driver, Evidence::from(&driven));
    match (driven, run, view) {
        (Ok(stop), _, Some(view)) => given_back.map(|()| (view, stop)),
        (Err(source), Some(run), _) => Err(CliError::Drive { run, source }),
        (_, _, None) | (Err(_), None, _) => Err(CliError::usage(
            "the run cannot be read back",
            "`hardstop status` lists what is there",
        )),
    }
}

fn evidence(machine: &Machine, view: &RunView) -> Result<Option<EvidenceView>, CliError> {
    let Some(evidence) = machine.site.evidence()? else { return Ok(None) };
    let folder = view.run.parse().map(|run: RunId| run.folder()).unwrap_or_default();
    let branch = hardstop_git::BRANCH.trim_start_matches("refs/heads/").to_owned();
    Ok(Some(EvidenceView { branch, commit: evidence.head(), folder }))
}

/// Enough of a commit's id to find it by.
fn short_commit(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn in_words(end: &RunEndView) -> String {
    let RunEndView { run, wake, evidence } = end;
    // Writing to a String cannot fail.
    let mut text = format!("run {}: {}\n", run.short, run.status);
    // Where people are asked, the end of their time is no news.
    if let Some(wake) = wake.as_ref().filter(|_| run.waits_for_time_alone()) {
        let left = wake.parse().map(|at: Timestamp| at.since(SystemClock::now()));
        let _ = writeln!(text, "due: {wake} ({} left)", left.unwrap_or_default());
    }
    for sentence in run.why.iter().filter(|_| !run.closed) {
        let _ = writeln!(text, "  {sentence}");
    }
    for command in &run.next {
        let _ = writeln!(text, "next: {command}");
    }
    if let Some(EvidenceView { branch, commit, folder }) = evidence {
        let commit = short_commit(commit);
        let _ = writeln!(text, "evidence: branch {branch}, commit {commit}, folder {folder}");
        let _ = writeln!(text, "  git show {branch}:{folder}/REPORT.md");
        let _ = writeln!(text, "  hardstop verify {}", run.short);
    }
    text
}
