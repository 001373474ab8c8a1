//! `kubernetes/logs`: what pods print becomes evidence.

use hardstop_sdk::{Call, Done, Failure, http::Method, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{path, request};

/// Pods whose logs are kept.
const PODS_MAX: usize = 20;
/// Bytes of each.
const BYTES_MAX: &str = "4194304";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The pods' namespace.
    namespace: String,
    /// A pod.
    pod: Option<String>,
    /// Labels of pods, `app=web,tier=front`.
    selector: Option<String>,
    /// The container, if a pod has more than one.
    container: Option<String>,
    /// How far back, such as `1h`; everything if not given.
    since: Option<String>,
    /// The last lines of each, if not all.
    tail: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The names of the files.
    kept: Vec<String>,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let pods = match (&input.pod, &input.selector) {
        (Some(pod), None) => vec![pod.clone()],
        (None, Some(selector)) => selected(call, &input.namespace, selector)?,
        _ => return Err(Failure::bad_input("either `pod` or `selector` says whose logs")),
    };
    let mut kept = Vec::new();
    for pod in &pods {
        let path = format!("{}/log", path("v1", "pods", Some(&input.namespace), pod));
        let mut asked = request(call, Method::Get, &path)?.query("limitBytes", BYTES_MAX);
        if let Some(container) = &input.container {
            asked = asked.query("container", container);
        }
        if let Some(since) = &input.since {
            let seconds = time::duration(since)?.as_secs().max(1);
            asked = asked.query("sinceSeconds", &seconds.to_string());
        }
        if let Some(tail) = input.tail {
            asked = asked.query("tailLines", &tail.to_string());
        }
        // The log is text, whatever else is accepted.
        let answer = asked.header("accept", "*/*").ok()?;
        let name: String = format!("{pod}.log").chars().rev().take(100).collect();
        let name: String = name.chars().rev().collect();
        call.keep(&name, &answer.body)?;
        kept.push(name);
    }
    Ok(Done::new(Output { kept }))
}

fn selected(call: &Call, namespace: &str, selector: &str) -> Result<Vec<String>, Failure> {
    let pods = path("v1", "pods", Some(namespace), "");
    let asked = request(call, Method::Get, pods.trim_end_matches('/'))?;
    let list: Value = asked.query("labelSelector", selector).ok()?.json()?;
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |pod: &Value| pod.pointer("/metadata/name")?.as_str().map(str::to_owned);
    let names: Vec<String> = items.iter().filter_map(name).collect();
    match names.len() {
        0 => Err(Failure::new("not_found", format!("`{selector}` selects no pod"))),
        1..=PODS_MAX => Ok(names),
        many => {
            let message = format!("`{selector}` selects {many} pods, more than {PODS_MAX}");
            Err(Failure::bad_input(message))
        }
    }
}
