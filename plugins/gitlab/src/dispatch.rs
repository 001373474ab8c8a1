//! `gitlab/dispatch`: begins a CI run and follows it to its end.

use std::collections::BTreeMap;

use hardstop_ci::{Console, Found, Look, Server, scalar};
use hardstop_forge::since;
use hardstop_sdk::{Call, Done, Failure, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::api::request;

/// Where CI runs are, below a project.
const RUNS: &str = "/pipelines";
/// Where one is begun.
const BEGIN: &str = "/pipeline";
/// Runs among which ours is looked for: each costs a request, and what follows needs some as well.
const LOOKED_AT: usize = 50;
const CONSOLE: &str = "console.txt";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The project, `group/name`.
    project: String,
    /// The branch or tag.
    r#ref: String,
    /// Variables; texts, whole numbers or truth values.
    #[serde(default)]
    variables: BTreeMap<String, Value>,
    /// Inputs that its configuration declares, of the types that it declares; GitLab 17.10 or later.
    #[serde(default)]
    inputs: BTreeMap<String, Value>,
    /// The variable that takes the attempt's key; empty where the project lets nobody set variables.
    #[serde(default = "key_variable")]
    key_variable: String,
    /// The time between two looks, such as `15s`.
    #[serde(default = "every")]
    every: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The run's id.
    id: u64,
    /// Where people look at it.
    url: String,
    /// The name its console text is kept under.
    console: &'static str,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    status: String,
    web_url: String,
}

#[derive(Deserialize)]
struct Variable {
    key: String,
    value: String,
}

#[derive(Deserialize)]
struct Part {
    id: u64,
    name: String,
    status: String,
}

fn key_variable() -> String {
    "HARDSTOP_KEY".to_owned()
}

fn every() -> String {
    "15s".to_owned()
}

/// GitLab's words.
pub(crate) struct GitLab;

impl Server for GitLab {
    type Input = Input;
    type Output = Output;
    type Id = u64;

    fn every(input: &Input) -> &str {
        &input.every
    }

    fn trigger(call: &Call, input: &Input) -> Result<Option<u64>, Failure> {
        let mut variables = Vec::new();
        if !input.key_variable.is_empty() {
            variables.push(json!({ "key": input.key_variable, "value": call.key }));
        }
        for (name, value) in &input.variables {
            variables.push(json!({ "key": name, "value": scalar(name, value)? }));
        }
        let mut body = json!({ "ref": input.r#ref, "variables": variables });
        // Versions before 17.10 know no inputs.
        if !input.inputs.is_empty() {
            body["inputs"] = json!(input.inputs);
        }
        let asked = request(call, Method::Post, (&input.project, path(BEGIN)))?;
        let run: Run = asked.json(&body).ok()?.json()?;
        Ok(Some(run.id))
    }

    fn find(call: &Call, input: &Input) -> Result<Found<u64>, Failure> {
        if input.key_variable.is_empty() {
            let why = "no `key_variable` tells its run from others".to_owned();
            return Ok(Found::Unclear(why));
        }
        let asked = request(call, Method::Get, (&input.project, path(RUNS)))?;
        let asked = asked.query("source", "api").query("ref", short(&input.r#ref));
        let asked = asked.query("created_after", &since(call));
        let runs: Vec<Run> = asked.query("per_page", &LOOKED_AT.to_string()).ok()?.json()?;
        let all = runs.len() < LOOKED_AT;
        for run in runs {
            let looked = get::<Vec<Variable>>(call, input, &format!("{RUNS}/{}/variables", run.id));
            let variables = match looked {
                Ok(variables) => variables,
                Err(failure) if failure.retryable => return Err(failure),
                Err(failure) => return Ok(Found::Unclear(failure.message)),
            };
            if variables.iter().any(|it| it.key == input.key_variable && it.value == call.key) {
                return Ok(Found::Here(run.id));
            }
        }
        let more = || Found::Unclear(format!("it is not among the {LOOKED_AT} newest runs"));
        Ok(if all { Found::Nowhere } else { more() })
    }

    fn look(call: &Call, input: &Input, id: u64) -> Result<Look<u64, Output>, Failure> {
        let Run { status, web_url: url, .. } = get(call, input, &format!("{RUNS}/{id}"))?;
        if !matches!(status.as_str(), "success" | "failed" | "canceled" | "skipped") {
            let note = format!("the CI run {id} of {} is {status}", input.project);
            return Ok(Look::Going { id, note, link: Some(url) });
        }
        keep_console(call, input, id)?;
        if status != "success" {
            let message = format!("the CI run {id} of {} ended as {status}: {url}", input.project);
            let details = json!({ "id": id, "result": status, "url": url });
            let failure = Failure::new("build_failed", message).details(details);
            return Ok(Look::Ended(Err(failure)));
        }
        let output = Output { id, url: url.clone(), console: CONSOLE };
        Ok(Look::Ended(Ok(Done::new(output).link(url))))
    }

    /// Over already or not, GitLab answers with the run.
    fn stop(call: &Call, input: &Input, id: &u64) -> Result<(), Failure> {
        let place = format!("{RUNS}/{id}/cancel");
        request(call, Method::Post, (&input.project, path(&place)))?.ok().map(drop)
    }
}

/// A branch or a tag as GitLab lists it, however it was written when the run was begun.
fn short(name: &str) -> &str {
    let rest = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/"));
    rest.unwrap_or(name)
}

/// Without the slash at its beginning.
fn path(place: &str) -> &str {
    place.trim_start_matches('/')
}

fn get<T: DeserializeOwned>(call: &Call, input: &Input, place: &str) -> Result<T, Failure> {
    request(call, Method::Get, (&input.project, path(place)))?.ok()?.json()
}

fn keep_console(call: &Call, input: &Input, id: u64) -> Result<(), Failure> {
    let listed = || {
        let place = format!("{RUNS}/{id}/jobs?per_page=100");
        let answer = request(call, Method::Get, (&input.project, path(&place)))?.ok()?;
        let total = answer.header("x-total").and_then(|it| it.parse().ok()).unwrap_or(0);
        let parts: Vec<Part> = answer.json()?;
        let part = |Part { id, name, status: end }| hardstop_ci::Part { id, name, end };
        Ok((parts.into_iter().map(part).collect(), total))
    };
    let printed = |part| {
        let place = format!("jobs/{part}/trace");
        let answer = request(call, Method::Get, (&input.project, &place))?.send()?;
        // A part that never ran has printed nothing.
        if answer.status == 404 { Ok(Vec::new()) } else { Ok(answer.ok()?.body) }
    };
    let mut console = Console::default();
    console.parts(listed(), printed);
    call.keep(CONSOLE, &console.into_bytes())
}
