//! `hardstop advance`.

use std::{collections::BTreeSet, fmt::Write as _};

use clap::Args;
use futures_util::stream::{self, StreamExt as _};
use hardstop_core::{
    calendar::zones_version,
    event::RunResult,
    exit::ExitCode,
    header::{Header, Parent},
    ids::RunId,
    run::RunState,
    time::{Millis, Timestamp},
};
use hardstop_engine::driver::{Mode, Outside, Stop};
use hardstop_evidence::{document, layout};
use hardstop_journal::OpenError;
use tokio::sync::{mpsc, watch};

use super::{
    span,
    triggers::{self, Fired},
};
use crate::{
    clock::SystemClock,
    error::CliError,
    find::{self, Found},
    interrupt::Interrupt,
    live_again,
    output::{AdvanceView, AdvancedView, FiredView, Printer, RunView, note},
    report,
    ui::plain,
    wire::{Evidence, Machine, Site, block_on},
};

/// How many runs are moved at once. Each holds its journal in memory and may run a command.
const AT_ONCE: usize = 16;

/// Open the runs that triggers ask for, move every run as far as it goes, and ask nobody anything.
#[derive(Args, Debug)]
pub(crate) struct Advance {
    /// One run only, by its id or the beginning of it; one that is open on the evidence branch and
    /// not live in this clone is made live here first.
    run: Option<String>,
    /// Wait for what becomes due within this time, such as `10m`.
    #[arg(long, value_parser = span, default_value = "0s", hide_default_value = true)]
    wait: Millis,
}

impl Advance {
    /// Moves the runs and prints where each stands.
    ///
    /// # Errors
    ///
    /// If the live runs cannot be listed, or the run that was named cannot be moved.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let named = match &self.run {
            Some(prefix) => Some(vec![match find::run(&site, prefix)? {
                Found::Live(run) => run,
                Found::Recorded(run) => {
                    live_again::make(&site, &run)?;
                    run
                }
            }]),
            None if site.live.list()?.is_empty() && site.config()?.triggers.is_empty() => {
                let view = AdvanceView { triggers: Vec::new(), runs: Vec::new(), wake: None };
                out.answer(&view, in_words)?;
                return Ok(ExitCode::Done);
            }
            None => None,
        };
        let machine = site.machine()?;
        let (fired, runs) = match named {
            Some(run) => (Fired::default(), run),
            None => (triggers::fire(&machine, SystemClock::now())?, outermost(&machine.site)?),
        };
        let mut moved = block_on(self.advance(&machine, runs))?;
        if self.run.is_some()
            && let Some(at) = moved.iter().position(|moved| moved.result.is_err())
        {
            let Err(error) = moved.swap_remove(at).result else { return Ok(ExitCode::Internal) };
            return Err(error);
        }
        let code = moved
            .iter()
            .map(Moved::code)
            .chain(fired.told.iter().map(told_code))
            .max_by_key(|code| urgency(*code))
            .unwrap_or(ExitCode::Done);
        // A run that has ended may have others follow it.
        let ended = |moved: &&Moved| matches!(moved.result, Ok(Place::Driven(_, Stop::Closed(_))));
        let follow = moved.iter().find(ended).filter(|_| !machine.config.triggers.after.is_empty());
        let wakes = moved.iter().filter_map(Moved::wake).chain(fired.next);
        let wake = wakes.chain(follow.map(|_| SystemClock::now())).min().map(|at| at.to_string());
        let runs = moved.into_iter().map(AdvancedView::from).collect();
        out.answer(&AdvanceView { triggers: fired.told, runs, wake }, in_words)?;
        Ok(code)
    }

    async fn advance(&self, machine: &Machine, runs: Vec<RunId>) -> Result<Vec<Moved>, CliError> {
        let interrupt = Interrupt::listen()?;
        let switch = interrupt.switch();
        let until = SystemClock::now().plus(self.wait);
        let named = self.run.is_some();
        let move_all = async {
            let one = |run| self.one(machine, run, named, until, switch.subscribe());
            stream::iter(runs).map(one).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await
        };
        let mut moved = interrupt.guard(move_all).await;
        moved.sort_by(|one, other| one.run.cmp(&other.run));
        Ok(moved)
    }

    /// Moves one run. One that is not due is left alone, unless it was named.
    async fn one(
        &self,
        machine: &Machine,
        run: RunId,
        named: bool,
        until: Timestamp,
        interrupt: watch::Receiver<bool>,
    ) -> Moved {
        let noted = machine.site.live.peek(&run).ok().and_then(|peek| peek.wake());
        if let Some(noted) = noted.filter(|noted| !named && noted.at.is_none_or(|at| at > until)) {
            let idle = Idle { status: noted.status, wake: noted.at };
            return Moved { run, result: Ok(Place::Idle(idle)) };
        }
        let result = self.drive(machine, &run, interrupt).await;
        Moved { run, result }
    }

    async fn drive(
        &self,
        machine: &Machine,
        run: &RunId,
        interrupt: watch::Receiver<bool>,
    ) -> Result<Place, CliError> {
        let files = match machine.site.live.open(run) {
            // Somebody else finished it since it was listed.
            Err(OpenError::Missing { .. }) => return Ok(Place::Gone),
            files => files?,
        };
        let mut driver = machine.take_over(files, None).await?;
        driver.state().and_then(other_zones).into_iter().for_each(note);
        let before = format!("{} ", run.short());
        plain::tell(&before, driver.state(), plain::taken_over(driver.entries()));
        let (_nobody_asks, people) = mpsc::channel(1);
        let mode = Mode { wait_for_time: self.wait, wait_for_people: false };
        let observe = &mut |state: &_, entries: &[_]| plain::tell(&before, Some(state), entries);
        let driven = driver.drive(mode, Outside { observe, people, interrupt }).await;
        let view = driver.state().map(|state| RunView::of(&machine.site, state));
        let given_back = machine.give_back(driver, Evidence::from(&driven));
        let stop = driven.map_err(|source| CliError::Drive { run: run.clone(), source })?;
        given_back?;
        Ok(view.map_or(Place::Gone, |view| Place::Driven(Box::new(view), stop)))
    }
}

