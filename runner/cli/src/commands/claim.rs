//! `hardstop claim`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Take over the care of a run: everybody sees who looks after it.
#[derive(Args, Debug)]
pub(crate) struct Claim {
    /// The run, by its id or the beginning of it.
    run: String,
    /// What the next one should know.
    #[arg(long)]
    note: Option<String>,
}

impl Claim {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |_| {
            let note = self.note.as_deref().map(|note| text("the note", note)).transpose()?;
            Ok(vec![Request::Claim { note }])
        })
    }
}
