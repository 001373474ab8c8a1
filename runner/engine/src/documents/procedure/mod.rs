//! A runbook as a document to read, print and follow by hand: made from the plan, so that it says
//! what the runner would do. Derived; nothing reads it back.

mod document;
mod step;
mod words;

pub use document::{Format, procedure};
