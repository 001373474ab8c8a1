//! The files of `hardstop/v1` as they are written: one set of types for parsing and for the
//! published schemas.
//!
//! No key of the language is declared anywhere else. The types know shapes only: what a text
//! means (a duration, a reference, an expression) is decided when it is compiled.

mod config;
mod gate;
mod policy;
mod runbook;
mod step;
mod text;

pub(crate) use config::Config;
pub(crate) use gate::{Approval, Checklist, Delay, FullItem, Item, ItemType};
pub(crate) use policy::Policy;
pub(crate) use runbook::{Input, InputType, Phase, Runbook, Secret};
pub(crate) use step::{Capture, CapturePattern, CaptureType, Command, Evidence, Retry, Step};
