//! `hardstop verify`.

use clap::Args;
use hardstop_core::exit::ExitCode;

use crate::{error::CliError, output::Printer};

/// Verify evidence: everything, or one run.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// A run, by its id or the beginning of it.
    pub(crate) run: Option<String>,
}

impl Verify {
    /// Does it.
    pub(crate) fn run(self, _out: &Printer) -> Result<ExitCode, CliError> {
        Err(CliError::usage("not built yet", "wait for it"))
    }
}
