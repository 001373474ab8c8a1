//! `http/request`: one request, whatever it does.

use std::{collections::BTreeMap, time::Duration};

use hardstop_sdk::{Call, Done, Failure, Finding, http::Method, time, whole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ask::{ask, is_wanted};

/// Bytes of the answer that become part of the output; all of it is kept under `save`.
const BODY_BYTES_MAX: usize = 64 * 1024;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Where to, `https://host[:port]/path`.
    url: String,
    /// How; GET if not given.
    #[serde(default = "get")]
    method: Method,
    /// Added to the URL.
    #[serde(default)]
    query: BTreeMap<String, String>,
    /// Headers; a secret in one is replaced by the runner.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Sends the secret `token` as `authorization: Bearer`.
    #[serde(default)]
    bearer: bool,
    /// A body, sent as JSON.
    json: Option<Value>,
    /// A body, sent as a form in a page would.
    form: Option<BTreeMap<String, String>>,
    /// A body, sent as it is.
    body: Option<String>,
    /// Statuses that mean success; 200 to 299 if not given.
    #[serde(default)]
    expect: Vec<u16>,
    /// Keeps the answer as evidence under this name, of at most 64 characters.
    #[schemars(regex(pattern = r"^[a-z0-9](\.?[a-z0-9_-])*$"), length(max = 64))]
    save: Option<String>,
    /// How long the answer may take to begin, such as `20s`.
    timeout: Option<String>,
    /// The header by which the server tells a repetition: it gets the attempt's key. With it a lost
    /// answer can be asked for again.
    key_header: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The status.
    status: u16,
    /// Headers of the answer, names in lower case; not `set-cookie`.
    headers: BTreeMap<String, String>,
    /// The first 64 KiB of the answer as text.
    body: String,
    /// The answer as JSON, if it is JSON and not larger; numbers that are not whole are texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
}

fn get() -> Method {
    Method::Get
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    send(call, input).map_err(|failure| {
        // Sent again under its key: the first time it may have arrived, and another attempt has
        // another key.
        let may_have_arrived = failure.may_have_arrived
            || (call.recovering && input.method.changes() && failure.retryable);
        Failure { may_have_arrived, ..failure }
    })
}

fn send(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let target = (input.method, input.url.as_str());
    let mut request = ask(call, target, &input.headers, input.bearer)?;
    for (name, value) in &input.query {
        request = request.query(name, value);
    }
    request = match (&input.json, &input.form, &input.body) {
        (None, None, None) => request,
        (Some(json), None, None) => request.json(json),
        (None, Some(form), None) => {
            request.form(form.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        }
        (None, None, Some(body)) => request.body(body.as_bytes()),
        _ => return Err(Failure::bad_input("`json`, `form` and `body` exclude each other")),
    };
    if let Some(name) = &input.key_header {
        request = request.header(name, &call.key);
    }
    if let Some(timeout) = &input.timeout {
        request = request.timeout(time::duration(timeout)?.max(Duration::from_millis(1)));
    }
    let answer = request.send()?;
    if let Some(name) = &input.save {
        call.keep(name, &answer.body)?;
    }
    if !is_wanted(answer.status, &input.expect) {
        return Err(answer.failure());
    }
    let cut = &answer.body[..answer.body.len().min(BODY_BYTES_MAX)];
    Ok(Done::new(Output {
        status: answer.status,
        // What opens a session is nobody's business, and outputs are evidence.
        headers: answer.headers.iter().filter(|(name, _)| name != "set-cookie").cloned().collect(),
        body: String::from_utf8_lossy(cut).into_owned(),
        json: serde_json::from_slice(cut).ok().map(whole),
    }))
}

/// Nothing tells a repetition from the first time, so people decide; or asking twice does no harm.
#[expect(clippy::unnecessary_wraps, reason = "what a probe gives")]
pub(crate) fn probe(_: &Call, input: &Input) -> Result<Finding<Output, ()>, Failure> {
    if is_repeatable(input) {
        return Ok(Finding::NotStarted);
    }
    let why = format!("{} may have arrived; nothing tells", input.method.as_str());
    Ok(Finding::CannotTell(why))
}

fn is_repeatable(input: &Input) -> bool {
    matches!(input.method, Method::Get | Method::Head) || input.key_header.is_some()
}
