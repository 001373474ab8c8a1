//! `alertmanager/silence` and `alertmanager/expire`.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Finding, http::Method, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::{Matcher, Silence, request};

/// How far our clock may be ahead of Alertmanager's.
const AHEAD: Duration = Duration::from_hours(1);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// What the alerts' labels are to be; all of it, and at least one.
    matchers: Vec<Matcher>,
    /// When it ends by itself, from now, such as `2h`.
    r#for: String,
    /// Why, for people.
    comment: String,
    /// Who, for people.
    #[serde(default = "created_by")]
    created_by: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// By which `alertmanager/expire` ends it.
    id: String,
    /// When it ends by itself, as RFC 3339.
    ends_at: String,
}

#[derive(Deserialize)]
struct Made {
    #[serde(rename = "silenceID")]
    id: String,
}

fn created_by() -> String {
    "hardstop".to_owned()
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    if input.matchers.is_empty() {
        return Err(Failure::bad_input("without a matcher everything would be silenced"));
    }
    let time = time::duration(&input.r#for)?;
    // A request whose answer was lost is not sent again.
    if let Some(silence) = ours(call)?.next() {
        return done(call, silence.id, silence.ends_at);
    }
    let ends_at = time::rfc3339(call.now() + time);
    // Alertmanager puts its own time for one that is past. Without a margin a silence would only
    // begin later where the clock there is behind.
    let starts_at = time::rfc3339(call.now().saturating_sub(AHEAD));
    let body = json!({
        "matchers": input.matchers.iter().map(Matcher::sent).collect::<Vec<_>>(),
        "startsAt": starts_at,
        "endsAt": ends_at,
        "createdBy": input.created_by,
        "comment": format!("{} {}", input.comment, mark(call)),
    });
    let made: Made = request(call, Method::Post, "silences")?.json(&body).ok()?.json()?;
    done(call, made.id, ends_at)
}

pub(crate) fn probe(call: &Call, _: &Input) -> Result<Finding<Output, ()>, Failure> {
    match ours(call)?.next() {
        Some(silence) => Ok(Finding::Done(done(call, silence.id, silence.ends_at)?)),
        None => Ok(Finding::NotStarted),
    }
}

pub(crate) fn cancel(call: &Call, _: &Input, _: Option<&()>) -> Result<(), Failure> {
    ours(call)?.try_for_each(|silence| end(call, &silence.id))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expire {
    /// The silence.
    id: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Expired {
    /// The silence.
    id: String,
}

pub(crate) fn expire(call: &Call, input: &Expire) -> Result<Done<Expired>, Failure> {
    end(call, &input.id)?;
    Ok(Done::new(Expired { id: input.id.clone() }))
}

/// Ends it, unless it is over already: Alertmanager answers 500 to that.
fn end(call: &Call, id: &str) -> Result<(), Failure> {
    let path = format!("silence/{}", hardstop_sdk::http::encode(id));
    let silence: Silence = request(call, Method::Get, &path)?.ok()?.json()?;
    if silence.status.state == "expired" {
        return Ok(());
    }
    request(call, Method::Delete, &path)?.ok().map(drop)
}

/// By what the silence is found again.
fn mark(call: &Call) -> String {
    format!("(hardstop {})", call.key)
}

/// Those of this attempt that are not over. There may be two, since of several Alertmanagers one
/// knows later than another.
fn ours(call: &Call) -> Result<impl Iterator<Item = Silence>, Failure> {
    let silences: Vec<Silence> = request(call, Method::Get, "silences")?.ok()?.json()?;
    let mark = mark(call);
    let ours = move |it: &Silence| it.comment.ends_with(&mark) && it.status.state != "expired";
    Ok(silences.into_iter().filter(ours))
}

fn done(call: &Call, id: String, ends_at: String) -> Result<Done<Output>, Failure> {
    let link = format!("{}/#/silences/{id}", call.base("url")?);
    Ok(Done::new(Output { id, ends_at }).link(link))
}
