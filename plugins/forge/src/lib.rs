//! What the plugins of forges like GitHub share: CI runs, comments, issues, permalinks.
//!
//! Gitea and Forgejo took GitHub's API for their model; where they differ is in [`Dialect`].

mod comment;
mod dialect;
mod dispatch;
mod issue;
mod lines;
mod permalink;
mod plugin;
mod search;

pub use dialect::{Dialect, mark, marked};
pub use lines::fragment;
pub use plugin::actions;
pub use search::{finding, search, since};
