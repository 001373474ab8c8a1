//! One of the two states that are compared: a commit, the work tree, or a file by itself.

use std::{fs::File, io::Read as _, path::Path};

use hardstop_core::{limits::RUNBOOK_BYTES_MAX, model::Plan, time::Timestamp};
use hardstop_git::Repo;
use hardstop_runbook::{Files, compile};

use crate::{error::CliError, output::note};

/// Where texts come from.
pub(super) enum Side<'r> {
    /// A commit of the repository, or its work tree.
    Repository { repo: &'r Repo, commit: Option<String> },
    /// Files as they lie on disk.
    Disk,
}

impl Side<'_> {
    /// The text of a file; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read, or is not UTF-8.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, CliError> {
        let bytes = match self {
            Self::Repository { repo, commit } => repo.text_at(commit.as_deref(), path)?,
            Self::Disk => Some(on_disk(path)?),
        };
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| CliError::usage(format!("{path} is not UTF-8"), "save it as UTF-8"))
    }

    /// The plan of a text of this side, with whatever other files of the side it names.
    ///
    /// # Errors
    ///
    /// If the runbook is wrong.
    pub(super) fn plan(&self, path: &str, text: &str, at: Timestamp) -> Result<Plan, CliError> {
        let load = |path: &str| self.text(path).ok().flatten();
        let compiled = compile(path, text, Files { load: &load, at });
        compiled.map(|compiled| compiled.plan).map_err(|wrong| {
            if let Self::Repository { commit: Some(commit), .. } = self {
                note(format!("at commit {commit}:"));
            }
            CliError::Invalid(Box::new(wrong))
        })
    }
}

fn on_disk(path: &str) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    // One byte more than a text may have, so that the compiler refuses it.
    let most = RUNBOOK_BYTES_MAX as u64 + 1;
    let read = File::open(Path::new(path)).and_then(|file| file.take(most).read_to_end(&mut bytes));
    let path = path.to_owned();
    read.map_err(|source| CliError::Path { path, action: "cannot be read", source })?;
    Ok(bytes)
}
