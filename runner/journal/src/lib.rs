//! Live runs: the files of every run that is not closed yet, in the repository's git directory.
//!
//! ```text
//! <git common dir>/hardstop/
//!   runs/<run-id>/   the very files that become evidence, journal.jsonl among them,
//!                    and two that do not: `lease` (who owns the run), `wake` (a cache)
//!   work/<run-id>/   an empty folder for the run's commands
//!   locks/           which run holds what, and who waits for it
//!   triggers/        what was and is to be opened without a person's command
//!   keys/            the runner's own key
//! ```
//!
//! [`LiveRuns`] makes, finds, opens and removes runs; [`FileRun`] is one of them, owned;
//! [`Peek`] is one of them, only read. This crate knows nothing of what an event means.

mod advice;
mod error;
mod file;
mod folder;
mod key;
mod lease;
mod live;
mod locks;
mod peek;
mod trigger;
mod wake;

pub use error::OpenError;
pub use file::FileRun;
pub use key::{load_or_create as load_or_create_key, path as key_path};
pub use lease::Holder;
pub use live::LiveRuns;
pub use locks::FileLocks;
pub use peek::Peek;
pub use trigger::{HeldMarks, Mark, MarkState, Marks, Seen};
pub use wake::Wake;
