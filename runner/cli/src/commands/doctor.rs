//! `hardstop doctor`.

use clap::Args;
use hardstop_core::exit::ExitCode;

use crate::{error::CliError, output::Printer};

/// Look for what would keep runs from working here.
#[derive(Args, Debug)]
pub(crate) struct Doctor {}

impl Doctor {
    /// Does it.
    pub(crate) fn run(self, _out: &Printer) -> Result<ExitCode, CliError> {
        Err(CliError::usage("not built yet", "wait for it"))
    }
}
