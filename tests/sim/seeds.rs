//! The procedures under `runbooks/seeds`, each with the answers of the day on which all goes well.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use hardstop_core::{header::Inputs, model::Plan, value::Value};
use hardstop_runbook::{
    Files, compile,
    scenario::{Answered, Scenario, Scripted, scenario},
    settle_inputs,
};

/// A procedure, ready to be run.
pub(crate) struct Seed {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) plan: Plan,
    pub(crate) inputs: Inputs,
    pub(crate) scenario: Scenario,
}

/// Every procedure that has a scenario; of those without a good day, the first.
pub(crate) static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(|| {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../runbooks/seeds"));
    let scenarios = texts(&root.join("scenarios"));
    let seeds = texts(&root).into_iter().filter_map(|(name, text)| {
        let stem = name.strip_suffix(".yaml")?;
        let good = format!("{stem}.good-day.scenario.yaml");
        let any = || scenarios.keys().find(|it| it.starts_with(&format!("{stem}.")));
        let (name, script) = scenarios.get_key_value(&good).or_else(|| {
            let name = any()?;
            scenarios.get_key_value(name)
        })?;
        let scenario = scenario(name, script).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
        Some(seed(&root, format!("runbooks/seeds/{stem}.yaml"), text, scenario))
    });
    seeds.collect()
});

fn seed(root: &Path, path: String, text: String, scenario: Scenario) -> Seed {
    let top = root.join("../..");
    let load = |path: &str| fs::read_to_string(top.join(path)).ok();
    let files = Files { load: &load, at: scenario.start };
    let plan =
        compile(&path, &text, files).unwrap_or_else(|wrong| panic!("{path}: {wrong:?}")).plan;
    let inputs = settle_inputs(&plan, &scenario.inputs, "scenario");
    let inputs = inputs.unwrap_or_else(|wrong| panic!("{path}: {wrong:?}"));
    Seed { path, text, plan, inputs, scenario }
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("the repository has its runbooks");
    let files = entries.filter_map(|entry| {
        let path = entry.expect("a file").path();
        let name = path.file_name()?.to_str()?.to_owned();
        path.is_file().then(|| (name, fs::read_to_string(&path).expect("a text")))
    });
    files.collect()
}

/// What a step gives that goes well for the `time`th time, from 0.
pub(crate) fn outputs(scenario: &Scenario, address: &str, time: usize) -> BTreeMap<String, Value> {
    let plain = address.split('[').next().unwrap_or(address);
    let exact = |wanted: &str| scenario.answers.iter().find(|it| it.pattern == wanted);
    let scripted: Option<&Scripted> = exact(address)
        .or_else(|| exact(plain))
        .or_else(|| scenario.answers.iter().find(|it| fits(&it.pattern, address)));
    let answers = scripted.into_iter().flat_map(|scripted| &scripted.answers);
    let good: Vec<_> = answers
        .filter_map(|answer| match &answer.end {
            Answered::Done(outputs) => Some(outputs),
            Answered::Failed(_) | Answered::Lost => None,
        })
        .collect();
    good.get(time).or(good.last()).map(|outputs| (*outputs).clone()).unwrap_or_default()
}

/// Whether `text` is what `pattern` describes, `*` standing for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((first, rest)) => text.strip_prefix(first).is_some_and(|left| {
            left.char_indices()
                .map(|(at, _)| at)
                .chain([left.len()])
                .any(|at| fits(rest, &left[at..]))
        }),
    }
}
