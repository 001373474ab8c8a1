//! `slack/post` and `slack/thread`.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Finding};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::api::{Posted, change, look};

/// What our metadata is called.
const EVENT: &str = "hardstop_attempt";
/// How old an attempt may be that is looked for.
const LOOKED_BACK: Duration = Duration::from_hours(30 * 24);
/// How far Slack's clock may be ahead of ours.
const AHEAD: Duration = Duration::from_hours(1);
/// Messages of a page, as many as Slack recommends; to some apps it gives fewer.
const PAGE: &str = "200";
/// Pages that are looked at.
const PAGES_MAX: u32 = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The channel's id; a name such as `#release` works too, but a lost message is not found by it.
    channel: String,
    /// The text, in Slack's markup.
    text: String,
    /// Blocks that are shown instead of the text.
    blocks: Option<Vec<Map<String, Value>>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The channel's id.
    channel: String,
    /// The `ts` of the message that is answered.
    thread: String,
    /// The text, in Slack's markup.
    text: String,
    /// Blocks that are shown instead of the text.
    blocks: Option<Vec<Map<String, Value>>>,
    /// Shows it in the channel as well.
    #[serde(default)]
    broadcast: bool,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The channel's id.
    channel: String,
    /// By which the message is known in its channel.
    ts: String,
    /// Where people see it, if Slack says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    permalink: Option<String>,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    post(call, json!({ "channel": input.channel, "text": input.text, "blocks": input.blocks }))
}

pub(crate) fn answer(call: &Call, input: &Answer) -> Result<Done<Output>, Failure> {
    let Answer { channel, thread, text, blocks, broadcast } = input;
    post(
        call,
        json!({
            "channel": channel, "text": text, "blocks": blocks, "thread_ts": thread,
            "reply_broadcast": broadcast,
        }),
    )
}

pub(crate) fn probe(call: &Call, input: &Input) -> Result<Finding<Output, ()>, Failure> {
    find(call, &input.channel, "conversations.history", &[])
}

pub(crate) fn probe_answer(call: &Call, input: &Answer) -> Result<Finding<Output, ()>, Failure> {
    find(call, &input.channel, "conversations.replies", &[("ts", &input.thread)])
}

fn post(call: &Call, mut message: Value) -> Result<Done<Output>, Failure> {
    message["metadata"] = json!({ "event_type": EVENT, "event_payload": { "key": call.key } });
    let posted: Posted = change(call, "chat.postMessage", message)?.json()?;
    Ok(done(call, posted.channel, posted.ts))
}

/// The link is a courtesy: that it cannot be had does not undo the message.
fn done(call: &Call, channel: String, ts: String) -> Done<Output> {
    let query = [("channel", channel.as_str()), ("message_ts", ts.as_str())];
    let link = look(call, "chat.getPermalink", &query).and_then(|answer| answer.json::<Link>());
    let permalink = link.ok().map(|link| link.permalink);
    Done { link: permalink.clone(), ..Done::new(Output { channel, ts, permalink }) }
}

/// Looks through the pages between [`LOOKED_BACK`] and now. With both ends of the time named, the
/// newest messages of a channel come first; those of a thread always come oldest first.
fn find(
    call: &Call,
    channel: &str,
    method: &str,
    more: &[(&str, &str)],
) -> Result<Finding<Output, ()>, Failure> {
    let oldest = call.now().saturating_sub(LOOKED_BACK).as_secs().to_string();
    let latest = (call.now() + AHEAD).as_secs().to_string();
    let query = [
        ("channel", channel),
        ("limit", PAGE),
        ("include_all_metadata", "true"),
        ("oldest", &oldest),
    ];
    let query = [&query, [("latest", latest.as_str())].as_slice(), more].concat();
    let mut cursor = String::new();
    for _ in 0..PAGES_MAX {
        let from = [("cursor", cursor.as_str())];
        let from = if cursor.is_empty() { [].as_slice() } else { from.as_slice() };
        let page: History = match look(call, method, &[&query, from].concat()) {
            Ok(answer) => answer.json()?,
            Err(failure) if failure.retryable => return Err(failure),
            Err(failure) => return Ok(Finding::CannotTell(failure.message)),
        };
        let ours = |it: &&Message| it.metadata["event_payload"]["key"] == call.key.as_str();
        if let Some(message) = page.messages.iter().find(ours) {
            return Ok(Finding::Done(done(call, channel.to_owned(), message.ts.clone())));
        }
        page.next["next_cursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
        match (cursor.is_empty(), page.has_more) {
            (true, false) => return Ok(Finding::NotStarted),
            (true, true) => break,
            (false, _) => {}
        }
    }
    Ok(Finding::CannotTell("there are too many messages to look at".to_owned()))
}

#[derive(Deserialize)]
struct Link {
    permalink: String,
}

#[derive(Deserialize)]
struct History {
    messages: Vec<Message>,
    #[serde(default)]
    has_more: bool,
    #[serde(default, rename = "response_metadata")]
    next: Value,
}

#[derive(Deserialize)]
struct Message {
    ts: String,
    #[serde(default)]
    metadata: Value,
}
