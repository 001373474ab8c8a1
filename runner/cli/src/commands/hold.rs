//! `hardstop hold`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Keep a run from starting anything new.
#[derive(Args, Debug)]
pub(crate) struct Hold {
    /// The run, by its id or the beginning of it.
    run: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Hold {
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
            Ok(vec![Request::Hold { reason }])
        })
    }
}
