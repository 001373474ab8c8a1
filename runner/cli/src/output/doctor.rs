//! What `doctor` prints with `--json`.

use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop doctor`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DoctorView {
    /// Everything that was looked at.
    pub(crate) checks: Vec<CheckupView>,
    /// How many of them keep runs from working.
    pub(crate) problems: usize,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CheckupView {
    /// What was looked at.
    pub(crate) name: &'static str,
    /// `ok`; `warning`, if something works less well; `problem`, if it keeps runs from working.
    pub(crate) verdict: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// What to do about it.
    pub(crate) fix: Option<String>,
}

impl CheckupView {
    /// Nothing is to be done.
    pub(crate) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: "ok", found: found.into(), fix: None }
    }

    /// Something works less well than it could.
    pub(crate) fn warning(
        name: &'static str,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { name, verdict: "warning", found: found.into(), fix: Some(fix.into()) }
    }

    /// Something keeps runs from working.
    pub(crate) fn problem(
        name: &'static str,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { name, verdict: "problem", found: found.into(), fix: Some(fix.into()) }
    }
}
