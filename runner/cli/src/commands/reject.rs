//! `hardstop reject`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Say no to a request.
#[derive(Args, Debug)]
pub(crate) struct Reject {
    /// The request's code.
    code: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Reject {
    /// Delivers the no.
    ///
    /// # Errors
    ///
    /// If it does not count, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let code = self.code.to_ascii_lowercase();
        let run = find::request(&site, &code)?;
        deliver(out, site, &run, |_| {
            let reason = text("the reason", &self.reason)?;
            Ok(vec![Request::Reject { code: code.clone(), reason }])
        })
    }
}
