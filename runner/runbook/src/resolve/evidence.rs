//! What is evaluated once a step itself has given something: `self`.

use std::collections::BTreeMap;

use hardstop_core::{ids::StepId, model::Poll, run::RunState, time::Timestamp, value::Value};

use super::resolver::{Own, Resolver};

/// Whether what is asked again and again holds, now that a try gave `outputs`. Without a condition
/// the success of the try is enough; so it is for a step that is tried once.
///
/// # Errors
///
/// Why nobody can tell: the condition has no value, or is neither true nor false. Asking again
/// may help, if the outputs were not complete yet.
pub fn until_holds(
    state: &RunState,
    step: &StepId,
    outputs: &BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<bool, String> {
    let mut resolver = Resolver::new(state, step, None, now)?;
    resolver.own = Some(Own { outputs, files: None });
    let until = resolver.step.kind.poll();
    let Some(Poll { condition: Some(condition), .. }) = until else { return Ok(true) };
    match resolver.value(condition) {
        Ok(Value::Bool(holds)) => Ok(holds),
        Ok(value) => Err(format!("step `{step}`: `until` gives `{value}`, neither true nor false")),
        Err(why) => Err(format!("step `{step}`: {why}")),
    }
}

/// The evidence files that the runner writes itself from what a step gave: the place of each among
/// the declared ones, and its text.
///
/// * `files`: the text of each file that the attempt left, by the name `self.files` has it under.
///
/// # Errors
///
/// The file, and why it has no text, or one that is longer than it may be. The step has failed if
/// the file is required.
pub fn evidence_content(
    state: &RunState,
    step: &StepId,
    outputs: &BTreeMap<String, Value>,
    files: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Vec<(usize, String)>, String> {
    let mut resolver = Resolver::new(state, step, None, now)?;
    resolver.own = Some(Own { outputs, files: Some(files) });
    // It goes to a file and not into the journal: what bounds it is what the file may have.
    let longest = resolver.step.evidence.iter().map(|file| file.max_bytes).max().unwrap_or(0);
    resolver.known.bytes_max = usize::try_from(longest).unwrap_or(usize::MAX);
    let mut written = Vec::new();
    for (place, file) in resolver.step.evidence.iter().enumerate() {
        let Some(content) = &file.content else { continue };
        let within = |why| format!("step `{step}`: evidence `{}`: {why}", file.id);
        let text = resolver.text(content).map_err(within)?;
        if text.len() as u64 > file.max_bytes {
            let long = format!("it has {} bytes, more than {}", text.len(), file.max_bytes);
            return Err(within(long));
        }
        written.push((place, text));
    }
    Ok(written)
}
