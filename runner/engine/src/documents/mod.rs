//! The two documents of a run, in Markdown, and a runbook as a document, for people.
//!
//! `CHECKLIST.md` says where the run stands and what it waits for; `REPORT.md` says what was done,
//! as written against as executed. Both are pure functions of the journal and of what it begins
//! with, byte for byte the same whenever they are rendered. They are derived: nothing reads them
//! back, and an auditor trusts the journal, not them. Writing them anywhere is the caller's
//! business.

mod checklist;
mod deviation;
mod facts;
mod history;
mod people;
mod procedure;
mod render;
mod report;
pub mod sanitise;
mod sentence;
#[cfg(test)]
mod tests;
mod waits;

pub use checklist::checklist;
pub use procedure::{Format, procedure};
pub use report::report;
pub use sentence::sentence;
