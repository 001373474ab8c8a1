//! `jenkins/build`: one build, begun once.

use std::collections::BTreeMap;

use hardstop_ci::{Found, Look, Server, scalar};
use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    api::{BUILD, Build, Buildable, Builds, Item, Marked, Queue, path, post, tree},
    left::{self, Left, Wanted},
};

/// Builds among which ours is looked for. `builds` would be the last 100, whatever is asked for.
const BUILDS: &str = "allBuilds[number,queueId,actions[parameters[name,value]]]{0,1000}";
const BUILDS_MAX: usize = 1_000;
/// Looks at a place that was taken off the queue: what leaves it to be built has no number yet.
const STOP_LOOKS: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// What is built, with its folders: `release/symlinks`.
    job: String,
    /// Parameters that it declares; texts, whole numbers or truth values.
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    /// The parameter that takes the attempt's key.
    #[serde(default = "key_parameter")]
    key_parameter: String,
    /// Artifacts that are kept as evidence, by their paths; one that is missing is a failure.
    #[serde(default)]
    artifacts: Vec<String>,
    /// An artifact that is a JSON object: kept as the others are, and given as `values`.
    values: Option<String>,
    /// Takes UNSTABLE for success.
    #[serde(default)]
    unstable: bool,
    /// The time between two looks, such as `10s`.
    #[serde(default = "every")]
    every: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The build's number.
    number: u64,
    /// `SUCCESS` or `UNSTABLE`.
    result: String,
    /// Where people look at it.
    url: String,
    /// The name its console text is kept under.
    console: &'static str,
    /// The names its artifacts are kept under.
    artifacts: Vec<String>,
    /// What the artifact `values` holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Value>,
}

/// By what Jenkins knows a build: first a place in the queue, then a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Id {
    Queued(u64),
    Number(u64),
}

fn key_parameter() -> String {
    "HARDSTOP_KEY".to_owned()
}

fn every() -> String {
    "10s".to_owned()
}

/// Jenkins' words.
pub(crate) struct Jenkins;

impl Server for Jenkins {
    type Input = Input;
    type Output = Output;
    type Id = Id;

    fn every(input: &Input) -> &str {
        &input.every
    }

    fn trigger(call: &Call, input: &Input) -> Result<Option<Id>, Failure> {
        let job = path(&input.job);
        let declared = declared(call, &job)?;
        let mut form = Vec::new();
        for (name, value) in &input.parameters {
            if !declared.contains(name) {
                let message = format!("`{}` declares no parameter `{name}`", input.job);
                return Err(Failure::bad_input(message));
            }
            if *name == input.key_parameter {
                let message =
                    format!("the parameter `{name}` takes the attempt's key: leave it out");
                return Err(Failure::bad_input(message));
            }
            form.push((name.clone(), scalar(name, value)?));
        }
        if declared.contains(&input.key_parameter) {
            form.push((input.key_parameter.clone(), call.key.clone()));
        }
        let action = if declared.is_empty() { "build" } else { "buildWithParameters" };
        let answer = post(call, &format!("{job}/{action}"), &form)?.ok()?;
        // `https://ci.example.com/queue/item/39/`, by the name Jenkins has for itself.
        let item = answer.header("location").and_then(|location| {
            location.split_once("/queue/item/")?.1.trim_end_matches('/').parse().ok()
        });
        Ok(item.map(Id::Queued))
    }

    fn find(call: &Call, input: &Input) -> Result<Found<Id>, Failure> {
        let job = path(&input.job);
        let ours = |it: &&Marked| it.parameters.has(&input.key_parameter, &call.key);
        let queue: Queue = tree(call, "queue", "items[id,actions[parameters[name,value]]]")?;
        if let Some(item) = queue.items.iter().find(ours).and_then(|it| it.id) {
            return Ok(Found::Here(Id::Queued(item)));
        }
        let builds: Builds = tree(call, &job, BUILDS)?;
        if let Some(number) = builds.builds.iter().find(ours).and_then(|it| it.number) {
            return Ok(Found::Here(Id::Number(number)));
        }
        let (name, key) = (&input.job, &input.key_parameter);
        if !declared(call, &job)?.contains(key) {
            let why = format!("`{name}` declares no parameter `{key}` that would tell");
            return Ok(Found::Unclear(why));
        }
        if builds.builds.len() >= BUILDS_MAX {
            let why = format!("it is not among the last {BUILDS_MAX} builds of `{name}`");
            return Ok(Found::Unclear(why));
        }
        Ok(Found::Nowhere)
    }

