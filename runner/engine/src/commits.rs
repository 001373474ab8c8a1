//! Committing evidence beside the run: one writer a repository, and never two commits of one run
//! at a time.

use std::{
    sync::mpsc::{Sender, channel},
    thread,
};

use hardstop_ports::evidence::{Checkpoint, CommitError, EvidenceStore};
use tokio::sync::oneshot;

/// Where a driver hands its checkpoints.
pub trait Commits {
    /// Begins to commit a checkpoint. The one before must be finished.
    fn begin(&mut self, checkpoint: Checkpoint);

    /// Whether a checkpoint is being committed.
    fn is_busy(&self) -> bool;

    /// Waits for the checkpoint that is being committed. Safe to drop and call again.
    fn finish(&mut self) -> impl Future<Output = Result<u64, CommitError>>;
}

/// The one writer of a repository's evidence branch: a thread that takes checkpoints in order.
///
/// Cloned for each run; the thread ends with the last clone.
#[derive(Clone, Debug)]
pub struct Writer(Sender<(Checkpoint, oneshot::Sender<Result<u64, CommitError>>)>);

impl Writer {
    /// Starts the writer of `store`.
    pub fn start(mut store: impl EvidenceStore + Send + 'static) -> Self {
        let (sender, queue) = channel::<(Checkpoint, oneshot::Sender<_>)>();
        thread::spawn(move || {
            for (checkpoint, reply) in queue {
                let seq = checkpoint.seq;
                // A driver that is gone does not need the answer: what it began is idempotent.
                drop(reply.send(store.commit(&checkpoint).map(|_| seq)));
            }
        });
        Self(sender)
    }

    /// The place one run hands its checkpoints.
    pub fn desk(&self) -> Desk {
        Desk { writer: self.clone(), pending: None }
    }
}

/// One run's place at the [`Writer`].
#[derive(Debug)]
pub struct Desk {
    writer: Writer,
    pending: Option<oneshot::Receiver<Result<u64, CommitError>>>,
}

impl Commits for Desk {
    fn begin(&mut self, checkpoint: Checkpoint) {
        let (reply, pending) = oneshot::channel();
        // If the writer is gone its half of the reply goes with it, and `finish` says so.
        drop(self.writer.0.send((checkpoint, reply)));
        self.pending = Some(pending);
    }

    fn is_busy(&self) -> bool {
        self.pending.is_some()
    }

    async fn finish(&mut self) -> Result<u64, CommitError> {
        let Some(pending) = &mut self.pending else { return std::future::pending().await };
        let result = pending.await;
        self.pending = None;
        result.unwrap_or_else(|_| {
            Err(CommitError::Unavailable("the evidence writer has stopped".to_owned()))
        })
    }
}
