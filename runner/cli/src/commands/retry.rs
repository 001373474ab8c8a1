//! `hardstop retry`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{attempt, deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Try a step again: one that failed, is unknown, or was rejected.
#[derive(Args, Debug)]
pub(crate) struct Retry {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The step.
    step: String,
    /// Why it should go better now.
    #[arg(long)]
    reason: Option<String>,
}

impl Retry {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |driver| {
            let reason = self.reason.as_deref().map(|why| text("the reason", why)).transpose()?;
            let step = step(&self.step)?;
            let after = attempt(driver.state(), &step)?;
            Ok(vec![Request::Retry { step, after, reason }])
        })
    }
}
