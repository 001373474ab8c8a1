//! What commands print: one object with `--json`, words otherwise. Types here are public contracts;
//! their schemas are generated.

mod failure;
mod printer;
mod run;
mod runs;

pub(crate) use failure::{Failure, FailureBody};
pub(crate) use printer::{Printer, note};
pub(crate) use run::{RunView, TEXT_MAX};
pub(crate) use runs::{
    AdvanceView, AdvancedView, DeliveredView, EvidenceView, PhaseView, ReportView, RunEndView,
    ShowView, StatusRow, StatusView, StepView, WhyView,
};
