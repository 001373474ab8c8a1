//! `kind: Scenario`: a rehearsal of a runbook, with everything that happens around it written down.
//!
//! Reading only: what a scenario brings about is the business of the engine. Every part of the
//! model knows its place in the text, so that what did not come true can be marked there.

mod answers;
mod deed;
mod expect;
mod model;
mod people;
mod read;
mod syntax;
#[cfg(test)]
mod tests;

pub use model::{
    Act, Answer, Answered, Complaint, Deed, EventPattern, Expect, ExpectedResult, Found, Items,
    Outlook, Place, Refused, Scenario, Scripted, StepPattern, Took, Waits, When,
};
pub use read::scenario;
pub(crate) use syntax::Scenario as Schema;
