//! A run read back from its files: the fold of its journal, wherever the files lie.

use std::{error::Error, sync::Arc};

use hardstop_core::{
    event::Entry,
    header::{Header, Inputs},
    ids::{Digest, RunId},
    model::Plan,
    run::{RunState, apply},
};
use hardstop_evidence::{
    chain::{self, ChainError},
    digest,
    document::{self, DocumentError},
    layout,
};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::transition::Snapshot;

/// A run that cannot be read back. Nothing about it is known, so nothing is done with it.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// One of its files is missing or cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Relative to the run's folder.
        path: &'static str,
        /// What the storage said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// One of its files is not what the format says.
    #[error("{path} is damaged")]
    Document {
        /// Relative to the run's folder.
        path: &'static str,
        /// Where and why.
        #[source]
        source: DocumentError,
    },
    /// One of its files was changed after the run was opened.
    #[error("{path} was changed: its digest is {found}, and the run was opened with {expected}")]
    Changed {
        /// Relative to the run's folder.
        path: &'static str,
        /// The digest of what is there.
        found: Digest,
        /// The digest in `run.json`.
        expected: Digest,
    },
    /// The journal's chain is broken.
    #[error("journal.jsonl is damaged")]
    Chain(#[source] ChainError),
    /// A newer release made the plan.
    #[error("plan.json has semantics {found}, and this release knows {known}; use a newer one")]
    Semantics {
        /// What the plan says.
        found: u32,
        /// The newest known here.
        known: u32,
    },
}

/// A run read back.
#[derive(Debug)]
pub struct Replayed {
    /// The fold, and where the journal ends.
    pub snapshot: Snapshot,
    /// Every line of the journal.
    pub entries: Vec<Entry>,
}

/// Reads a run back from its files.
///
/// * `read`: gives the bytes of a file by its path in the run's folder.
/// * `journal`: the journal's whole lines.
///
/// # Errors
///
/// [`ReplayError`] if a file is missing, was changed, or is not understood.
pub fn replay<E: Error + Send + Sync + 'static>(
    run: &RunId,
    journal: &[u8],
    read: impl Fn(&str) -> Result<Vec<u8>, E>,
) -> Result<Replayed, ReplayError> {
    let bytes = |path: &'static str| {
        read(path).map_err(|source| ReplayError::File { path, source: Box::new(source) })
    };
    let header_bytes = bytes(layout::RUN)?;
    let header: Header = parse(layout::RUN, &header_bytes)?;
    let plan: Plan = pinned(layout::PLAN, &bytes(layout::PLAN)?, header.plan)?;
    let inputs: Inputs = pinned(layout::INPUTS, &bytes(layout::INPUTS)?, header.inputs)?;
    if plan.semantics > Plan::SEMANTICS {
        return Err(ReplayError::Semantics { found: plan.semantics, known: Plan::SEMANTICS });
    }
    let (entries, chain) = chain::read(run, &header_bytes, journal).map_err(ReplayError::Chain)?;
    let mut state = RunState::new(Arc::new(header), Arc::new(plan), Arc::new(inputs));
    for entry in &entries {
        apply(&mut state, &entry.event, &entry.at);
    }
    Ok(Replayed { snapshot: Snapshot { state, chain }, entries })
}

fn parse<T: Serialize + DeserializeOwned>(
    path: &'static str,
    bytes: &[u8],
) -> Result<T, ReplayError> {
    document::from_bytes(bytes).map_err(|source| ReplayError::Document { path, source })
}

fn pinned<T: Serialize + DeserializeOwned>(
    path: &'static str,
    bytes: &[u8],
    expected: Digest,
) -> Result<T, ReplayError> {
    let found = digest(bytes);
    if found == expected {
        parse(path, bytes)
    } else {
        Err(ReplayError::Changed { path, found, expected })
    }
}
