//! What `render` prints with `--json`.

use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop render`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RenderView {
    /// The runbook's path in the repository.
    pub(crate) path: String,
    /// `markdown` or `html`.
    pub(crate) format: &'static str,
    /// The file it was written to; none if it was not.
    pub(crate) file: Option<String>,
    /// The document itself.
    pub(crate) document: String,
}
