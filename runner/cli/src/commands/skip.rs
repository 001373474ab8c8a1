//! `hardstop skip`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Leave a step undone. That is recorded, and it is not success.
#[derive(Args, Debug)]
pub(crate) struct Skip {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The step.
    step: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Skip {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |_| {
            let reason = text("the reason", &self.reason)?;
            let step = step(&self.step)?;
            Ok(vec![Request::Skip { step, reason }])
        })
    }
}
