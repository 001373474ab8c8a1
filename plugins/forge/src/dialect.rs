//! Where forges differ, and how all of them are asked.

use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder, encode},
};
use serde_json::Value;

/// Where forges differ.
pub trait Dialect: 'static {
    /// The parameter that says how many items a page has, and how many it may have.
    const PAGE: (&'static str, &'static str);
    /// Whether comments come in pages as well, rather than all at once.
    const COMMENTS_IN_PAGES: bool;
    /// The path of the API below the configured URL.
    const API: &'static str;
    /// The part of a page's path between repository and commit, where a file is shown.
    const SHOWN: &'static str;
    /// How a run is asked to tell its number when it is begun.
    const TELL: &'static str;

    /// The path that lists the runs of a file, the newest first, as narrow as the forge can.
    ///
    /// * `since`: none that is looked for is older, as RFC 3339.
    fn runs(file: &str, since: &str) -> String;

    /// Adds to a request what only this forge wants.
    fn dress(request: RequestBuilder<'_>) -> RequestBuilder<'_>;
}

/// A request below a repository, `owner/name`.
pub(crate) fn request<'a, D: Dialect>(
    call: &'a Call,
    method: Method,
    (repository, path): (&str, &str),
) -> Result<RequestBuilder<'a>, Failure> {
    let (owner, name) = repository.split_once('/').ok_or_else(|| {
        Failure::bad_input(format!("`{repository}` is not a repository such as `owner/name`"))
    })?;
    let base = format!("{}{}/repos/{}/{}", call.base("url")?, D::API, encode(owner), encode(name));
    Ok(D::dress(call.request(method, format!("{base}/{path}"))).bearer(call.secret("token")))
}

/// By what our text is found again; readers do not see it.
pub fn mark(call: &Call) -> String {
    format!("<!-- hardstop {} -->", call.key)
}

/// Text with its mark.
pub fn marked(call: &Call, text: &str) -> String {
    format!("{text}\n\n{}", mark(call))
}

/// Whether an issue or a comment has our mark.
pub(crate) fn is_ours(call: &Call, item: &Value) -> bool {
    item["body"].as_str().is_some_and(|body| body.contains(&mark(call)))
}
