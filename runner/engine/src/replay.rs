//! A run read back from its files: the fold of its journal, wherever the files lie.

use std::{collections::BTreeMap, error::Error, sync::Arc};

use hardstop_core::{
    event::{Entry, Event},
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
        path: String,
        /// What the storage said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// One of its files is not what the format says.
    #[error("{path} is damaged")]
    Document {
        /// Relative to the run's folder.
        path: String,
        /// Where and why.
        #[source]
        source: DocumentError,
    },
    /// One of its files was changed after the run was opened.
    #[error("{path} was changed: its digest is {found}, and the run was opened with {expected}")]
    Changed {
        /// Relative to the run's folder.
        path: String,
        /// The digest of what is there.
        found: Digest,
        /// The digest in `run.json`.
        expected: Digest,
    },
    /// The journal's chain is broken.
    #[error("journal.jsonl is damaged")]
    Chain(#[source] ChainError),
    /// A newer release made the plan.
    #[error("{path} has semantics {found}, and this release knows {known}; use a newer one")]
    Semantics {
        /// Relative to the run's folder.
        path: String,
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
    /// The run before the first of them.
    pub beginning: RunState,
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
    let bytes = |path: &str| {
        let failed = |source: E| ReplayError::File { path: path.to_owned(), source: source.into() };
        read(path).map_err(failed)
    };
    let header_bytes = bytes(layout::RUN)?;
    let header: Header = parse(layout::RUN, &header_bytes)?;
    let plan: Plan = pinned(layout::PLAN, &bytes(layout::PLAN)?, header.plan)?;
    let inputs: Inputs = pinned(layout::INPUTS, &bytes(layout::INPUTS)?, header.inputs)?;
    known(layout::PLAN, &plan)?;
    let (entries, chain) = chain::read(run, &header_bytes, journal).map_err(ReplayError::Chain)?;
    let mut plans = BTreeMap::new();
    for entry in &entries {
        if let Event::RunRebased { plan: digest, .. } = entry.event {
            let path = layout::later_plan(&digest);
            let later: Plan = pinned(&path, &bytes(&path)?, digest)?;
            known(&path, &later)?;
            plans.insert(digest, Arc::new(later));
        }
    }
    let beginning = RunState::new(Arc::new(header), Arc::new(plan), Arc::new(inputs));
    let beginning = beginning.with_revisions(plans);
    let mut state = beginning.clone();
    for entry in &entries {
        apply(&mut state, &entry.event, &entry.at);
    }
    Ok(Replayed { snapshot: Snapshot { state, chain }, entries, beginning })
}

/// Whether this release knows what a plan means.
fn known(path: &str, plan: &Plan) -> Result<(), ReplayError> {
    if plan.semantics > Plan::SEMANTICS {
        let (path, found) = (path.to_owned(), plan.semantics);
        return Err(ReplayError::Semantics { path, found, known: Plan::SEMANTICS });
    }
    Ok(())
}

fn parse<T: Serialize + DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, ReplayError> {
    let failed = |source| ReplayError::Document { path: path.to_owned(), source };
    document::from_bytes(bytes).map_err(failed)
}

fn pinned<T: Serialize + DeserializeOwned>(
    path: &str,
    bytes: &[u8],
    expected: Digest,
) -> Result<T, ReplayError> {
    let found = digest(bytes);
    if found == expected {
        parse(path, bytes)
    } else {
        Err(ReplayError::Changed { path: path.to_owned(), found, expected })
    }
}
