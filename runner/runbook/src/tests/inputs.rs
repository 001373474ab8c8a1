//! The values a run is started with.

use hardstop_core::value::Value;

use crate::{Files, compile, read_inputs, settle_inputs};

#[test]
fn inputs_are_settled_all_at_once() {
    let text = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\ninputs:\n  \
                host: {type: text, pattern: '[a-z]+', description: Where to}\n  \
                stage: {type: text, choices: [dev, prod], default: dev}\n  \
                copies: {type: integer, min: 1, max: 9}\n  \
                pause: {type: duration, default: 90s}\n  sure: {type: boolean}\n  \
                zones: {type: list, default: []}\nsteps: [{id: a, run: [x]}]\n";
    let plan = compile("test.yaml", text, Files::NONE).unwrap().plan;
    let settle = |given: &[(&str, &str)]| {
        let given = given.iter().map(|(n, v)| ((*n).to_owned(), Value::from(*v))).collect();
        settle_inputs(&plan, &given, "command line")
    };
    let wrong =
        [("hots", "x"), ("stage", "test"), ("copies", "10"), ("sure", "yes"), ("pause", "5")];
    assert_eq!(
        settle(&wrong).unwrap_err(),
        [
            "unknown input `hots` (did you mean `host`?)",
            "input `host` (Where to) must be given",
            "input `stage`: `test` is not one of: dev, prod",
            "input `copies`: 10 is more than 9",
            "input `pause`: `5` has no unit: write `5s` for seconds",
            "input `sure`: `yes` is neither `true` nor `false`",
        ]
    );
    assert_eq!(
        settle(&[("host", "a1"), ("copies", "x"), ("sure", "true")]).unwrap_err(),
        ["input `host`: `a1` does not match `[a-z]+`", "input `copies`: `x` is not a whole number"]
    );
    let given = [("host", "web"), ("copies", "3"), ("sure", "true"), ("zones", "a, b,c")];
    let settled = settle(&given).unwrap().0;
    let shown: Vec<String> = settled
        .iter()
        .map(|(name, given)| format!("{name}={} ({})", given.value, given.source))
        .collect();
    assert_eq!(
        shown,
        [
            "copies=3 (command line)",
            "host=web (command line)",
            "pause=90000 (default)",
            "stage=dev (default)",
            "sure=true (command line)",
            "zones=[a, b, c] (command line)",
        ]
    );
}

const TYPED: &str = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\ninputs:\n  \
                     day: {type: date}\n  at: {type: instant}\n  labels: {type: map}\n  \
                     names: {type: list}\n  count: {type: integer}\n  sure: {type: boolean}\n  \
                     span: {type: duration}\n  word: {type: text}\n\
                     steps: [{id: a, run: [x]}]\n";

/// What the inputs of `TYPED` come to, with `changed` in a file of inputs that is right otherwise.
#[track_caller]
fn check_file(changed: &str, want: &str) {
    let plan = compile("test.yaml", TYPED, Files::NONE).unwrap().plan;
    let right = [
        "day: \"2026-11-20\"",
        "at: \"2026-11-20T16:00:00+01:00\"",
        "labels: {a: \"1\", b: \"x,y\"}",
        "names: [\"a,b\", c]",
        "count: 3",
        "sure: true",
        "span: 90s",
        "word: \"3\"",
    ];
    let name = changed.split(':').next().unwrap_or_default();
    let line = |line: &&str| {
        let line = if line.split(':').next() == Some(name) { changed } else { line };
        format!("{line}\n")
    };
    let lines: String = right.iter().map(line).collect();
    let given = read_inputs("inputs.yaml", &lines).unwrap();
    let got = match settle_inputs(&plan, &given, "inputs file") {
        Ok(settled) => settled.0[name].value.to_string(),
        Err(problems) => problems.join("; "),
    };
    assert_eq!(got, want, "{changed}");
}

#[test]
fn a_file_of_inputs_keeps_its_types() {
    check_file("day: \"2026-02-28\"", "2026-02-28");
    check_file(
        "day: \"2026-02-30\"",
        "input `day`: `2026-02-30` is not a day such as `2026-11-20`",
    );
    check_file("day: 20261120", "input `day`: `20261120` is not a day such as `2026-11-20`");
    check_file("at: \"2026-11-20T16:00:00+01:00\"", "2026-11-20T15:00:00.000Z");
    check_file(
        "at: \"2026-11-20\"",
        "input `at`: `2026-11-20` is not an instant such as `2026-11-20T15:53:32Z`",
    );
    check_file("labels: {a: \"x,y=z\"}", "{a: x,y=z}");
    check_file("labels: \"a=1, b=2\"", "{a: 1, b: 2}");
    check_file("labels: \"a=1,a=2\"", "input `labels`: `a` is given twice");
    check_file("labels: {a: {b: c}}", "input `labels`: `{a: {b: c}}` is not a map of texts");
    check_file("names: [\"a,b\", c]", "[a,b, c]");
    check_file("names: [1]", "input `names`: `[1]` is not a list of texts");
    check_file("count: \"3\"", "3");
    check_file("count: true", "input `count`: `true` is not a whole number");
    check_file("span: 90s", "90000");
    check_file("span: 90", "input `span`: `90` is not a duration such as `90s`");
    check_file("word: 3", "input `word`: `3` is not text");
    check_file("word: null", "input `word`: `null` is not text");
}

#[test]
fn a_file_of_inputs_has_the_bounds_of_a_runbook() {
    let codes = |text: &str| match read_inputs("inputs.yaml", text) {
        Ok(values) => format!("{} values", values.len()),
        Err(problems) => problems.findings()[0].code.to_owned(),
    };
    assert_eq!(codes("# nothing\n"), "0 values");
    assert_eq!(codes("a: 1\nb: [x, {c: d}]\n"), "2 values");
    assert_eq!(codes("- a\n"), "runbook::wrong-type");
    assert_eq!(codes("a: 1.5\n"), "runbook::number");
    assert_eq!(codes("a: yes\n"), "runbook::ambiguous-boolean");
    assert_eq!(codes(&format!("a: {}x{}\n", "[".repeat(40), "]".repeat(40))), "runbook::too-large");
    let line = |i| format!("n{i}: 1\n");
    let many: String = (0..201).map(line).collect();
    assert_eq!(codes(&many), "runbook::too-many");
    assert_eq!(codes(&"#".repeat(1024 * 1024 + 1)), "runbook::too-large");
}
