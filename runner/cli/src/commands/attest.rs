//! `hardstop attest`.

use std::path::PathBuf;

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver_with, file, hand_in, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Record that a step was done outside, or confirm that somebody did it.
#[derive(Args, Debug)]
pub(crate) struct Attest {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The step.
    step: String,
    /// What was done, and where.
    #[arg(long)]
    reason: String,
    /// The proof.
    #[arg(long = "file")]
    files: Vec<PathBuf>,
}

impl Attest {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver_with(out, site, &run, |driver| {
            let reason = text("the reason", &self.reason)?;
            let step = step(&self.step)?;
            let read: Vec<_> =
                self.files.iter().map(|path| file(path)).collect::<Result<_, _>>()?;
            let handed = read.into_iter().map(|read| hand_in(driver.state(), &step, read));
            let (artifacts, handed) = handed.collect::<Result<(Vec<_>, Vec<_>), _>>()?;
            Ok(vec![(Request::Attest { step, reason, artifacts }, handed)])
        })
    }
}
