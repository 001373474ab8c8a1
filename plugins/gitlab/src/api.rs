//! How GitLab's REST API is asked.

use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder, encode},
};

/// A request below a project, `group/name`.
pub(crate) fn request<'a>(
    call: &'a Call,
    method: Method,
    (project, path): (&str, &str),
) -> Result<RequestBuilder<'a>, Failure> {
    let url = format!("{}/api/v4/projects/{}/{path}", call.base("url")?, encode(project));
    Ok(call.request(method, url).bearer(call.secret("token")))
}
