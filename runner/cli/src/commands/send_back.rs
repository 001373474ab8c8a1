//! `hardstop send-back`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Send the run back from a checklist or an approval to an earlier step.
#[derive(Args, Debug)]
pub(crate) struct SendBack {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The checklist or the approval that lies before people.
    step: String,
    /// The step the run goes on at.
    #[arg(long)]
    to: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl SendBack {
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
            let (step, to) = (step(&self.step)?, step(&self.to)?);
            Ok(vec![Request::SendBack { step, to, reason }])
        })
    }
}
