//! `hardstop report`.

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_engine::documents;

use crate::{
    error::CliError,
    find,
    output::{Printer, ReportView, RunView},
    read,
    wire::Site,
};

/// Print the report of a run, in Markdown.
#[derive(Args, Debug)]
pub(crate) struct Report {
    /// The run, by its id or the beginning of it.
    run: String,
}

impl Report {
    /// Renders the report from the journal, as it stands now.
    ///
    /// # Errors
    ///
    /// If there is no such run, or it cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let found = find::run(&site, &self.run)?;
        let replayed = read::replayed(&site, &found)?;
        let state = &replayed.snapshot.state;
        let markdown = documents::report(state, &replayed.entries);
        out.answer(&ReportView { run: RunView::of(&site, state), markdown }, |view| {
            view.markdown.clone()
        })?;
        Ok(ExitCode::Done)
    }
}
