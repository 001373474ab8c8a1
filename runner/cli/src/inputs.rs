//! The values a run is started with, from the command line and from a file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use hardstop_core::{
    header::Inputs,
    limits::{RUNBOOK_BYTES_MAX, YAML_DEPTH_MAX, YAML_NODES_MAX},
    model::Plan,
    value::Value,
};
use hardstop_evidence::redact::scan;
use hardstop_runbook::settle_inputs;

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
            if typed.insert(name.clone(), value.clone()).is_some() {
                return Err(wrong(&format!("input `{name}` is given twice")));
            }
        }
        given.extend(typed.clone());
        let mut settled = settle_inputs(plan, &given, "command line")
            .map_err(|problems| wrong(&problems.join("; ")))?;
        for (name, input) in &settled.0 {
            if let Some(found) = scan(input.value.to_string().as_bytes()).first() {
                return Err(wrong(&format!(
                    "input `{name}` looks like {}, and inputs are kept as evidence; declare it \
                     under `secrets:`",
                    found.shape
                )));
            }
        }
        for (name, input) in &mut settled.0 {
            if from_file.contains_key(name) && !typed.contains_key(name) {
                "inputs file".clone_into(&mut input.source);
            }
        }
        Ok(settled)
    }
}

fn wrong(problem: &str) -> CliError {
    CliError::usage(
        problem,
        "`hardstop plan <runbook>` lists the inputs; `-i name=value` gives one",
    )
}

/// Reads a file of inputs into the text that would have been typed.
fn read(path: &Path) -> Result<BTreeMap<String, String>, CliError> {
    let shown = path.display().to_string();
    let failed = |source| CliError::Path { path: shown.clone(), action: "cannot be read", source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(RUNBOOK_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > RUNBOOK_BYTES_MAX {
        return Err(wrong(&format!("{shown} has more than {RUNBOOK_BYTES_MAX} bytes")));
    }
    let budget = serde_saphyr::budget! {
        max_depth: YAML_DEPTH_MAX,
        max_nodes: YAML_NODES_MAX,
        max_documents: 1,
        max_anchors: 0,
        max_aliases: 0,
    };
    let options = serde_saphyr::options! {
        budget: budget,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    let values: BTreeMap<String, Value> = serde_saphyr::from_slice_with_options(&bytes, options)
        .map_err(|error| wrong(&format!("{shown}: {error}")))?;
    let text = |value: Value| {
        if let Value::List(items) = value {
            items.iter().map(Value::to_string).collect::<Vec<_>>().join(",")
        } else {
            value.to_string()
        }
    };
    Ok(values.into_iter().map(|(name, value)| (name, text(value))).collect())
}
