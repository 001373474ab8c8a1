//! `kind: RunRequest`: a run that somebody asks for by merging a file.

use std::collections::BTreeMap;

use hardstop_core::value::Value;

use super::{RunbookRef, idempotency_key, read::runbook};
use crate::{
    diagnostics::{Diagnostics, Sink},
    file::read,
    syntax,
};

/// A run that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRequest {
    /// What people call it.
    pub id: Option<String>,
    /// The runbook.
    pub runbook: RunbookRef,
    /// Its inputs.
    pub inputs: BTreeMap<String, Value>,
    /// Of all requests with one key at most one is run.
    pub idempotency_key: Option<String>,
}

/// Reads the text of a request.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX).
pub fn request(name: &str, text: &str) -> Result<RunRequest, Diagnostics> {
    let mut sink = Sink::new(name, text);
    let schema = crate::schema::of::<syntax::RunRequest>();
    let Some((file, tree)) = read::<syntax::RunRequest>(&mut sink, &schema) else {
        return Err(sink.failed());
    };
    let runbook = runbook(&file.runbook, &tree, &mut sink);
    let given = file.idempotency_key.map(|text| {
        idempotency_key(&text).map_err(|why| {
            sink.error("request::key", &tree.get("idempotency_key").at, why, None);
        })
    });
    match (runbook, given.transpose()) {
        (Some(runbook), Ok(key)) if !sink.has_errors() => {
            Ok(RunRequest { id: file.id, runbook, inputs: file.inputs, idempotency_key: key })
        }
        _ => Err(sink.failed()),
    }
}