/// What somebody should know of a run whose instants were reckoned with other rules of zones.
fn other_zones(state: &RunState) -> Option<String> {
    let zones = state.header().other_zones()?;
    let (run, here) = (state.header().run.short(), zones_version());
    Some(format!(
        "note: run {run} was opened with the time zones of {zones}, and these are of {here}: what it \
         has yet to come to by local time may be another instant; `hardstop why {run}` says which, \
         and `hardstop hold {run} --reason <why>` leaves time to look"
    ))
}

/// The live runs that are not steps of other live runs: whoever moves those moves them all.
fn outermost(site: &Site) -> Result<Vec<RunId>, CliError> {
    let mut runs = site.live.list()?;
    let live: BTreeSet<RunId> = runs.iter().cloned().collect();
    runs.retain(|run| !parent(site, run).is_some_and(|parent| live.contains(&parent.run)));
    Ok(runs)
}

/// Of which run a live run is a step, if it is one.
fn parent(site: &Site, run: &RunId) -> Option<Parent> {
    let header = site.live.peek(run).ok()?.read(layout::RUN).ok()?;
    document::from_bytes::<Header>(&header).ok()?.parent
}

/// What became of one run.
struct Moved {
    run: RunId,
    result: Result<Place, CliError>,
}

/// Where a run stands afterwards.
enum Place {
    /// Not due: what its last owner noted.
    Idle(Idle),
    /// It was over before we came to it.
    Gone,
    /// It went as far as it goes.
    Driven(Box<RunView>, Stop),
}

