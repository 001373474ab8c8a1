//! `hardstop init`.

use clap::Args;
use hardstop_core::exit::ExitCode;

use crate::{error::CliError, output::Printer};

/// Set this repository up: configuration, policy, a first runbook, a CI job.
#[derive(Args, Debug)]
pub(crate) struct Init {}

impl Init {
    /// Does it.
    pub(crate) fn run(self, _out: &Printer) -> Result<ExitCode, CliError> {
        Err(CliError::usage("not built yet", "wait for it"))
    }
}
