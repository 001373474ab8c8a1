//! Which tool is meant.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;
use hardstop_core::exit::ExitCode;

use super::{
    generate::{self, Name},
    replay,
};
use crate::{error::CliError, output::Printer};

/// Tools for those who work on hardstop itself.
#[derive(Args, Debug)]
pub(crate) struct Dev {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, Subcommand)]
enum Tool {
    /// Fold a journal event by event, and tell what each changed.
    Replay {
        /// A run, by its id or the beginning of it; or a folder with the files of one.
        run: PathBuf,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write a manual page for each command.
    Man {
        /// The folder to write them to.
        folder: PathBuf,
    },
    /// Print the JSON Schema of a file, or of what commands print with `--json`.
    Schema {
        /// Which.
        name: Name,
    },
}

impl Dev {
    /// Does it.
    ///
    /// # Errors
    ///
    /// If a run cannot be read back, or a file cannot be written.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        match self.tool {
            Tool::Replay { run } => replay::replay(out, &run)?,
            Tool::Completions { shell } => generate::completions(shell)?,
            Tool::Man { folder } => generate::manual(&folder)?,
            Tool::Schema { name } => generate::schema(name)?,
        }
        Ok(ExitCode::Done)
    }
}
