//! `matrix/post`.

use std::time::Duration;

use hardstop_sdk::{
    Call, Done, Failure, Finding,
    http::{Method, Response, encode},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

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
struct Room {
    room_id: String,
}

#[derive(Deserialize)]
struct Sent {
    event_id: String,
}

#[derive(Default, Deserialize)]
struct Refused {
    retry_after_ms: Option<u64>,
}

fn notice() -> bool {
    true
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let base = format!("{}/_matrix/client/v3", call.base("url")?);
    let room = room(call, &base, &input.room)?;
    let mut body = json!({
        "msgtype": if input.notice { "m.notice" } else { "m.text" },
        "body": input.text,
    });
    if let Some(html) = &input.html {
        body["format"] = json!("org.matrix.custom.html");
        body["formatted_body"] = json!(html);
    }
    if let Some(thread) = &input.thread {
        body["m.relates_to"] = json!({ "rel_type": "m.thread", "event_id": thread });
    }
    let (path, transaction) = (encode(&room), encode(&call.key));
    let url = format!("{base}/rooms/{path}/send/m.room.message/{transaction}");
    let request = call.request(Method::Put, url).bearer(Some(call.need_secret("token")?));
    let Sent { event_id: event } = ok(request.json(&body).send()?)?.json()?;
    let link = format!("https://matrix.to/#/{path}/{}", encode(&event));
    Ok(Done::new(Output { room, event }).link(link))
}

/// Sending it again under the same transaction is the same as having sent it.
#[expect(clippy::unnecessary_wraps, reason = "what a probe gives")]
pub(crate) fn probe(_: &Call, _: &Input) -> Result<Finding<Output, ()>, Failure> {
    Ok(Finding::NotStarted)
}

fn room(call: &Call, base: &str, name: &str) -> Result<String, Failure> {
    if !name.starts_with('#') {
        return Ok(name.to_owned());
    }
    let request = call.get(format!("{base}/directory/room/{}", encode(name)));
    let found: Room = ok(request.bearer(Some(call.need_secret("token")?)).send()?)?.json()?;
    Ok(found.room_id)
}

/// Homeservers say in the body when to come again.
fn ok(answer: Response) -> Result<Response, Failure> {
    if answer.status != 429 {
        return answer.ok();
    }
    let failure = answer.failure();
    let refused: Refused = answer.json().unwrap_or_default();
    let after = refused.retry_after_ms.map(Duration::from_millis);
    let after = failure.retry_after.or(after);
    Err(failure.retry_after(after))
}
