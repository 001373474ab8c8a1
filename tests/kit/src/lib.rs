//! Builders and checks for tests: plans as text, people, a bench to put a run on, and one-line
//! pictures of events, effects and states.
//!
//! Panics on anything malformed: what it is given stands in the test that gives it.

pub mod bench;
pub mod people;
pub mod picture;
pub mod plan;
pub mod script;
