//! A command that failed, as `--json` prints it.

use schemars::JsonSchema;
use serde::Serialize;

/// What a command that failed prints with `--json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Failure {
    /// Why it failed.
    pub(crate) error: FailureBody,
}

/// Why a command failed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailureBody {
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// What led to it, the nearest cause first.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// The exit code of the process.
    pub(crate) exit_code: u8,
    /// The problems of a file, if it is a file that is wrong.
    pub(crate) findings: Vec<FileProblem>,
}

/// One problem of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FileProblem {
    /// What kind of problem, stable across releases.
    pub(crate) code: String,
    /// One lowercase fragment.
    pub(crate) message: String,
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

impl From<hardstop_runbook::Finding> for FileProblem {
    fn from(finding: hardstop_runbook::Finding) -> Self {
        let hardstop_runbook::Finding { code, message, line, column, help } = finding;
        Self { code: code.to_owned(), message, line, column, help }
    }
}
