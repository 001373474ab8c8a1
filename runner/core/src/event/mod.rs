//! The facts a run's journal may hold.
//!
//! An event records something that *has happened*. It is never refused, never edited, and nothing
//! else changes a run's state. What *should happen next* is an [`Effect`](crate::effect::Effect)
//! and is never journaled as such.
//!
//! The names on the wire are written out, so that renaming a variant cannot change the format.
//! Adding a variant or an optional field is a minor change of the format; renaming or re-typing a
//! field is a major one. A reader that meets an unknown `type` stops: a state folded from a
//! journal with holes in it is wrong, not old.

mod consequence;
mod entry;
mod fact;
mod reason;
mod subject;
mod work;

pub use consequence::{Impact, OpenItem};
pub use entry::{Artifact, Binding, Cause, Entry, FORMAT, Lost, ShownEvidence};
pub use fact::Event;
pub use reason::{OpenedItem, RunResult, SkipReason, VoidReason};
pub use work::{Call, ChildRun, Command, EnvValue, Found, ListedItem, Pending, Work};
