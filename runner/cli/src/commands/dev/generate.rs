//! What is made from the program itself: completions, manual pages, schemas.

use std::{fs, path::Path};

use clap::{CommandFactory as _, ValueEnum};
use clap_complete::Shell;

use crate::{args::Args, error::CliError, output};

/// A schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Name {
    /// Of `kind: Runbook`.
    Runbook,
    /// Of `kind: Policy`.
    Policy,
    /// Of `kind: Config`.
    Config,
    /// Of what commands print with `--json`.
    Output,
}

/// Prints completions.
pub(super) fn completions(shell: Shell) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "hardstop", &mut script);
    output::write(&script)
}

/// Writes a page for each command into `folder`, which is made if it is not there.
pub(super) fn manual(folder: &Path) -> Result<(), CliError> {
    let failed = |source| CliError::Path {
        path: folder.display().to_string(),
        action: "cannot be written",
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Args::command(), folder).map_err(failed)
}

/// Prints a schema.
pub(super) fn schema(name: Name) -> Result<(), CliError> {
    let file = match name {
        Name::Output => return output::write(output::schema().as_bytes()),
        Name::Runbook => "runbook.schema.json",
        Name::Policy => "policy.schema.json",
        Name::Config => "config.schema.json",
    };
    let schemas = hardstop_runbook::schemas();
    let text = schemas.into_iter().find(|(name, _)| *name == file).map(|(_, text)| text);
    output::write(text.unwrap_or_default().as_bytes())
}
