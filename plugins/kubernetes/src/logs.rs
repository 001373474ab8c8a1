//! `kubernetes/logs`: what pods print becomes evidence.

use hardstop_sdk::{Call, Done, Failure, http::Method, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{path, request};

/// Pods whose logs are kept.
const PODS_MAX: usize = 20;
/// Bytes of one log.
const LOG_BYTES_MAX: usize = 4 << 20;
/// Bytes of all of them: what the host keeps of one call.
const ALL_BYTES_MAX: usize = 32 << 20;
/// By how much an answer may miss `limitBytes`, since the API promises "slightly more or slightly
/// less", and room for [`LEFT_OUT`].
const SLACK: usize = 4 << 10;
const LEFT_OUT: &[u8] = b"[beginning left out]\n";
/// Bytes of a file's name: what the host takes.
const NAME_BYTES_MAX: usize = 64;

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
    let share = (ALL_BYTES_MAX / pods.len()).min(LOG_BYTES_MAX);
    let mut kept = Vec::new();
    for (pod, number) in pods.iter().zip(1..) {
        let name = file_name(pod, number);
        call.keep(&name, &log(call, input, pod, share)?)?;
        kept.push(name);
    }
    Ok(Done::new(Output { kept }))
}

/// The name of a pod's file. Of one that is too long the end counts, since that tells pods of one
/// kind apart; with a number in front it is as long as no other name may be.
///
/// * `pod`: the name of a pod that there is, so it is ASCII.
fn file_name(pod: &str, number: usize) -> String {
    let whole = format!("{pod}.log");
    if whole.len() < NAME_BYTES_MAX {
        return whole;
    }
    let number = format!("{number}-");
    let end = whole.len() + number.len() - NAME_BYTES_MAX;
    format!("{number}{}", &whole[end..])
}

/// What a pod printed, in at most `bytes`. Of more the beginning is left out: pods fail at their
/// end. `limitBytes` cuts the end off, so then only the last lines are asked for, at first as many
/// as the beginning had, and half of them as long as they are too long together.
fn log(call: &Call, input: &Input, pod: &str, bytes: usize) -> Result<Vec<u8>, Failure> {
    let limit = bytes - SLACK;
    let is_whole = |log: &[u8]| log.len() < limit - SLACK;
    let beginning = printed(call, input, pod, (limit, input.tail))?;
    if is_whole(&beginning) {
        return Ok(beginning);
    }
    let lines = beginning.split_inclusive(|byte| *byte == b'\n').count();
    let mut lines = u32::try_from(lines).unwrap_or(u32::MAX);
    loop {
        let end = printed(call, input, pod, (limit, Some(lines)))?;
        // Container runtimes break lines that are longer than this into several.
        if is_whole(&end) || lines == 1 {
            return Ok([LEFT_OUT, &end].concat());
        }
        lines /= 2;
    }
}

fn printed(
    call: &Call,
    input: &Input,
    pod: &str,
    (limit, tail): (usize, Option<u32>),
) -> Result<Vec<u8>, Failure> {
    let path = format!("{}/log", path("v1", "pods", Some(&input.namespace), pod));
    let mut asked = request(call, Method::Get, &path)?.query("limitBytes", &limit.to_string());
    if let Some(container) = &input.container {
        asked = asked.query("container", container);
    }
    if let Some(since) = &input.since {
        let seconds = time::duration(since)?.as_secs().max(1);
        asked = asked.query("sinceSeconds", &seconds.to_string());
    }
    if let Some(tail) = tail {
        asked = asked.query("tailLines", &tail.to_string());
    }
    // The log is text, whatever else is accepted.
    Ok(asked.header("accept", "*/*").ok()?.body)
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
