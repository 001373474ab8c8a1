//! What Buildbot's REST API says, and how it is asked.

use std::collections::BTreeMap;

use hardstop_ci::access;
use hardstop_sdk::{Call, Failure, http::RequestBuilder};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// A build that is wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct BuildRequest {
    pub(crate) buildrequestid: u64,
    pub(crate) complete: bool,
    pub(crate) claimed: bool,
    /// -1 before it is complete.
    pub(crate) results: Option<i64>,
    pub(crate) properties: Option<Properties>,
}

/// One try at it.
#[derive(Debug, Deserialize)]
pub(crate) struct Build {
    pub(crate) buildid: u64,
    pub(crate) number: u64,
    #[serde(rename = "builderid")]
    pub(crate) builder: u64,
    pub(crate) complete: bool,
    pub(crate) results: Option<i64>,
    pub(crate) state_string: String,
    pub(crate) properties: Option<Properties>,
}

/// Values by name, of those that were asked for, and where each comes from.
pub(crate) type Properties = BTreeMap<String, (Value, String)>;

/// Requests that came into being together.
#[derive(Debug, Deserialize)]
pub(crate) struct Buildset {
    pub(crate) bsid: u64,
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) stepid: u64,
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) results: Option<i64>,
    pub(crate) state_string: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Log {
    pub(crate) logid: u64,
    pub(crate) name: String,
    /// `s` for standard output and error.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) num_lines: u64,
}

/// Lines of a log.
#[derive(Debug, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) content: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Builder {
    pub(crate) builderid: u64,
}

/// What becomes of a request that is merged into a newer one.
pub(crate) const SKIPPED: i64 = 3;

/// `buildbot.process.results`, by number.
pub(crate) fn result(results: Option<i64>) -> &'static str {
    match results {
        Some(0) => "success",
        Some(1) => "warnings",
        Some(2) => "failure",
        Some(SKIPPED) => "skipped",
        Some(4) => "exception",
        Some(5) => "retry",
        Some(6) => "cancelled",
        Some(_) | None => "unknown",
    }
}

/// Whether a build ended as it should.
pub(crate) fn is_good(results: Option<i64>) -> bool {
    matches!(results, Some(0 | 1))
}

/// A request below `/api/v2`.
pub(crate) fn get<'a>(call: &'a Call, path: &str) -> Result<RequestBuilder<'a>, Failure> {
    Ok(access(call, call.get(format!("{}/api/v2/{path}", call.base("url")?))))
}

/// The items of a collection.
pub(crate) fn list<T: DeserializeOwned>(
    name: &str,
    request: RequestBuilder,
) -> Result<Vec<T>, Failure> {
    let mut answer: Value = request.ok()?.json()?;
    let items = answer.get_mut(name).map(Value::take).unwrap_or_default();
    serde_json::from_value(items).map_err(|error| {
        Failure::new("bad_answer", format!("Buildbot answered no `{name}`: {error}"))
    })
}

/// Does something to what stands at `path`.
pub(crate) fn control(
    call: &Call,
    path: &str,
    method: &str,
    params: &Value,
) -> Result<Value, Failure> {
    let mut request = access(call, call.post(format!("{}/api/v2/{path}", call.base("url")?)));
    if let Some(session) = session(call)? {
        request = request.header("cookie", session);
    }
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = request.json(&body).send()?;
    if answer.status == 400 {
        let reply: Value = answer.json()?;
        let message = format!("Buildbot refused to {method}: {}", reply["error"]["message"]);
        return Err(Failure::new("rejected", message));
    }
    Ok(answer.ok()?.json::<Value>()?["result"].take())
}

/// A login of `user`, if there is one: Buildbot's API knows people by their session alone. Where
/// something before Buildbot looks at passwords there is none, and none is needed.
fn session(call: &Call) -> Result<Option<String>, Failure> {
    if call.config("user").is_none() || call.secret("token").is_none() {
        return Ok(None);
    }
    // It leads to the page for people, whose session would be another one.
    let answer =
        access(call, call.get(format!("{}/auth/login", call.base("url")?))).stay().send()?;
    if !(200..400).contains(&answer.status) && answer.status != 404 {
        return Err(answer.failure());
    }
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies: Vec<&str> = cookies.filter_map(|(_, cookie)| cookie.split(';').next()).collect();
    Ok((!cookies.is_empty()).then(|| cookies.join("; ")))
}

/// The number of a builder.
pub(crate) fn builder(call: &Call, name: &str) -> Result<u64, Failure> {
    let found: Vec<Builder> = list("builders", get(call, "builders")?.query("name", name))?;
    let builder = found
        .first()
        .ok_or_else(|| Failure::new("not_found", format!("Buildbot has no builder `{name}`")))?;
    Ok(builder.builderid)
}

/// Where people look at a build.
pub(crate) fn build_link(base: &str, build: &Build) -> String {
    format!("{base}/#/builders/{}/builds/{}", build.builder, build.number)
}

/// A request that asks for properties as well.
pub(crate) fn with_properties<'a, 'n>(
    request: RequestBuilder<'a>,
    names: impl IntoIterator<Item = &'n str>,
) -> RequestBuilder<'a> {
    names.into_iter().fold(request, |request, name| request.query("property", name))
}
