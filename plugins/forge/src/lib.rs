//! What the plugins of forges like GitHub share: CI runs, comments, issues, permalinks.
//!
//! Gitea and Forgejo took GitHub's API for their model; where they differ is in [`Dialect`].

mod comment;
mod dialect;
mod dispatch;
mod issue;
mod permalink;
mod plugin;

pub use dialect::Dialect;
pub use plugin::actions;
