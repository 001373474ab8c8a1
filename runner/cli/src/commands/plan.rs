//! `hardstop plan`.

use clap::Args;
use hardstop_core::exit::ExitCode;
use std::path::PathBuf;

use crate::{error::CliError, output::Printer};

/// Show what a run would do, without doing it.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// The runbook.
    pub(crate) runbook: PathBuf,
}

impl Plan {
    /// Does it.
    pub(crate) fn run(self, _out: &Printer) -> Result<ExitCode, CliError> {
        Err(CliError::usage("not built yet", "wait for it"))
    }
}
