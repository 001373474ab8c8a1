//! `hardstop why`.

use clap::Args;
use hardstop_core::{exit::ExitCode, view::why};
use hardstop_engine::documents::sanitise::line;

use crate::{
    clock::SystemClock,
    error::CliError,
    find,
    output::{Printer, RunView, TEXT_MAX, WhyView},
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
        let sentences = why(&state, SystemClock::now());
        let sentences = sentences.lines().map(|sentence| line(sentence, TEXT_MAX * 2) + "\n");
        let in_words: String = sentences.collect();
        out.answer(&WhyView { run: RunView::of(&state) }, |_| in_words)?;
        Ok(ExitCode::Done)
    }
}
