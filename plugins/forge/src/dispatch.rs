//! `dispatch`: begins a CI run and follows it to its end.

use std::{collections::BTreeMap, marker::PhantomData};

use hardstop_ci::{Console, Found, Look, Server, scalar};
use hardstop_sdk::{
    Call, Done, Failure,
    http::{Method, RequestBuilder, encode},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    dialect::{Dialect, request},
    search::{search, since},
};

const CONSOLE: &str = "console.txt";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The repository, `owner/name`.
    repository: String,
    /// The file that says what is done, such as `release.yaml`.
    file: String,
    /// The branch or tag it is taken from.
    r#ref: String,
    /// Inputs that it declares; texts, whole numbers or truth values.
    #[serde(default)]
    inputs: BTreeMap<String, Value>,
    /// The input that takes the attempt's key. The run's name must show it.
    #[serde(rename = "key_input")]
    key: Option<String>,
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
struct Runs {
    #[serde(rename = "workflow_runs")]
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    /// GitHub and Gitea say `display_title`, Forgejo says `title`.
    #[serde(alias = "display_title", default)]
    title: String,
    status: String,
    /// Forgejo has the end in `status`.
    #[serde(default)]
    conclusion: Option<String>,
    html_url: String,
}

/// What is known of a run that was just begun, if anything.
#[derive(Default, Deserialize)]
struct Begun {
    #[serde(alias = "workflow_run_id")]
    id: Option<u64>,
}

