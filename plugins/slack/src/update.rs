//! `slack/update`: changes a message.

use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::api::{Posted, change};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The channel's id.
    channel: String,
    /// The `ts` of the message.
    ts: String,
    /// The text it is to have, in Slack's markup.
    text: String,
    /// Blocks that are shown instead of the text.
    blocks: Option<Vec<Map<String, Value>>>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The channel's id.
    channel: String,
    /// By which the message is known in its channel.
    ts: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Input { channel, ts, text, blocks } = input;
    let body = json!({ "channel": channel, "ts": ts, "text": text, "blocks": blocks });
    let Posted { channel, ts } = change(call, "chat.update", body)?.json()?;
    Ok(Done::new(Output { channel, ts }))
}
