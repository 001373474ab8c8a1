//! What is built in, described as plugins describe themselves: `exec`, which is what `run` does.
//!
//! Nothing is executed by it. A step says `run:`, the engine executes it, and the manifest says of
//! that, for listings and the reference, what other manifests say of `uses:`. Steps of the other
//! kinds reach nothing outside the runner: they are no actions, and have no manifest.

use serde_json::{Map, Value, json};

use super::manifest::{Action, Example, ExecWish, Manifest, Role};
use crate::{schema, syntax};

/// The keys of a step that are what `exec/run` is given. What stands beside every action is not
/// among them: `timeout`, `retry`, `idempotent`, `until` and `evidence`.
const KEYS: [&str; 4] = ["run", "env", "working_directory", "capture"];

/// The name of what executes commands.
const EXEC: &str = "exec";

/// Whether a name is that of a plugin that is built in. No other may have it.
pub fn is_built_in(name: &str) -> bool {
    name == EXEC
}

/// The manifests of what is built in, by their names.
pub fn built_in() -> Vec<Manifest> {
    vec![exec()]
}

fn exec() -> Manifest {
    let run = Action {
        summary: "Runs a command on the runner's host, as `run:` says.".to_owned(),
        description: DESCRIPTION.to_owned(),
        role: Role::Action,
        idempotent: false,
        long: false,
        input: input(),
        output: json!({
            "type": "object",
            "description": "What `capture` declares; nothing without it.",
            "additionalProperties": true,
        }),
        examples: vec![
            Example {
                title: "A program, its output read as JSON".to_owned(),
                with: json!({
                    "run": ["certs", "status", "--json", "${{ inputs.host }}"],
                    "capture": {"json": "stdout"},
                }),
            },
            Example {
                title: "A script, given a secret by its environment".to_owned(),
                with: json!({
                    "run": {"script": "certs renew --token-file <(echo \"$TOKEN\")", "shell": "bash"},
                    "env": {"TOKEN": "${{ secrets.token }}"},
                }),
            },
        ],
    };
    Manifest {
        name: EXEC.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        contract: "0.1.0".to_owned(),
        summary: "Executes commands on the runner's host.".to_owned(),
        exec: Some(ExecWish { why: "the program that the step names".to_owned() }),
        config: [].into(),
        http: Vec::new(),
        secrets: [].into(),
        actions: [("run".to_owned(), run)].into(),
    }
}

const DESCRIPTION: &str = "\
Built in: a step says `run:` and never `uses: exec/run`, and nothing is locked. An argument list is \
passed verbatim, without a shell. The command may work in the repository and in \
`${{ run.workspace }}`; of the runner's environment it inherits `PATH`, `HOME`, the locale and little \
else. It has succeeded if it ended with 0 and left its `evidence`.

It may execute what `exec.allow` in the configuration names, spelled as the step spells it; any \
program if there is no such list, none if it is empty. A script needs its shell.";

/// The schema of the keys, as the language has it.
fn input() -> Value {
    let mut schema = schema::of::<syntax::Work>();
    let mut of_work = |key: &str| schema.get_mut(key).map(Value::take).unwrap_or_default();
    let (mut properties, defs) = (of_work("properties"), of_work("$defs"));
    let properties: Map<String, Value> = KEYS
        .into_iter()
        .map(|key| {
            let mut property = properties[key].take();
            if let Some(Value::String(text)) = property.get_mut("description") {
                *text = sentence(text.trim_start_matches("`run`: "));
            }
            (key.to_owned(), property)
        })
        .collect();
    json!({
        "type": "object",
        "required": ["run"],
        "additionalProperties": false,
        "properties": properties,
        "$defs": defs,
    })
}

/// The text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