/// GitHub and Gitea name the list and give it in pages, Forgejo does neither.
#[derive(Deserialize)]
#[serde(untagged)]
enum Parts {
    Page {
        #[serde(rename = "jobs")]
        parts: Vec<Part>,
        #[serde(rename = "total_count", default)]
        total: usize,
    },
    All(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    id: u64,
    name: String,
    /// Forgejo has the end in `status`.
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

impl From<Part> for hardstop_ci::Part {
    fn from(Part { id, name, conclusion, status }: Part) -> Self {
        let end = conclusion.or(status).unwrap_or_else(|| "unknown".to_owned());
        Self { id, name, end }
    }
}

fn every() -> String {
    "15s".to_owned()
}

/// A forge's words for CI runs.
pub(crate) struct Actions<D>(PhantomData<D>);

impl<D: Dialect> Server for Actions<D> {
    type Input = Input;
    type Output = Output;
    type Id = u64;

    fn every(input: &Input) -> &str {
        &input.every
    }

    fn trigger(call: &Call, input: &Input) -> Result<Option<u64>, Failure> {
        let mut inputs = Map::new();
        for (name, value) in &input.inputs {
            inputs.insert(name.clone(), scalar(name, value)?.into());
        }
        if let Some(name) = &input.key {
            inputs.insert(name.clone(), call.key.clone().into());
        }
        let plain = json!({ "ref": input.r#ref, "inputs": inputs });
        let mut tells = plain.clone();
        tells[D::TELL] = json!(true);
        let mut answer = begin::<D>(call, input)?.json(&tells).send()?;
        // GitHub Enterprise Server up to 3.19 takes no key that it does not know, and begins nothing.
        if answer.status == 422 && answer.text().contains(D::TELL) {
            if input.key.is_none() {
                return Err(Failure::bad_input(
                    "`key_input` is missing: this server does not tell which run it begins, so a key \
                     is needed to find it; nothing was begun",
                ));
            }
            answer = begin::<D>(call, input)?.json(&plain).send()?;
        }
        // Older ones answer nothing.
        Ok(answer.ok()?.json::<Begun>().unwrap_or_default().id)
    }

    fn find(call: &Call, input: &Input) -> Result<Found<u64>, Failure> {
        if input.key.is_none() {
            let why = "no `key_input` tells its run from others".to_owned();
            return Ok(Found::Unclear(why));
        }
        let (size, most) = D::PAGE;
        let path = D::runs(&input.file, &since(call));
        // Not by `ref`: runs know it by another name if it is written as `refs/heads/main`.
        let runs = |page: &str| {
            let asked = request::<D>(call, Method::Get, (&input.repository, &path))?;
            let asked = asked.query("event", "workflow_dispatch");
            let found: Runs = asked.query(size, most).query("page", page).ok()?.json()?;
            Ok(found.runs)
        };
        Ok(match search(runs, |run| has_word(&run.title, &call.key))? {
            Found::Here(run) => Found::Here(run.id),
            Found::Nowhere => Found::Nowhere,
            Found::Unclear(why) => Found::Unclear(why),
        })
    }

    fn look(call: &Call, input: &Input, id: u64) -> Result<Look<u64, Output>, Failure> {
        let asked =
            request::<D>(call, Method::Get, (&input.repository, &format!("actions/runs/{id}")))?;
        let run: Run = asked.ok()?.json()?;
        let Some(end) = end(&run) else {
            let note = format!("{} is {}", input.file, run.status);
            return Ok(Look::Going { id, note, link: Some(run.html_url) });
        };
        keep_console::<D>(call, input, id)?;
        let url = run.html_url.clone();
        if end != "success" {
            let message = format!("{} ended as {end}: {url}", input.file);
            let details = json!({ "id": id, "result": end, "url": url });
            let failure = Failure::new("build_failed", message).details(details);
            return Ok(Look::Ended(Err(failure)));
        }
        let output = Output { id, url: url.clone(), console: CONSOLE };
        Ok(Look::Ended(Ok(Done::new(output).link(url))))
    }

    fn stop(call: &Call, input: &Input, id: &u64) -> Result<(), Failure> {
        let path = format!("actions/runs/{id}/cancel");
        let answer = request::<D>(call, Method::Post, (&input.repository, &path))?.send()?;
        // It is over already.
        if answer.status == 409 {
            return Ok(());
        }
        answer.ok().map(drop)
    }
}

/// The request that begins a run.
fn begin<'a, D: Dialect>(call: &'a Call, input: &Input) -> Result<RequestBuilder<'a>, Failure> {
    let path = format!("actions/workflows/{}/dispatches", encode(&input.file));
    let asked = request::<D>(call, Method::Post, (&input.repository, &path))?;
    // Gitea reads it from the query, the others from the body.
    Ok(if D::API.is_empty() { asked } else { asked.query("return_run_details", "true") })
}

/// How a run ended, if it has.
fn end(run: &Run) -> Option<&str> {
    match run.conclusion.as_deref() {
        Some(conclusion) if !conclusion.is_empty() => Some(conclusion),
        Some(_) | None => {
            let status = run.status.as_str();
            ["success", "failure", "cancelled", "skipped"].into_iter().find(|end| *end == status)
        }
    }
}

/// Whether `title` holds `word`, and not as part of a longer one.
fn has_word(title: &str, word: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "-_".contains(c);
    title.match_indices(word).any(|(start, _)| {
        let (before, after) = (&title[..start], &title[start + word.len()..]);
        !before.ends_with(inner) && !after.starts_with(inner)
    })
}

/// Keeps what the parts of a run printed. Forges lead to storage elsewhere for it, which need not be
/// granted.
fn keep_console<D: Dialect>(call: &Call, input: &Input, id: u64) -> Result<(), Failure> {
    let get = |path: &str| request::<D>(call, Method::Get, (&input.repository, path));
    let (size, most) = D::PAGE;
    let listed = || {
        let asked = get(&format!("actions/runs/{id}/jobs"))?.query(size, most);
        let (parts, total) = match asked.ok()?.json()? {
            Parts::Page { parts, total } => (parts, total),
            Parts::All(parts) => (parts, 0),
        };
        Ok((parts.into_iter().map(Into::into).collect(), total))
    };
    let mut console = Console::default();
    console.parts(listed(), |part| Ok(get(&format!("actions/jobs/{part}/logs"))?.ok()?.body));
    call.keep(CONSOLE, &console.into_bytes())
}
