//! `hardstop note`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Leave a note for whoever looks after the run next.
#[derive(Args, Debug)]
pub(crate) struct Note {
    /// The run, by its id or the beginning of it.
    run: String,
    /// What is to be known.
    text: String,
    /// The step it is about.
    #[arg(long)]
    step: Option<String>,
}

impl Note {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |_| {
            let step = self.step.as_deref().map(step).transpose()?;
            let text = text("the note", &self.text)?;
            Ok(vec![Request::Note { step, text }])
        })
    }
}
