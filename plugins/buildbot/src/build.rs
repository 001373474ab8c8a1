//! `buildbot/build`: one build, begun once.

use std::collections::BTreeMap;

use hardstop_ci::{Found, Look, Server};
use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    api::{
        Build, BuildRequest, Buildset, SKIPPED, build_link, builder, control, get, is_good, list,
        result, with_properties,
    },
    left,
    scheduler::{self, ForceScheduler, KEY},
};

/// Characters of a reason with the key: Buildbot keeps 256 (`buildsets.reason` in `db/model.py`), and
/// before them may stand `A build was forced by '<name or address>': `.
const REASON_CHARS_MAX: usize = 166;
/// Requests among whose properties the key is looked for, the newest.
const REQUESTS_MAX: usize = 100;
/// Looks at a request that is claimed and has no build: what is cancelled is claimed for a moment,
/// and older releases forget a cancellation that comes while a build is being made.
const STOP_LOOKS: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The name of the `ForceScheduler`.
    scheduler: String,
    /// The name of the builder.
    builder: String,
    /// Parameters that the scheduler declares, such as `branch`, `revision` or a property's name;
    /// texts, whole numbers or truth values.
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    /// Properties of the build that are given as `values`; one that is missing is a failure.
    #[serde(default)]
    values: Vec<String>,
    /// Why, for people who look at the build.
    #[serde(default = "reason")]
    reason: String,
    /// The time between two looks, such as `10s`.
    #[serde(default = "every")]
    every: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The build's number among those of its builder.
    number: u64,
    /// `success` or `warnings`.
    result: &'static str,
    /// Where people look at it.
    url: String,
    /// The name its console text is kept under.
    console: &'static str,
    /// The properties that `values` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<BTreeMap<String, Value>>,
}

/// By what Buildbot knows a build: the request exists before the build does, and outlives its tries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Id {
    request: u64,
}

fn reason() -> String {
    "a step of a run".to_owned()
}

fn every() -> String {
    "10s".to_owned()
}

/// Buildbot's words.
pub(crate) struct Buildbot;

impl Server for Buildbot {
    type Input = Input;
    type Output = Output;
    type Id = Id;

    fn every(input: &Input) -> &str {
        &input.every
    }

    fn trigger(call: &Call, input: &Input) -> Result<Option<Id>, Failure> {
        // Asked for what it does not know, Buildbot breaks with a 500, which tells nothing.
        let scheduler = ForceScheduler::ask(call, &input.scheduler)?;
        if !scheduler.forces(&input.builder) {
            let (scheduler, builder) = (&input.scheduler, &input.builder);
            let message = format!("`{scheduler}` does not force builds of `{builder}`");
            return Err(Failure::new("rejected", message));
        }
        let mut params = scheduler.arguments(&input.parameters)?;
        params.insert("builderNames".to_owned(), json!([input.builder]));
        if let Some(name) = scheduler.reason() {
            params.insert(name.to_owned(), marked(call, &input.reason).into());
        }
        if scheduler.takes_key() {
            params.insert(KEY.to_owned(), call.key.clone().into());
        }
        let path = scheduler::path(&input.scheduler);
        let begun = control(call, &path, "force", &Value::Object(params))?;
        // The number of the set, and the request of each builder.
        let request = begun[1].as_object().and_then(|requests| requests.values().next()?.as_u64());
        Ok(request.map(|request| Id { request }))
    }

    fn find(call: &Call, input: &Input) -> Result<Found<Id>, Failure> {
        let here = |request: &BuildRequest| Found::Here(Id { request: request.buildrequestid });
        if let Some(request) = with_reason(call)? {
            return Ok(here(&request));
        }
        // The reason of a set is what the configuration makes of it; the property is what was sent.
        let newest = newest_requests(call, &input.builder)?;
        // A build that people repeated has the properties of the first.
        if let Some(request) = newest.iter().rfind(|request| is_ours(call, request)) {
            return Ok(here(request));
        }
        let scheduler = ForceScheduler::ask(call, &input.scheduler)?;
        let name = &input.scheduler;
        Ok(match (scheduler.reason(), scheduler.takes_key()) {
            (Some(_), _) => Found::Nowhere,
            (None, true) if newest.len() < REQUESTS_MAX => Found::Nowhere,
            (None, true) => Found::Unclear(format!(
                "it is not among the last {REQUESTS_MAX} requests of {}, and the reason of `{name}` \
                 takes no key that could be searched for",
                input.builder
            )),
            (None, false) => Found::Unclear(format!(
                "the reason of `{name}` takes no key, and it declares no text parameter `{KEY}` \
                 that would tell"
            )),
        })
    }

