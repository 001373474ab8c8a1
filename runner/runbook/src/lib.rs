//! Text of a `hardstop/v1` file to the core's model, with places to point at.
//!
//! Pure: bytes in, model or diagnostics out. It opens no file, reads no clock and asks no
//! environment; what an expression may know of the world is handed to it.
//!
//! ```text
//! text ──yaml──> tree with places ──shape──> the types of `syntax` ──compile──> Plan
//!                                    ^                                           │
//!                   one set of types ┴──schema──> schemas/*.json                 └─resolve─> Command, …
//! ```

pub mod action;
mod calendar;
mod compile;
mod config;
mod diagnostics;
mod diff;
pub mod exchanges;
mod expression;
mod file;
mod forecast;
mod grants;
mod inputs;
mod mark;
mod measure;
mod path;
mod policy;
mod resolve;
pub mod scenario;
mod schema;
mod secret;
mod shape;
mod spelling;
mod syntax;
mod trigger;
mod yaml;

#[cfg(test)]
mod tests;

pub use calendar::{IcsError, freezes};
pub use compile::{Compiled, Files, compile};
pub use config::{Config, Evidence, Exec, config};
pub use diagnostics::{Diagnostics, Finding, Problem};
pub use diff::{Change, Class, Outline, diff, outline};
pub use forecast::{Forecast, ForecastStep, Shut, forecast};
pub use inputs::{read_inputs, settle_inputs};
pub use mark::marked_steps;
pub use policy::policy;
pub use resolve::{
    Places, Resolved, Unknown, evidence_content, foresee, foresee_items, group, resolve,
    run_outputs, title, until_holds,
};
pub use schema::schemas;
pub use trigger::{
    After, Cron, Due, Missed, Overlap, Requests, RunRequest, RunbookRef, Schedule, Triggers, due,
    idempotency_key, request,
};
