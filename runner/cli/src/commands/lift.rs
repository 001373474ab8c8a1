//! `hardstop lift`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Let a run that is held go on.
#[derive(Args, Debug)]
pub(crate) struct Lift {
    /// The run, by its id or the beginning of it.
    run: String,
    /// Why it is safe.
    #[arg(long)]
    reason: Option<String>,
}

impl Lift {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |_| {
            let reason = self.reason.as_deref().map(|why| text("the reason", why)).transpose()?;
            Ok(vec![Request::Lift { reason }])
        })
    }
}
