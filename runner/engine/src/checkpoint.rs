//! A run's files at one moment, with the derived documents and the seal: ready to be committed.

use hardstop_core::{
    event::RunResult,
    run::{Ending, RunState},
};
use hardstop_evidence::{
    attestation::{self, Predicate},
    digest,
    keys::SigningKey,
    layout,
    redact::Secrets,
    seal::{Seal, seal},
};
use hardstop_ports::{
    evidence::Checkpoint,
    journal::{FilesError, RunFiles},
};

use thiserror::Error;

use crate::{
    documents,
    session::{Changed, Session},
    withheld::withheld,
};

/// A run's files that were not sealed. The journal is intact.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// A file cannot be read.
    #[error("a file of the run cannot be read")]
    Files(#[source] FilesError),
    /// A file holds a secret, or what looks like one: which file, where, and what to do. The run
    /// stays as it is until somebody does that.
    #[error("{0}")]
    Withheld(String),
}

/// Seals what the run has now. `None` before its first event.
///
/// * `known`: the secrets of the run that this process knows.
///
/// # Errors
///
/// [`CheckpointError`]; the next call looks at the same files again.
pub fn checkpoint<F: RunFiles>(
    session: &mut Session<F>,
    key: &SigningKey,
    known: &Secrets,
) -> Result<Option<Checkpoint>, CheckpointError> {
    let Changed { mut files, mut digests } =
        session.take_changed().map_err(CheckpointError::Files)?;
    let (Some(state), Some(chain)) = (session.state(), session.chain()) else { return Ok(None) };
    let Some(last) = state.last() else { return Ok(None) };
    let derived = [
        (layout::CHECKLIST, documents::checklist(state, session.entries())),
        (layout::REPORT, documents::report(state, session.entries())),
    ];
    for (path, text) in derived {
        let bytes = text.into_bytes();
        digests.insert(path.to_owned(), digest(&bytes));
        files.insert(path.to_owned(), bytes);
    }
    if let Some(reason) = withheld(state, &files, session.looked_through(), known) {
        session.mark_all_changed();
        return Err(CheckpointError::Withheld(reason));
    }
    let run = state.header().run.clone();
    let closed = closed(state);
    let seq = chain.next_seq.saturating_sub(1);
    let sealed =
        seal(&digests, &Seal::new(run.clone(), closed, seq, chain.head.clone(), last.wall), key);
    if let Some(predicate) = Predicate::of(state.header(), session.entries(), &chain.head) {
        let attested = attestation::attest(sealed.digest(), predicate, key);
        files.insert(layout::ATTESTATION.to_owned(), attested);
    }
    files.insert(layout::SEAL.to_owned(), sealed.seal);
    files.insert(layout::SUMS.to_owned(), sealed.sums);
    files.insert(layout::SIGNATURE.to_owned(), sealed.signature);
    let (epoch, at, head) = (state.epoch().0, last.wall, chain.head.clone());
    session.mark_looked_through();
    Ok(Some(Checkpoint { run, seq, epoch, head, files, at, closed }))
}

fn closed(state: &RunState) -> Option<RunResult> {
    match state.ending() {
        Ending::Closed(result) => Some(result),
        Ending::Working | Ending::BackingOut(_) | Ending::Finishing(_) => None,
    }
}
