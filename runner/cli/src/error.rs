//! Everything a command can fail with. What is said about it, and the exit code, is decided in
//! [`report`](crate::report) alone.

use std::io;

use hardstop_core::{ids::RunId, run::Refusal};
use hardstop_engine::{driver::DriveError, replay::ReplayError};
use hardstop_evidence::{keys::KeyError, verify::ReadError};
use hardstop_git::RepoError;
use hardstop_journal::OpenError;
use hardstop_ports::{journal::FilesError, locks::LocksError};
use hardstop_runbook::Diagnostics;
use thiserror::Error;

/// A command that failed.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// What was typed makes no sense; the hint says what would.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to type instead.
        hint: String,
    },
    /// A file of the language is wrong.
    #[error("{0}")]
    Invalid(Box<Diagnostics>),
    /// A file or folder named on the command line cannot be used.
    #[error("{path} {action}")]
    Path {
        /// The path as typed.
        path: String,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The repository cannot be used.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// A live run cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The git directory cannot be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The locks between runs cannot be read or written.
    #[error(transparent)]
    Locks(#[from] LocksError),
    /// The runner's key cannot be used.
    #[error("the runner's key cannot be used")]
    Key(#[source] KeyError),
    /// The evidence branch cannot be read.
    #[error("the evidence branch cannot be read")]
    Evidence(#[source] ReadError),
    /// A run cannot be read back.
    #[error("run {run} cannot be read back")]
    Replay {
        /// The run.
        run: RunId,
        /// Why.
        #[source]
        source: ReplayError,
    },
    /// A driver cannot go on.
    #[error("run {run} stopped")]
    Drive {
        /// The run.
        run: RunId,
        /// Why.
        #[source]
        source: DriveError,
    },
    /// A person's request was not accepted.
    #[error("refused: {refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// The policy does not let an answer count; that it was given is recorded.
    #[error("this answer does not count, and that is recorded: {reason}")]
    NotCounted {
        /// Why.
        reason: String,
    },
    /// Output cannot be written.
    #[error("output cannot be written")]
    Output(#[source] io::Error),
    /// The system does not give what every program needs.
    #[error("{what}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl CliError {
    /// For what was typed wrong.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }
}
