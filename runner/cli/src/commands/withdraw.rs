//! `hardstop withdraw`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Take your yes to a request back, as long as it is not used.
#[derive(Args, Debug)]
pub(crate) struct Withdraw {
    /// The request's code.
    code: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Withdraw {
    /// Delivers it.
    ///
    /// # Errors
    ///
    /// If there is no yes of this person to take back, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let code = self.code.to_ascii_lowercase();
        let run = find::request(&site, &code)?;
        deliver(out, site, &run, |_| {
            let reason = text("the reason", &self.reason)?;
            Ok(vec![Request::Withdraw { code: code.clone(), reason }])
        })
    }
}
