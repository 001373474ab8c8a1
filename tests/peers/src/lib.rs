//! Real servers for tests: each on loopback, in a folder of its own, gone with the value that holds it.
//!
//! `cargo xtask peers` installs them. Where one is not installed, its `start` says so in one line and
//! gives `None`, and the test has nothing to do. Nothing here leaves the machine.

mod alertmanager;
mod buildbot;
pub mod place;
mod prism;
mod prometheus;
mod server;
mod synapse;
#[cfg(test)]
mod tests;

pub use alertmanager::Alertmanager;
pub use buildbot::Buildbot;
pub use prism::Prism;
pub use prometheus::Prometheus;
pub use synapse::Synapse;
