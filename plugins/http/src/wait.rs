//! `http/wait-for`: asks again and again until the answer is as it should be.

use std::{collections::BTreeMap, time::Duration};

use hardstop_sdk::{
    Call, Done, Failure, Pending, Progress,
    http::{Method, Response},
    time, whole,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ask::{ask, is_wanted};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// What is asked.
    url: String,
    /// Headers; a secret in one is replaced by the runner.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Sends the secret `token` as `authorization: Bearer`.
    #[serde(default)]
    bearer: bool,
    /// Statuses that are waited for; 200 to 299 if not given.
    #[serde(default)]
    status: Vec<u16>,
    /// A text the answer must hold.
    contains: Option<String>,
    /// What the answer, as JSON, must hold.
    json: Option<Condition>,
    /// The time between two requests, such as `10s`.
    #[serde(default = "every")]
    every: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    /// Where in the answer, as a JSON Pointer: `/status/phase`.
    pointer: String,
    /// What must stand there; decimals are texts.
    equals: Value,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The status of the last answer.
    status: u16,
    /// How often it was asked.
    tries: u64,
    /// What stands where the condition looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Value>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    tries: u64,
}

fn every() -> String {
    "10s".to_owned()
}

pub(crate) fn begin(call: &Call, input: &Input) -> Result<Progress<Output, State>, Failure> {
    poll(call, input, &State { tries: 0 })
}

pub(crate) fn poll(
    call: &Call,
    input: &Input,
    state: &State,
) -> Result<Progress<Output, State>, Failure> {
    let every = time::duration(&input.every)?.max(Duration::from_secs(1));
    let tries = state.tries + 1;
    let request = ask(call, (Method::Get, &input.url), &input.headers, input.bearer)?;
    let missing = match request.send() {
        Ok(answer) => match judge(input, &answer) {
            Ok(found) => {
                let output = Output { status: answer.status, tries, found };
                return Ok(Done::new(output).link(&input.url).into());
            }
            Err(missing) => missing,
        },
        // A server that is not there yet is what this waits for.
        Err(failure) if failure.retryable => failure.message,
        Err(failure) => return Err(failure),
    };
    Ok(Pending::new(State { tries }, every).note(missing).link(&input.url).into())
}

/// What the condition found, or what is still missing.
fn judge(input: &Input, answer: &Response) -> Result<Option<Value>, String> {
    if !is_wanted(answer.status, &input.status) {
        return Err(format!("it answers {}", answer.status));
    }
    if let Some(text) = &input.contains
        && !answer.text().contains(text)
    {
        return Err(format!("the answer does not hold `{text}`"));
    }
    let Some(Condition { pointer, equals }) = &input.json else { return Ok(None) };
    let whole = serde_json::from_slice(&answer.body).map(whole);
    let body: Value = whole.map_err(|_| "the answer is no JSON".to_owned())?;
    match body.pointer(pointer) {
        Some(found) if found == equals => Ok(Some(found.clone())),
        Some(found) => Err(format!("{pointer} is {found}, not {equals}")),
        None => Err(format!("the answer has no {pointer}")),
    }
}
