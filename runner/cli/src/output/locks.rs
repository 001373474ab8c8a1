//! What `locks` prints with `--json`.

use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop locks`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LocksView {
    /// The locks that runs of this clone hold or wait for, by their names.
    pub(crate) locks: Vec<LockView>,
}

/// One lock of `hardstop locks`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LockView {
    /// Its name; `group:` and the name of a group for the turn of the runs of that group.
    pub(crate) lock: String,
    /// Who holds it: one, and those within it that hold it too; none while all who want it wait
    /// for others.
    pub(crate) held_by: Vec<AskerView>,
    /// Who waits for it, in the order of asking.
    pub(crate) waiting: Vec<AskerView>,
}

/// Who holds a lock or waits for it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AskerView {
    /// The run's id.
    pub(crate) run: String,
    /// The part of it that is enough to name it.
    pub(crate) short: String,
    /// The step; none for the run as a whole.
    pub(crate) step: Option<String>,
    /// Since when.
    pub(crate) since: String,
    /// For how long by now, in milliseconds.
    pub(crate) age_ms: u64,
}