    fn look(call: &Call, input: &Input, id: Id) -> Result<Look<Id, Output>, Failure> {
        let base = call.base("url")?;
        let request = request(call, id.request)?;
        let build = newest(call, id.request, &input.values)?;
        let link = match &build {
            Some(build) => build_link(&base, build),
            None => format!("{base}/#/buildrequests/{}", id.request),
        };
        if !request.complete {
            let note = match &build {
                Some(build) if !build.complete => {
                    format!("{} #{}: {}", input.builder, build.number, build.state_string)
                }
                Some(_) | None if request.claimed => format!("{} is about to build", input.builder),
                Some(_) | None => format!("{} is queued", input.builder),
            };
            return Ok(Look::Going { id, note, link: Some(link) });
        }
        let Some(build) = build else {
            return Ok(Look::Ended(Err(never_built(&input.builder, &request))));
        };
        let console = left::console(call, &build)?;
        let (number, result) = (build.number, result(request.results));
        if !is_good(request.results) {
            let message = format!("{} #{number} ended as {result}: {link}", input.builder);
            let details = json!({ "number": number, "result": result, "url": link });
            let failure = Failure::new("build_failed", message).details(details);
            return Ok(Look::Ended(Err(failure)));
        }
        Ok(Look::Ended(left::values(&build, &input.values).map(|values| {
            let url = link.clone();
            Done::new(Output { number, result, url, console, values }).link(link)
        })))
    }

    fn stop(call: &Call, input: &Input, id: &Id) -> Result<(), Failure> {
        let reason = json!({ "reason": format!("the run was aborted {}", mark(call)) });
        // Both are without effect on what is over.
        control(call, &format!("buildrequests/{}", id.request), "cancel", &reason)?;
        for _ in 0..STOP_LOOKS {
            if let Some(build) = newest(call, id.request, &[])?.filter(|build| !build.complete) {
                let path = format!("builds/{}", build.buildid);
                return control(call, &path, "stop", &reason).map(drop);
            }
            let request = request(call, id.request)?;
            if request.complete || !request.claimed {
                return Ok(());
            }
        }
        let message = format!("{} is about to build, which cannot be stopped yet", input.builder);
        Err(Failure::new("not_stopped", message).retryable())
    }
}

/// By what the build is found again. A key holds no brackets, so none is part of another's mark.
fn mark(call: &Call) -> String {
    format!("(hardstop {})", call.key)
}

/// As much of a reason as fits, and the mark.
fn marked(call: &Call, reason: &str) -> String {
    let mark = mark(call);
    let room = REASON_CHARS_MAX.saturating_sub(mark.len() + 1);
    let reason: String = reason.chars().take(room).collect();
    format!("{reason} {mark}").trim_start().to_owned()
}

/// The request of the set whose reason holds the mark.
fn with_reason(call: &Call) -> Result<Option<BuildRequest>, Failure> {
    let asked = get(call, "buildsets")?.query("reason__contains", &call.key);
    let sets: Vec<Buildset> = list("buildsets", asked)?;
    let ours = |set: &&Buildset| set.reason.as_ref().is_some_and(|it| it.contains(&mark(call)));
    let Some(set) = sets.iter().find(ours) else { return Ok(None) };
    let asked = get(call, "buildrequests")?.query("buildsetid", &set.bsid.to_string());
    Ok(list::<BuildRequest>("buildrequests", asked)?.pop())
}

/// The last requests of a builder with the properties that may hold a key, the newest first.
fn newest_requests(call: &Call, name: &str) -> Result<Vec<BuildRequest>, Failure> {
    let asked = get(call, &format!("builders/{}/buildrequests", builder(call, name)?))?;
    let asked = asked.query("order", "-buildrequestid").query("limit", &REQUESTS_MAX.to_string());
    list("buildrequests", with_properties(asked, ["reason", KEY]))
}

/// Whether the properties of a request hold the key.
fn is_ours(call: &Call, request: &BuildRequest) -> bool {
    let text = |name| request.properties.as_ref()?.get(name)?.0.as_str();
    text(KEY) == Some(&*call.key) || text("reason").is_some_and(|it| it.ends_with(&mark(call)))
}

fn request(call: &Call, number: u64) -> Result<BuildRequest, Failure> {
    let asked = get(call, &format!("buildrequests/{number}"))?;
    list::<BuildRequest>("buildrequests", asked)?
        .pop()
        .ok_or_else(|| Failure::new("not_found", format!("Buildbot has lost the request {number}")))
}

/// Why a request that is complete has no build.
fn never_built(builder: &str, request: &BuildRequest) -> Failure {
    if request.results == Some(SKIPPED) {
        let message = format!(
            "Buildbot merged the build of {builder} into a newer one and never began it: set \
             `collapseRequests = False` for the builder"
        );
        return Failure::new("build_superseded", message).retryable();
    }
    let message = format!("the build of {builder} was taken off the queue");
    Failure::new("build_cancelled", message)
}

/// The last try at a request, with these properties.
fn newest(call: &Call, request: u64, properties: &[String]) -> Result<Option<Build>, Failure> {
    let asked = get(call, "builds")?.query("buildrequestid", &request.to_string());
    let asked = asked.query("order", "-number").query("limit", "1");
    let names = properties.iter().map(String::as_str);
    Ok(list::<Build>("builds", with_properties(asked, names))?.pop())
}
