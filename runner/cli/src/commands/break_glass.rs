//! `hardstop break-glass`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Ask for a hard stop to be ended early, or join those who do. It takes several people and a
/// review.
#[derive(Args, Debug)]
pub(crate) struct BreakGlass {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The hard stop.
    step: String,
    /// Why it cannot wait.
    #[arg(long)]
    reason: String,
}

impl BreakGlass {
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
            Ok(vec![Request::BreakGlass { step: step(&self.step)?, reason }])
        })
    }
}
