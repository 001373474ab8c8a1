//! `hardstop dev`.

use clap::Args;
use hardstop_core::exit::ExitCode;

use crate::{error::CliError, output::Printer};

/// Tools for those who work on hardstop itself.
#[derive(Args, Debug)]
pub(crate) struct Dev {}

impl Dev {
    /// Does it.
    pub(crate) fn run(self, _out: &Printer) -> Result<ExitCode, CliError> {
        Err(CliError::usage("not built yet", "wait for it"))
    }
}
