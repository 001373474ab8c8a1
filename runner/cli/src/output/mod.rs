//! What commands print: one object with `--json`, words otherwise. Types here are public contracts;
//! their schemas are generated.

mod diff;
mod doctor;
mod failure;
mod files;
mod forecast;
mod impact;
mod locks;
mod plan;
mod plugin;
mod printer;
mod render;
mod replay;
mod run;
mod runs;
mod schema;
mod simulate;
mod triggers;
mod verify;

pub(crate) use diff::{ChangeView, DiffView, RunbookDiff};
pub(crate) use doctor::{CheckupView, DoctorView};
pub(crate) use failure::{Failure, FailureBody, FileProblem};
pub(crate) use files::{CheckView, CheckedFile, InitView};
pub(crate) use forecast::{EarliestView, ForecastView, ItemView, ShutView, SpanView};
pub(crate) use impact::ImpactView;
pub(crate) use locks::{AskerView, LockView, LocksView};
pub(crate) use plan::{ExcludedView, GateView, PinnedView, PlanView, PlannedPhase, PlannedStep};
#[cfg(feature = "plugins")]
pub(crate) use plugin::PlayedView;
pub(crate) use plugin::{
    ActionView, PluginChange, PluginDocsView, PluginListView, PluginNewView, PluginTestView,
    PluginVerifyView, PluginView, PluginWrapView, PluginsChangedView, ShippedView, VerifiedPlugin,
};
pub(crate) use printer::{Printer, json, note, prompt, write};
pub(crate) use render::RenderView;
pub(crate) use replay::{ReplayView, ReplayedView};
pub(crate) use run::{RunView, TEXT_MAX};
pub(crate) use runs::{
    AdvanceView, AdvancedView, DeliveredView, EvidenceView, PhaseView, ReportView, RunEndView,
    ShowView, StatusRow, StatusView, StepView, WhyView,
};
pub(crate) use schema::schema;
pub(crate) use simulate::{CoverageView, RehearsedEvent, RehearsedView, SimulateView};
pub(crate) use triggers::{FiredView, TriggerRow, TriggersView};
pub(crate) use verify::{FindingView, VerifyView};
