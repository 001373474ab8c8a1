//! What Slack's web API says: `ok`, or the name of an error with status 200.

use hardstop_sdk::{
    Call, Failure,
    http::{RequestBuilder, Response},
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(crate) struct Posted {
    pub(crate) channel: String,
    pub(crate) ts: String,
}

/// Calls a method that changes something. What is null in `body` is left out: Slack takes it for
/// a value that is wrong.
pub(crate) fn change(call: &Call, method: &str, mut body: Value) -> Result<Response, Failure> {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    let request = call.post(format!("{}/{method}", call.base("url")?)).json(&body);
    read(method, request.bearer(Some(call.need_secret("token")?)))
}

/// Calls a method that looks at something.
pub(crate) fn look(call: &Call, method: &str, query: &[(&str, &str)]) -> Result<Response, Failure> {
    let mut request = call.get(format!("{}/{method}", call.base("url")?));
    for (name, value) in query {
        request = request.query(name, value);
    }
    read(method, request.bearer(Some(call.need_secret("token")?)))
}

/// Of `internal_error` and `fatal_error` Slack's documentation says that some of what was asked for
/// may have been done, and of `service_unavailable` nothing either way. `request_timeout` is a
/// request whose body did not arrive as a whole.
fn read(method: &str, request: RequestBuilder) -> Result<Response, Failure> {
    let answer = request.ok()?;
    let reply: Reply = answer.json()?;
    if reply.ok {
        return Ok(answer);
    }
    let error = reply.error.unwrap_or_default();
    let message = format!("Slack refused {method}: {error}");
    let (code, retryable) = match error.as_str() {
        "not_authed" | "invalid_auth" | "account_inactive" | "token_revoked" | "token_expired" => {
            ("unauthorized", false)
        }
        "missing_scope"
        | "not_in_channel"
        | "is_archived"
        | "no_permission"
        | "restricted_action"
        | "not_allowed_token_type"
        | "cant_update_message"
        | "ekm_access_denied" => ("forbidden", false),
        "channel_not_found" | "message_not_found" | "thread_not_found" => ("not_found", false),
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => ("rate_limited", true),
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
            ("server_error", true)
        }
        _ => ("rejected", false),
    };
    let half_done = matches!(&*error, "internal_error" | "fatal_error" | "service_unavailable");
    let may_have_arrived = answer.changes && half_done;
    let failure = Failure { may_have_arrived, ..Failure::new(code, message) };
    Err(if retryable { failure.retryable() } else { failure })
}

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    error: Option<String>,
}
