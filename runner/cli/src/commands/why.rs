//! `hardstop why`.

use clap::Args;
use hardstop_core::{exit::ExitCode, run::RunState, view::why};

use crate::{
    clock::SystemClock,
    error::CliError,
    find,
    output::{Printer, RunView, WhyView},
    read,
    wire::Site,
};

/// Tell why a run does not move, and which command moves it.
#[derive(Args, Debug)]
pub(crate) struct Why {
    /// The run, by its id or the beginning of it.
    run: String,
}

impl Why {
    /// Prints one sentence a branch.
    ///
    /// # Errors
    ///
    /// If there is no such run, or it cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let found = find::run(&site, &self.run)?;
        let state = read::replayed(&site, &found)?.snapshot.state;
        let run = RunView::of(&site, &state);
        out.answer(&WhyView { run }, |view| in_words(view, &state))?;
        Ok(ExitCode::Done)
    }
}

fn in_words(WhyView { run }: &WhyView, state: &RunState) -> String {
    if run.why.is_empty() {
        return why(state, SystemClock::now()) + "\n";
    }
    let each = run.why.iter().zip(&run.waiting).map(|(why, open)| match open.commands.first() {
        Some(command) => format!("{why}: {command}\n"),
        None => format!("{why}\n"),
    });
    each.collect()
}
