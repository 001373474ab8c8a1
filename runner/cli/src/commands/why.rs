//! `hardstop why`.

use clap::Args;
use hardstop_core::exit::ExitCode;

use crate::{
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
        out.answer(&WhyView { run: RunView::of(&state) }, |view| view.run.why.join("\n") + "\n")?;
        Ok(ExitCode::Done)
    }
}
