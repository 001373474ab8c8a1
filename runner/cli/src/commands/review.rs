//! `hardstop review`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Say what the review of a hard stop that was ended early found.
#[derive(Args, Debug)]
pub(crate) struct Review {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The hard stop.
    step: String,
    /// What was found.
    #[arg(long)]
    finding: String,
}

impl Review {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |_| {
            let finding = text("the finding", &self.finding)?;
            Ok(vec![Request::Review { step: step(&self.step)?, finding }])
        })
    }
}
