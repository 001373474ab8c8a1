//! The values a run is started with, from the command line and from a file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use hardstop_core::{header::Inputs, limits::RUNBOOK_BYTES_MAX, model::Plan, value::Value};
use hardstop_evidence::redact::scan;
use hardstop_runbook::{read_inputs, settle_inputs};

use crate::error::CliError;

/// The inputs of a runbook.
#[derive(Args, Debug, Default)]
pub(crate) struct Given {
    /// An input, as `name=value`.
    #[arg(short, long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    inputs: Vec<(String, String)>,
    /// A YAML file of inputs: names to values. Those given one by one come first.
    #[arg(long = "inputs", value_name = "FILE")]
    file: Option<PathBuf>,
}

fn pair(typed: &str) -> Result<(String, String), String> {
    typed
        .split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("`{typed}` is not `name=value`"))
}

impl Given {
    /// The value of every input of `plan`, and where each came from.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them at once.
    pub(crate) fn settle(&self, plan: &Plan) -> Result<Inputs, CliError> {
        let from_file = self.file.as_deref().map(read).transpose()?.unwrap_or_default();
        let mut given = from_file.clone();
        let mut typed = BTreeMap::new();
        for (name, value) in &self.inputs {
            if typed.insert(name.clone(), Value::from(value.as_str())).is_some() {
                return Err(wrong(&format!("input `{name}` is given twice")));
            }
        }
        given.extend(typed.clone());
        let mut settled = settled(plan, &given, "command line")?;
        for (name, input) in &mut settled.0 {
            if from_file.contains_key(name) && !typed.contains_key(name) {
                "inputs file".clone_into(&mut input.source);
            }
        }
        Ok(settled)
    }
}

/// The value of every input of `plan`, those that are not given by their defaults.
///
/// * `source`: how they were given, which is recorded with each.
///
/// # Errors
///
/// Everything that is wrong with them at once.
pub(crate) fn settled(
    plan: &Plan,
    given: &BTreeMap<String, Value>,
    source: &str,
) -> Result<Inputs, CliError> {
    let settled =
        settle_inputs(plan, given, source).map_err(|problems| wrong(&problems.join("; ")))?;
    for (name, input) in &settled.0 {
        if let Some(found) = scan(input.value.to_string().as_bytes()).first() {
            return Err(wrong(&format!(
                "input `{name}` looks like {}, and inputs are kept as evidence; declare it under \
                 `secrets:`",
                found.shape
            )));
        }
    }
    Ok(settled)
}

fn wrong(problem: &str) -> CliError {
    CliError::usage(
        problem,
        "`hardstop plan <runbook>` lists the inputs; `-i name=value` gives one",
    )
}

/// Reads a file of inputs: names to values.
fn read(path: &Path) -> Result<BTreeMap<String, Value>, CliError> {
    let shown = path.display().to_string();
    let failed = |source| CliError::Path { path: shown.clone(), action: "cannot be read", source };
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    // One byte more than is read, so that the reader sees that there are too many.
    file.take(RUNBOOK_BYTES_MAX as u64 + 1).read_to_string(&mut text).map_err(failed)?;
    read_inputs(&shown, &text).map_err(|problems| CliError::Invalid(Box::new(problems)))
}
