//! What Alertmanager's API says, and how it is asked.

use std::collections::BTreeMap;

use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a label is to be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matcher {
    /// The label.
    name: String,
    /// Its value.
    value: String,
    /// Takes `value` for a regular expression.
    #[serde(default)]
    regex: bool,
    /// Matches what does not have this value.
    #[serde(default)]
    not: bool,
}

/// As it is sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SentMatcher<'a> {
    name: &'a str,
    value: &'a str,
    is_regex: bool,
    is_equal: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Silence {
    pub(crate) id: String,
    pub(crate) comment: String,
    pub(crate) ends_at: String,
    pub(crate) status: SilenceStatus,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SilenceStatus {
    /// `active`, `pending` or `expired`.
    pub(crate) state: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Alert {
    pub(crate) labels: BTreeMap<String, String>,
}

impl Matcher {
    pub(crate) fn sent(&self) -> SentMatcher<'_> {
        let Self { name, value, regex, not } = self;
        SentMatcher { name, value, is_regex: *regex, is_equal: !not }
    }

    /// As a filter: `name="value"`.
    pub(crate) fn filter(&self) -> String {
        let operator = match (self.not, self.regex) {
            (false, false) => "=",
            (true, false) => "!=",
            (false, true) => "=~",
            (true, true) => "!~",
        };
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{}{operator}\"{value}\"", self.name)
    }
}

/// A request below `/api/v2`.
pub(crate) fn request<'a>(
    call: &'a Call,
    method: Method,
    path: &str,
) -> Result<RequestBuilder<'a>, Failure> {
    let url = format!("{}/api/v2/{path}", call.base("url")?);
    Ok(call.request(method, url).bearer(call.secret("token")))
}
