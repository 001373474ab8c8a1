//! How far the call of an attempt came.

use crate::{
    event::{Call, Pending},
    ids::Epoch,
    time::Timestamp,
};

/// How far a call came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallStage {
    /// It was begun.
    Begun {
        /// After it was looked for and not found.
        recovering: bool,
    },
    /// The action goes on by itself.
    Pending(Pending),
    /// Whoever began it is gone.
    Lost {
        /// What was called.
        call: Call,
        /// When it was to be given up.
        deadline: Option<Timestamp>,
        /// The lease under which it was looked for in vain, and why.
        sought: Option<(Epoch, String)>,
    },
}
