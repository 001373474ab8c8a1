//! The model of a run and every decision about it.
//!
//! This crate does no I/O, reads no clock, draws no randomness and knows no YAML, Git, HTTP or
//! WASM. Its contract is three functions:
//!
//! * [`run::decide`]: what an [`Input`](input::Input) means for a run, as facts;
//! * [`run::apply`]: folds one fact into the state, alike for ever;
//! * [`run::outstanding`]: what must be under way now, as a function of the state.
//!
//! A driver loads a journal, decides, appends durably, applies, and then makes the world match
//! `outstanding`. After a crash it does exactly the same; there is no second recovery path.

pub mod calendar;
pub mod effect;
pub mod event;
pub mod exit;
pub mod header;
pub mod ids;
pub mod input;
pub mod limits;
pub mod model;
pub mod policy;
pub mod run;
mod step;
pub mod time;
pub mod value;
pub mod view;
