//! What a configuration and a request say, and what is refused, where and with which way out.

use hardstop_core::{event::RunResult, value::Value};

use crate::{
    Config, config, request,
    trigger::{Missed, Overlap, RunbookRef},
};

const GOOD: &str = "apiVersion: hardstop/v1
kind: Config
triggers:
  schedules:
    - {id: nightly, runbook: backup-drill, cron: 0 3 * * *, zone: Europe/Berlin, inputs: {n: 3}, missed: run_once, overlap: queue, as: Alice@example.com}
    - {id: hourly, runbook: ./runbooks/check.yaml, cron: '@hourly'}
  after:
    - {id: verify, runbook: verify, after: backup-drill, results: [succeeded, incomplete], inputs: {image: 'x/${{ outputs.image }}'}}
    - {id: audit, runbook: audit, after: patch}
  requests: {folder: ./requests/, branch: main}
";

fn read(from: &str, to: &str) -> Result<Config, Vec<String>> {
    assert!(GOOD.contains(from), "{from}");
    config("config.yaml", &GOOD.replace(from, to)).map_err(|wrong| {
        wrong
            .findings()
            .iter()
            .map(|it| {
                let help = it.help.as_deref().map_or_else(String::new, |help| format!(" ({help})"));
                format!("{}:{} {}: {}{help}", it.line, it.column, it.code, it.message)
            })
            .collect()
    })
}

#[test]
fn triggers_say_what_they_mean() {
    let triggers = read("", "").unwrap().triggers;
    let [nightly, hourly] = triggers.schedules.as_slice() else { panic!("{triggers:?}") };
    assert_eq!(nightly.runbook, RunbookRef::Id("backup-drill".parse().unwrap()));
    assert_eq!((nightly.missed, nightly.overlap), (Missed::RunOnce, Overlap::Queue));
    assert_eq!(nightly.inputs["n"], Value::Integer(3));
    assert_eq!(nightly.actor.as_deref(), Some("alice@example.com"));
    assert_eq!(hourly.runbook, RunbookRef::Path("runbooks/check.yaml".to_owned()));
    assert_eq!((hourly.missed, hourly.overlap), (Missed::Skip, Overlap::Skip));
    assert_eq!(hourly.zone.name(), "UTC");
    let [verify, audit] = triggers.after.as_slice() else { panic!("{triggers:?}") };
    assert_eq!(verify.results, [RunResult::Succeeded, RunResult::Incomplete]);
    assert_eq!(
        (audit.results.as_slice(), audit.actor.as_ref()),
        ([RunResult::Succeeded].as_slice(), None)
    );
    let outputs = [("image".to_owned(), Value::from("web:7"))].into();
    assert_eq!(verify.inputs_from(&outputs).unwrap()["image"], Value::from("x/web:7"));
    let why = verify.inputs_from(&std::collections::BTreeMap::default()).unwrap_err();
    assert!(why.contains("the run left no output `image`"), "{why}");
    let requests = triggers.requests.unwrap();
    assert_eq!((requests.folder.as_str(), requests.branch.as_str()), ("requests", "main"));
}

#[test]
fn an_output_keeps_its_type_and_its_parts_can_be_named() {
    let of = |text: &str| {
        let config = read("x/${{ outputs.image }}", text).unwrap();
        let image = Value::Map([("tags".to_owned(), Value::List(vec![Value::Integer(7)]))].into());
        config.triggers.after[0].inputs_from(&[("image".to_owned(), image)].into())
    };
    assert_eq!(of("${{ outputs.image.tags[0] }}").unwrap()["image"], Value::Integer(7));
    assert_eq!(
        of("${{ outputs.image.tags }}").unwrap()["image"],
        Value::List(vec![Value::Integer(7)])
    );
    of("${{ outputs.image.name }}").unwrap_err();
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    let cases = [
        ("zone: Europe/Berlin", "zone: Berlin", "5:67 config::zone: `Berlin` is not a time zone"),
        ("cron: 0 3 * * *", "cron: 0 3 * *", "5:50 config::cron: `0 3 * *` has 4 fields"),
        ("overlap: queue", "overlap: que", "config::unknown-value"),
        ("missed: run_once", "mised: run_once", "did you mean `missed`?"),
        ("id: hourly", "id: nightly", "config::duplicate-trigger: there is a trigger `nightly`"),
        ("id: hourly", "id: Hour", "config::invalid-name: `Hour` cannot be the name"),
        (
            "runbook: verify",
            "runbook: ../verify.yaml",
            "config::runbook: `../verify.yaml` leads out",
        ),
        ("runbook: verify", "runbook: Verify It", "neither the id nor the path of a runbook"),
        ("runbook: verify", "runbook: backup-drill", "config::circle: `backup-drill` would be"),
        ("results: [succeeded,", "results: [good,", "`good` is not a value"),
        ("outputs.image", "inputs.image", "config::expression: `inputs.image` cannot be seen here"),
        ("outputs.image }}", "outputs.image", "config::expression: `${{` is not closed"),
        ("{n: 3}", "{n: '${{ vars.n }}'}", "nothing that an expression of a schedule could see"),
        ("as: Alice@example.com", "as: alice", "config::actor: `alice` is no e-mail address"),
        ("branch: main", "branch: ma..in", "config::branch"),
        ("folder: ./requests/", "folder: /requests", "config::path"),
        ("branch: main", "branches: main", "did you mean `branch`?"),
    ];
    for (from, to, want) in cases {
        let wrong = read(from, to).unwrap_err();
        // What a key means is said by the schema's check under the code of every file.
        let shown = wrong.join("\n").replace("runbook::unknown-value", "config::unknown-value");
        assert!(shown.contains(want), "{from} -> {to}: {shown}");
        assert_eq!(wrong.len(), 1, "{from} -> {to}: {shown}");
    }
}

#[test]
fn a_request_says_which_run_is_wanted() {
    let text = "apiVersion: hardstop/v1
kind: RunRequest
runbook: patch
inputs: {build: 1359}
";
    let read = request("requests/a.yaml", text).unwrap();
    assert_eq!(read.runbook, RunbookRef::Id("patch".parse().unwrap()));
    assert_eq!(read.inputs["build"], Value::Integer(1359));
    let keyed = format!("{text}id: spring\nidempotency_key: spring 2026\n");
    let read = request("requests/a.yaml", &keyed).unwrap();
    assert_eq!(read.idempotency_key.as_deref(), Some("spring 2026"));
    for (from, to, line, want) in [
        ("runbook: patch", "runbok: patch", 3, "unknown key `runbok`"),
        ("runbook: patch", "runbook: ''", 3, "neither the id nor the path"),
        ("kind: RunRequest", "kind: Runbook", 2, "is not a value"),
        ("spring 2026", "' '", 6, "the key is empty"),
    ] {
        let wrong = request("requests/a.yaml", &keyed.replace(from, to)).unwrap_err();
        let first = &wrong.findings()[0];
        assert!(first.message.contains(want) && first.line == line, "{first:?}");
    }
}
