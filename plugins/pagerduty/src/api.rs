//! How the REST API is asked.

use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder},
};

/// A request of the REST API.
pub(crate) fn request<'a>(
    call: &'a Call,
    method: Method,
    path: &str,
) -> Result<RequestBuilder<'a>, Failure> {
    let token = call.need_secret("token")?;
    let request = call.request(method, format!("{}/{path}", call.base("url")?));
    Ok(request
        .header("accept", "application/vnd.pagerduty+json;version=2")
        .header("authorization", format!("Token token={token}")))
}