struct Idle {
    status: String,
    wake: Option<Timestamp>,
}

impl Moved {
    fn wake(&self) -> Option<Timestamp> {
        match self.result.as_ref().ok()? {
            Place::Idle(idle) => idle.wake,
            Place::Driven(_, Stop::Waiting { next }) => *next,
            Place::Driven(_, Stop::Closed(_) | Stop::Interrupted) | Place::Gone => None,
        }
    }

    fn code(&self) -> ExitCode {
        match &self.result {
            // Another process moves it; that is not our failure.
            Err(CliError::Open(OpenError::Held { .. }))
            | Ok(Place::Idle(_) | Place::Driven(_, Stop::Waiting { .. } | Stop::Interrupted)) => {
                ExitCode::Waiting
            }
            Ok(Place::Gone | Place::Driven(_, Stop::Closed(RunResult::Succeeded))) => {
                ExitCode::Done
            }
            Ok(Place::Driven(_, Stop::Closed(_))) => ExitCode::RunFailed,
            Err(error) => report::exit_code(error),
        }
    }
}

/// The exit code of what became of a trigger: what is refused is so once, and has to be seen.
fn told_code(told: &FiredView) -> ExitCode {
    match told.outcome {
        "refused" => ExitCode::Refused,
        "failed" => ExitCode::Usage,
        _ => ExitCode::Done,
    }
}

/// Which of several exit codes the shell gets.
fn urgency(code: ExitCode) -> u8 {
    match code {
        ExitCode::Done => 0,
        ExitCode::Waiting => 1,
        ExitCode::RunFailed => 2,
        ExitCode::Usage => 3,
        ExitCode::Refused => 4,
        ExitCode::Evidence => 5,
        ExitCode::Internal => 6,
    }
}

impl From<Moved> for AdvancedView {
    fn from(moved: Moved) -> Self {
        let wake = moved.wake().map(|at| at.to_string());
        let mut view = Self {
            run: moved.run.to_string(),
            status: "unknown".to_owned(),
            moved: false,
            held_by: None,
            error: None,
            wake,
            why: Vec::new(),
            next: Vec::new(),
        };
        match moved.result {
            Ok(Place::Idle(idle)) => {
                view.status = idle.status;
                view.next = vec![format!("hardstop why {}", moved.run.short())];
            }
            Ok(Place::Gone) => "over".clone_into(&mut view.status),
            Ok(Place::Driven(run, _)) => {
                view.moved = true;
                view.status = run.status;
                if !run.closed {
                    view.why = run.why;
                }
                view.next = run.next;
            }
            Err(CliError::Open(OpenError::Held { holder, .. })) => {
                "held".clone_into(&mut view.status);
                let holder = holder.map(|holder| holder.to_string());
                view.held_by = Some(holder.unwrap_or_else(|| "another process".to_owned()));
            }
            Err(error) => {
                note(report::text(&error).trim_end());
                view.error = Some(error.to_string());
            }
        }
        view
    }
}

fn in_words(view: &AdvanceView) -> String {
    let mut text = String::new();
    for told in &view.triggers {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", told.in_words());
    }
    if view.runs.is_empty() {
        text.push_str("no live runs\n");
    }
    for run in &view.runs {
        let short = run.run.get(..10).unwrap_or(&run.run);
        // Writing to a String cannot fail.
        let _ = write!(text, "{short}  {:10}", run.status);
        if let Some(holder) = &run.held_by {
            let _ = write!(text, "  by {holder}");
        }
        if let Some(wake) = &run.wake {
            let _ = write!(text, "  by itself at {wake}");
        }
        text.push('\n');
        for sentence in &run.why {
            let _ = writeln!(text, "  {sentence}");
        }
        for next in &run.next {
            let _ = writeln!(text, "  next: {next}");
        }
    }
    if let Some(wake) = &view.wake {
        let _ = writeln!(text, "next wake-up: {wake}");
    }
    text
}
