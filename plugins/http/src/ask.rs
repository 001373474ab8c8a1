//! What all actions ask in the same way.

use std::collections::BTreeMap;

use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder},
};

/// Begins a request with what a step gives for it.
pub(crate) fn ask<'a>(
    call: &'a Call,
    (method, url): (Method, &str),
    headers: &BTreeMap<String, String>,
    bearer: bool,
) -> Result<RequestBuilder<'a>, Failure> {
    // It is never sent, and what is added to the query would become part of it.
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let mut request = call.request(method, url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if bearer {
        request = request.bearer(Some(call.need_secret("token")?));
    }
    Ok(request)
}

/// Whether a status is one of those that are wanted; 2xx if none is named.
pub(crate) fn is_wanted(status: u16, wanted: &[u16]) -> bool {
    if wanted.is_empty() { (200..300).contains(&status) } else { wanted.contains(&status) }
}