    fn look(call: &Call, input: &Input, id: Id) -> Result<Look<Id, Output>, Failure> {
        let job = path(&input.job);
        let number = match id {
            Id::Number(number) => number,
            Id::Queued(item) => match queued(call, &job, item)? {
                Place::Building(number) => number,
                Place::Cancelled => {
                    let message = format!("the build of {} was taken off the queue", input.job);
                    return Ok(Look::Ended(Err(Failure::new("build_cancelled", message))));
                }
                Place::Waiting(why) => {
                    let link = Some(format!("{}/{job}/", call.base("url")?));
                    let note = format!("{} is queued: {why}", input.job);
                    return Ok(Look::Going { id, note, link });
                }
            },
        };
        let build: Build = tree(call, &format!("{job}/{number}"), BUILD)?;
        if build.building || build.result.is_none() {
            let note = format!("{} #{number} builds", input.job);
            return Ok(Look::Going { id: Id::Number(number), note, link: Some(build.url) });
        }
        Ok(Look::Ended(ended(call, input, &build)?))
    }

    fn stop(call: &Call, input: &Input, id: &Id) -> Result<(), Failure> {
        let job = path(&input.job);
        let number = match id {
            Id::Number(number) => Some(*number),
            Id::Queued(item) => take_off(call, &job, *item)?,
        };
        let Some(number) = number else { return Ok(()) };
        let answer = post(call, &format!("{job}/{number}/stop"), &[])?;
        // Jenkins leads to a page of what is stopped, which may be gone already.
        if answer.is_ok() || matches!(answer.status, 302 | 303 | 404) {
            return Ok(());
        }
        Err(answer.failure())
    }
}

/// What has become of a place in the queue.
enum Place {
    Waiting(String),
    Building(u64),
    Cancelled,
}

/// Takes a place off the queue.
///
/// * Returns the build that it became before, or meanwhile.
fn take_off(call: &Call, job: &str, item: u64) -> Result<Option<u64>, Failure> {
    match queued(call, job, item)? {
        Place::Building(number) => return Ok(Some(number)),
        Place::Cancelled => return Ok(None),
        Place::Waiting(_) => {}
    }
    let answer = post(call, &format!("queue/cancelItem?id={item}"), &[])?;
    // So is answered to what has just left the queue, or in any case, which depends on the release.
    if !(answer.status < 400 || matches!(answer.status, 404 | 500)) {
        return Err(answer.failure());
    }
    for _ in 0..STOP_LOOKS {
        match queued(call, job, item)? {
            Place::Building(number) => return Ok(Some(number)),
            Place::Cancelled => return Ok(None),
            Place::Waiting(_) => {}
        }
    }
    let message =
        format!("place {item} in the queue of Jenkins is still waiting, or about to build");
    Err(Failure::new("not_stopped", message).retryable())
}

fn queued(call: &Call, job: &str, item: u64) -> Result<Place, Failure> {
    let wanted = "why,cancelled,executable[number]";
    match tree::<Item>(call, &format!("queue/item/{item}"), wanted) {
        Ok(Item { executable: Some(build), .. }) => Ok(Place::Building(build.number)),
        Ok(Item { cancelled: true, .. }) => Ok(Place::Cancelled),
        Ok(Item { why, .. }) => Ok(Place::Waiting(why.unwrap_or_else(|| "soon".to_owned()))),
        // Forgotten: the build has begun a while ago, and remembers where it came from.
        Err(failure) if failure.code == "not_found" => {
            let builds: Builds = tree(call, job, BUILDS)?;
            let ours = builds.builds.iter().find(|it| it.queue == Some(item));
            ours.and_then(|it| it.number).map(Place::Building).ok_or_else(|| {
                if builds.builds.len() < BUILDS_MAX {
                    return failure;
                }
                let message = format!(
                    "Jenkins has forgotten place {item} in the queue, and the last {BUILDS_MAX} \
                     builds came from others: look what became of it"
                );
                Failure::new("unclear", message)
            })
        }
        Err(failure) => Err(failure),
    }
}

fn ended(
    call: &Call,
    input: &Input,
    build: &Build,
) -> Result<Result<Done<Output>, Failure>, Failure> {
    let Build { number, url, result, .. } = build;
    let result = result.clone().unwrap_or_default();
    let console = left::console(call, &input.job, *number)?;
    if !build.is_good(input.unstable) {
        let message = format!("{} #{number} ended as {result}: {url}", input.job);
        let details = json!({ "number": number, "result": result, "url": url });
        return Ok(Err(Failure::new("build_failed", message).details(details)));
    }
    let wanted = Wanted { artifacts: &input.artifacts, values: input.values.as_ref() };
    let left = match left::keep(call, &input.job, build, wanted)? {
        Ok(left) => left,
        Err(failure) => return Ok(Err(failure)),
    };
    let Left { artifacts, values } = left;
    let output = Output { number: *number, result, url: url.clone(), console, artifacts, values };
    Ok(Ok(Done::new(output).link(url)))
}

/// The names of the parameters that are declared.
fn declared(call: &Call, job: &str) -> Result<Vec<String>, Failure> {
    let it: Buildable = tree(call, job, "property[parameterDefinitions[name]]")?;
    let definitions = it.property.into_iter().flat_map(|it| it.parameter_definitions);
    Ok(definitions.map(|it| it.name).collect())
}
