//! `matrix/post`.

use std::time::Duration;

use hardstop_sdk::{
    Call, Done, Failure, Finding,
    http::{Method, encode},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{ok, request, room};

/// By what our message is found again, beside its text; readers do not see it.
const KEY: &str = "hardstop.attempt";
/// How old an attempt may be that is looked for.
const LOOKED_BACK: Duration = Duration::from_hours(30 * 24);
/// Pages of messages that are looked at.
const PAGES_MAX: u32 = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The room's id, `!abc:example.com`, or an alias of it, `#release:example.com`.
    room: String,
    /// The text.
    text: String,
    /// The same as HTML, for those who can show it.
    html: Option<String>,
    /// The event whose thread it goes into.
    thread: Option<String>,
    /// Sends it as a notice, as bots should; otherwise as a text. True if not given.
    #[serde(default = "notice")]
    notice: bool,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The room's id.
    room: String,
    /// The event's id.
    event: String,
}

#[derive(Deserialize)]
struct Sent {
    event_id: String,
}

#[derive(Deserialize)]
struct Page {
    /// The newest first.
    #[serde(rename = "chunk")]
    events: Vec<Event>,
    /// Where the next page begins, if there is one.
    end: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event_id")]
    id: String,
    /// In milliseconds since 1970-01-01T00:00:00Z.
    origin_server_ts: u64,
    /// Empty if somebody removed it.
    content: Value,
}

fn notice() -> bool {
    true
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let room = room(call, &input.room)?;
    let mut body = json!({
        "msgtype": if input.notice { "m.notice" } else { "m.text" },
        "body": input.text,
        KEY: call.key,
    });
    if let Some(html) = &input.html {
        body["format"] = json!("org.matrix.custom.html");
        body["formatted_body"] = json!(html);
    }
    if let Some(thread) = &input.thread {
        body["m.relates_to"] = json!({ "rel_type": "m.thread", "event_id": thread });
    }
    let path = format!("rooms/{}/send/m.room.message/{}", encode(&room), encode(&call.key));
    let Sent { event_id } = ok(request(call, Method::Put, &path)?.json(&body).send()?)?.json()?;
    Ok(done(room, event_id))
}

/// Looks through the messages of the room. That it would be the same transaction again is not
/// enough: homeservers forget those, Synapse after a day.
pub(crate) fn probe(call: &Call, input: &Input) -> Result<Finding<Output, ()>, Failure> {
    let found = room(call, &input.room).and_then(|room| find(call, room));
    match found {
        Err(failure) if !failure.retryable => Ok(Finding::CannotTell(failure.message)),
        found => found,
    }
}

fn find(call: &Call, room: String) -> Result<Finding<Output, ()>, Failure> {
    let path = format!("rooms/{}/messages", encode(&room));
    let oldest = call.now().saturating_sub(LOOKED_BACK).as_millis();
    let mut from: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let mut asked = request(call, Method::Get, &path)?
            .query("dir", "b")
            .query("limit", "100")
            .query("filter", r#"{"types":["m.room.message"]}"#);
        if let Some(from) = &from {
            asked = asked.query("from", from);
        }
        let Page { events, end } = ok(asked.send()?)?.json()?;
        let is_over = events.last().is_some_and(|it| u128::from(it.origin_server_ts) < oldest);
        if let Some(ours) = events.into_iter().find(|it| it.content[KEY] == call.key.as_str()) {
            return Ok(Finding::Done(done(room, ours.id)));
        }
        if end.is_none() || is_over {
            return Ok(Finding::NotStarted);
        }
        from = end;
    }
    Ok(Finding::CannotTell("there are too many messages to look at".to_owned()))
}

fn done(room: String, event: String) -> Done<Output> {
    let link = format!("https://matrix.to/#/{}/{}", encode(&room), encode(&event));
    Done::new(Output { room, event }).link(link)
}
