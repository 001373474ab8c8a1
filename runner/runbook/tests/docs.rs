//! Every YAML example of `docs/language.md` is right, or wrong in the way that stands below it.
//!
//! A block that names no kind is part of a runbook: a list is its steps, anything else its keys.

#![expect(
    clippy::disallowed_methods,
    reason = "the crate does no I/O, this test reads a document and its fixtures"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use hardstop_core::{ids::Digest, time::Timestamp};
use hardstop_runbook::{
    Diagnostics, Files, action::Lock, compile, config, exchanges::exchanges, policy, request,
    scenario::scenario,
};

/// What an example may run or read besides itself.
const CHILD: &str = "apiVersion: hardstop/v1\nkind: Runbook\nid: build-image\n\
    inputs: {build: {type: integer}}\noutputs: {image: \"web:${{ inputs.build }}\"}\n\
    steps: [{id: build, run: [make]}]\n";
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n";

struct Example {
    /// From 1.
    line: usize,
    text: String,
    /// What stands below an example of something wrong, one line a problem.
    complaints: Option<Vec<String>>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else { continue };
        let body = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
        let body: Vec<&str> = body.collect();
        match kind {
            "yaml" | "yaml wrong" => found.push(Example {
                line: index + 1,
                text: body.join("\n") + "\n",
                complaints: (kind == "yaml wrong").then(Vec::new),
            }),
            "text" => {
                let wrong = found.last_mut().and_then(|example| example.complaints.as_mut());
                let wrong = wrong.expect("a complaint stands below what is wrong");
                wrong.extend(body.into_iter().map(str::to_owned));
            }
            other => panic!("line {}: no example is `{other}`", index + 1),
        }
    }
    found
}

/// The example as a file.
fn whole(text: &str) -> String {
    if text.starts_with("apiVersion:") {
        return text.to_owned();
    }
    let head = "apiVersion: hardstop/v1\nkind: Runbook\nid: example\n";
    let steps = if text.starts_with("- ") { "steps:\n" } else { "" };
    format!("{head}{steps}{text}")
}

fn told(problems: &Diagnostics) -> Vec<String> {
    let line = |found: hardstop_runbook::Finding| {
        let help = found.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{} {}{help}", found.code, found.message)
    };
    problems.findings().into_iter().map(line).collect()
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Everything that is said of a file, warnings as well.
fn complaints(text: &str) -> Vec<String> {
    let lock = fs::read_to_string(top().join(Lock::PATH)).expect("this repository has one");
    let load = |path: &str| {
        let extension = Path::new(path).extension()?.to_str()?;
        match extension {
            "ics" => Some(CALENDAR.to_owned()),
            "yaml" => Some(CHILD.to_owned()),
            // Plugins that are called are those of this repository: what is shipped.
            "lock" => Some(lock.clone()),
            _ => None,
        }
    };
    let at = "2026-03-02T08:00:00Z".parse::<Timestamp>().expect("an instant");
    let kind = text.lines().find_map(|line| line.strip_prefix("kind: ")).unwrap_or_default();
    let read = match kind {
        "Runbook" => compile("example.yaml", text, Files { load: &load, at })
            .map(|compiled| told(&compiled.warnings)),
        "Config" => config("config.yaml", text).map(|_| Vec::new()),
        "Policy" => policy("policy.yaml", text, Digest::from_bytes([7; 32])).map(|_| Vec::new()),
        "RunRequest" => request("request.yaml", text).map(|_| Vec::new()),
        "Scenario" => scenario("x.scenario.yaml", text).map(|_| Vec::new()),
        "Exchanges" => exchanges("x.yaml", text).map(|_| Vec::new()),
        other => panic!("no file is of kind `{other}`"),
    };
    read.unwrap_or_else(|problems| told(&problems))
}

#[test]
fn examples_are_right_or_wrong_as_they_say() {
    let page = fs::read_to_string(top().join("docs/language.md")).unwrap();
    let examples = examples(&page);
    assert!(examples.iter().any(|example| example.complaints.is_some()));
    let mut wrong = Vec::new();
    for Example { line, text, complaints: wanted } in examples {
        let found = complaints(&whole(&text));
        let wanted = wanted.unwrap_or_default();
        if found != wanted {
            wrong.push(format!("line {line}: {wanted:#?} stands there, and it is {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_example_that_is_wrong_is_noticed() {
    let right = "- {id: a, run: [x]}\n";
    assert_eq!(complaints(&whole(right)), [""; 0]);
    let warned = "- {id: a, wait: {for: 1h}}\n- {id: b, hard_stop: {for: 1h}}\n";
    assert!(complaints(&whole(warned))[0].starts_with("runbook::gate-before-nothing"));
    let called = "- {id: a, uses: jenkins/build, with: {project: x}}\n";
    assert!(complaints(&whole(called)).iter().any(|it| it.contains("needs `job`")));
    let page = format!("```yaml wrong\n{right}```\n```text\nrunbook::x\n```\n");
    let [example] = examples(&page).try_into().unwrap_or_else(|_| panic!("one"));
    assert_eq!((example.line, example.text), (1, right.to_owned()));
    assert_eq!(example.complaints.unwrap(), ["runbook::x"]);
}
