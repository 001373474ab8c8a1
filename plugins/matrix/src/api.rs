//! How a homeserver is asked.

use std::time::Duration;

use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder, Response, encode},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Room {
    room_id: String,
}

#[derive(Default, Deserialize)]
struct Refused {
    retry_after_ms: Option<u64>,
}

/// A request below the client-server API.
pub(crate) fn request<'a>(
    call: &'a Call,
    method: Method,
    path: &str,
) -> Result<RequestBuilder<'a>, Failure> {
    let url = format!("{}/_matrix/client/v3/{path}", call.base("url")?);
    Ok(call.request(method, url).bearer(Some(call.need_secret("token")?)))
}

/// The id of a room, given it or an alias.
pub(crate) fn room(call: &Call, name: &str) -> Result<String, Failure> {
    if !name.starts_with('#') {
        return Ok(name.to_owned());
    }
    let path = format!("directory/room/{}", encode(name));
    let found: Room = ok(request(call, Method::Get, &path)?.send()?)?.json()?;
    Ok(found.room_id)
}

/// Takes nothing but an answer that says that it went well. Homeservers say in the body when to
/// come again.
pub(crate) fn ok(answer: Response) -> Result<Response, Failure> {
    if answer.status != 429 {
        return answer.ok();
    }
    let failure = answer.failure();
    let refused: Refused = answer.json().unwrap_or_default();
    let after = refused.retry_after_ms.map(Duration::from_millis);
    let after = failure.retry_after.or(after);
    Err(failure.retry_after(after))
}
