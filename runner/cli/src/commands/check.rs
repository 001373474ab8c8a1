//! `hardstop check`.

use clap::Args;
use hardstop_core::exit::ExitCode;
use std::path::PathBuf;

use crate::{error::CliError, output::Printer};

/// Check runbooks, policies and configurations for mistakes.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The files to check.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

impl Check {
    /// Does it.
    pub(crate) fn run(self, _out: &Printer) -> Result<ExitCode, CliError> {
        Err(CliError::usage("not built yet", "wait for it"))
    }
}
