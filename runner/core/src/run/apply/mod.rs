//! Folds one fact into the state of a run.
//!
//! Total, because an event is a fact; and frozen, because a released journal must fold to the
//! same state for ever (`tests/histories` holds us to it). Nothing here decides anything.

mod again;
mod fold;
mod gate;
mod people;
mod rebased;
mod steps;
mod turn;

pub use fold::apply;
