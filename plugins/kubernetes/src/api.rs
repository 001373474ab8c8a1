//! How the API server is asked.

use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder, encode},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// What is rolled out and scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
}

impl Kind {
    fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }

    /// Where an object of this kind is.
    pub(crate) fn path(self, namespace: &str, name: &str) -> String {
        path("apps/v1", self.resource(), Some(namespace), name)
    }
}

/// Where an object is.
///
/// * `api`: group and version, `apps/v1`; the version alone for the core, `v1`.
pub(crate) fn path(api: &str, resource: &str, namespace: Option<&str>, name: &str) -> String {
    let root = match api.split_once('/') {
        Some((group, version)) => format!("apis/{}/{}", encode(group), encode(version)),
        None => format!("api/{}", encode(api)),
    };
    let namespace = namespace.map(|it| format!("namespaces/{}/", encode(it))).unwrap_or_default();
    format!("{root}/{namespace}{}/{}", encode(resource), encode(name))
}

/// A request below the API server's root.
pub(crate) fn request<'a>(
    call: &'a Call,
    method: Method,
    path: &str,
) -> Result<RequestBuilder<'a>, Failure> {
    let request = call.request(method, format!("{}/{path}", call.base("url")?));
    Ok(request.header("accept", "application/json").bearer(call.secret("token")))
}

/// An object.
pub(crate) fn get(call: &Call, path: &str) -> Result<Value, Failure> {
    request(call, Method::Get, path)?.ok()?.json()
}

/// A number of an object; 0 if it is not there, as Kubernetes leaves out zeros.
pub(crate) fn count(object: &Value, pointer: &str) -> u64 {
    object.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// A condition of an object's status: whether it is true, and its reason and message.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<Condition<'a>> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let found = conditions.iter().find(|it| it["type"] == kind)?;
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    Some(Condition {
        is_true: text("status") == "True",
        reason: text("reason"),
        message: text("message"),
    })
}

/// What a controller says of an object.
pub(crate) struct Condition<'a> {
    pub(crate) is_true: bool,
    pub(crate) reason: &'a str,
    pub(crate) message: &'a str,
}
