//! Why a live run could not be made or opened.

use hardstop_core::ids::RunId;
use hardstop_ports::journal::FilesError;
use thiserror::Error;

use crate::lease::Holder;

/// A live run that could not be made or opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// No live run has this id: it is closed, or lives in another clone.
    #[error("run {run} is not live in this repository")]
    Missing {
        /// What was asked for.
        run: RunId,
    },
    /// A live run with this id is there already.
    #[error("run {run} is live in this repository already")]
    Exists {
        /// What was to be made.
        run: RunId,
    },
    /// Another process owns it. It is released when that process ends, however it ends.
    #[error("run {run} is held by {}", holder_text(holder.as_ref()))]
    Held {
        /// What was asked for.
        run: RunId,
        /// Who owns it; `None` if it was taken this very moment and not signed yet.
        holder: Option<Holder>,
    },
    /// Storage failed; nothing was changed that a reader would see.
    #[error(transparent)]
    Storage(#[from] FilesError),
}

fn holder_text(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another process".to_owned(), Holder::to_string)
}
