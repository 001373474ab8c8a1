//! What commands print: one object with `--json`, words otherwise. Types here are public contracts;
//! their schemas are generated.

mod failure;
mod files;
mod plan;
mod printer;
mod run;
mod runs;
mod verify;

pub(crate) use failure::{Failure, FailureBody, FileProblem};
pub(crate) use files::{CheckView, CheckedFile, InitView};
pub(crate) use plan::{ExcludedView, GateView, PlanView, PlannedPhase, PlannedStep};
pub(crate) use printer::{Printer, json, note, prompt};
pub(crate) use run::{RunView, TEXT_MAX};
pub(crate) use runs::{
    AdvanceView, AdvancedView, DeliveredView, EvidenceView, PhaseView, ReportView, RunEndView,
    ShowView, StatusRow, StatusView, StepView, WhyView,
};
pub(crate) use verify::{FindingView, VerifyView};
