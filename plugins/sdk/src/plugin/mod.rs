//! A plugin as a whole: the manifest, and which action a call is for.

mod builder;
mod dispatch;
#[cfg(test)]
mod tests;

pub use builder::{Plugin, Secret, Setting};
