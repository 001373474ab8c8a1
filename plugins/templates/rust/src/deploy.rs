//! `deploy`: begun with one request, and followed until it is over.
//!
//! The server keeps the key of the attempt with each deployment, so that one whose answer was lost
//! is found again, and nothing is deployed twice.

use std::time::Duration;

use hardstop_sdk::{
    Call, Done, Failure, Finding, Pending, Progress,
    http::{Method, RequestBuilder, encode},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const POLL_AFTER: Duration = Duration::from_secs(2);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The service.
    service: String,
    /// The version to deploy.
    version: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The deployment.
    id: String,
}

/// What is needed to go on.
#[derive(Deserialize, Serialize)]
pub(crate) struct State {
    id: String,
}

/// A deployment as the server tells it.
#[derive(Deserialize)]
struct Deployment {
    id: String,
    state: String,
}

#[derive(Deserialize)]
struct Found {
    deployments: Vec<Deployment>,
}

type Came = Result<Progress<Output, State>, Failure>;

pub(crate) fn begin(call: &Call, input: &Input) -> Came {
    let body = json!({ "service": input.service, "version": input.version });
    let begun = request(call, Method::Post, "")?.header("idempotency-key", &call.key).json(&body);
    // If its answer is lost, the kit asks `probe` before it gives up.
    came(call, begun.ok()?.json()?)
}

pub(crate) fn poll(call: &Call, _: &Input, state: &State) -> Came {
    let path = format!("/{}", encode(&state.id));
    came(call, request(call, Method::Get, &path)?.ok()?.json()?)
}

pub(crate) fn probe(call: &Call, _: &Input) -> Result<Finding<Output, State>, Failure> {
    let Some(deployment) = find(call)? else { return Ok(Finding::NotStarted) };
    Ok(match came(call, deployment) {
        Ok(progress) => progress.into(),
        Err(failure) => Finding::Failed(failure),
    })
}

pub(crate) fn cancel(call: &Call, _: &Input, state: Option<&State>) -> Result<(), Failure> {
    let id = match state {
        Some(state) => Some(state.id.clone()),
        None => find(call)?.map(|deployment| deployment.id),
    };
    // What never began needs no end.
    let Some(id) = id else { return Ok(()) };
    let answer = request(call, Method::Delete, &format!("/{}", encode(&id)))?.send()?;
    // 404: it is over already.
    if answer.is_ok() || answer.status == 404 { Ok(()) } else { Err(answer.failure()) }
}

/// The deployment that this attempt began, if it did.
fn find(call: &Call) -> Result<Option<Deployment>, Failure> {
    let asked = request(call, Method::Get, "")?.query("key", &call.key);
    Ok(asked.ok()?.json::<Found>()?.deployments.pop())
}

fn request<'a>(call: &'a Call, method: Method, path: &str) -> Result<RequestBuilder<'a>, Failure> {
    let url = format!("{}/deployments{path}", call.base("url")?);
    Ok(call.request(method, url).bearer(call.secret("token")))
}

fn came(call: &Call, Deployment { id, state }: Deployment) -> Came {
    let link = format!("{}/deployments/{}", call.base("url")?, encode(&id));
    match &*state {
        "succeeded" => Ok(Done::new(Output { id }).link(link).into()),
        "running" => {
            let note = format!("deployment {id} is {state}");
            Ok(Progress::Pending(Pending::new(State { id }, POLL_AFTER).note(note).link(link)))
        }
        _ => Err(Failure::new("deployment_failed", format!("deployment {id} is {state}"))),
    }
}
