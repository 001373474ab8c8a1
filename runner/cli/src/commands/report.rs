//! `hardstop report`.

use clap::Args;
use hardstop_core::exit::ExitCode;

use crate::{error::CliError, output::Printer};

/// x
#[derive(Args, Debug)]
pub(crate) struct Report {}

impl Report {
    /// Does it.
    pub(crate) fn run(self, _out: &Printer) -> Result<ExitCode, CliError> {
        Err(CliError::usage("not built yet", "wait for it"))
    }
}
