//! What is kept of what a command prints, and what becomes an output.

use std::collections::BTreeMap;

use hardstop_core::{
    event::Cause,
    limits::{OUTPUT_HEAD_BYTES, OUTPUT_TAIL_BYTES},
    model::{Capture, CapturePattern},
    value::Value,
};
use hardstop_evidence::digest;

use super::{TOKEN, Trial};

#[test]
fn both_streams_are_kept_and_described_even_on_failure() {
    let performed = Trial::sh("echo out; echo err >&2; exit 1").run();
    assert_eq!(performed.stdout(), "out\n");
    assert_eq!(performed.text("stderr.log"), "err\n");
    let artifact = &performed.artifacts()[0];
    assert_eq!(artifact.path, "steps/main/try/2/stdout.log");
    assert_eq!(artifact.digest, digest(b"out\n"));
    assert_eq!((artifact.size_bytes, artifact.original_bytes, artifact.redactions), (4, 4, 0));
}

#[test]
fn an_empty_stream_leaves_nothing() {
    assert!(Trial::argv(&["true"]).run().files.is_empty());
}

#[test]
fn long_output_keeps_its_beginning_and_its_end() {
    let performed = Trial::sh("echo first; head -c 200000000 /dev/zero; echo; echo last").run();
    let artifact = &performed.artifacts()[0];
    assert_eq!(artifact.original_bytes, 200_000_000 + 6 + 1 + 5);
    let cut_bytes = artifact.original_bytes - (OUTPUT_HEAD_BYTES + OUTPUT_TAIL_BYTES) as u64;
    let marker = format!("\n[hardstop: {cut_bytes} bytes cut]\n");
    let text = performed.stdout();
    assert_eq!(text.len(), OUTPUT_HEAD_BYTES + marker.len() + OUTPUT_TAIL_BYTES);
    assert_eq!(&text[OUTPUT_HEAD_BYTES..][..marker.len()], marker);
    assert!(text.starts_with("first\n") && text.ends_with("\nlast\n"));
}

#[test]
fn output_up_to_the_limit_is_whole() {
    let whole = OUTPUT_HEAD_BYTES + OUTPUT_TAIL_BYTES;
    let performed = Trial::argv(&["head", "-c", &whole.to_string(), "/dev/zero"]).run();
    assert_eq!(performed.stdout().len(), whole);
    let performed = Trial::argv(&["head", "-c", &(whole + 1).to_string(), "/dev/zero"]).run();
    assert!(performed.stdout().contains("[hardstop: 1 bytes cut]"));
}

#[test]
fn a_secret_is_masked_however_it_is_written() {
    let script = r#"
        echo "plain $SECRET"
        printf %s "$SECRET" | base64
        echo err "$SECRET" >&2
        printf 'split %s' "${SECRET%battery}"; sleep 0.05; echo battery
    "#;
    let performed = Trial::sh(script).secret("token").run();
    assert!(performed.outputs().is_empty());
    let stdout = performed.stdout();
    assert!(!stdout.contains("horse") && !stdout.contains("Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"));
    assert!(stdout.contains("plain [REDACTED:token]") && stdout.contains("split [REDACTED:token]"));
    assert_eq!(performed.text("stderr.log"), "err [REDACTED:token]\n");
    assert_eq!(performed.artifacts()[0].redactions, 3);
}

#[test]
fn a_secret_the_step_does_not_get_is_masked_as_well() {
    let mut trial = Trial::argv(&["echo", TOKEN]).secret("token");
    trial.command.env.clear();
    assert_eq!(trial.run().stdout(), "[REDACTED:token]\n");
}

#[test]
fn json_becomes_outputs() {
    let text = r#"{"size": 12, "name": "a", "all": [true, null], "in": {"x": "1.5"}}"#;
    let performed = Trial::argv(&["echo", text]).capture(Capture::Json).run();
    let outputs = performed.outputs();
    assert_eq!(outputs["size"], Value::Integer(12));
    assert_eq!(outputs["in"].to_string(), "{x: 1.5}");
}

#[test]
fn anything_but_one_json_object_is_refused() {
    for (text, problem) in [
        ("[1]", "JSON, but not an object"),
        ("{} {}", "trailing characters"),
        ("", "EOF"),
        (r#"{"a": 1.5}"#, "must be quoted"),
        (r#"{"a": 1, "a": 2}"#, "duplicate key `a`"),
        (r#"{"a": 99999999999999999999}"#, "line 1"),
    ] {
        Trial::argv(&["printf", "%s", text]).capture(Capture::Json).run().fails_with(problem);
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    Trial::argv(&["echo", &deep]).capture(Capture::Json).run().fails_with("recursion limit");
    let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(65_536));
    Trial::argv(&["echo", &large]).capture(Capture::Json).run().fails_with("at most 65536");
}

fn patterns(patterns: &[(&str, &str, bool)]) -> Capture {
    let pattern = |&(name, regex, integer): &(&str, &str, bool)| {
        (name.to_owned(), CapturePattern { regex: regex.to_owned(), integer })
    };
    Capture::Patterns(patterns.iter().map(pattern).collect())
}

#[test]
fn patterns_find_values_line_by_line() {
    let capture = patterns(&[
        ("objects", r"^objects: (\d+)$", true),
        ("word", r"\b[a-z]+ly\b", false),
        ("first", r"^v=(.*)$", false),
    ]);
    let text = "\u{fe}objects: 1\nobjects: 42\r\nit went smoothly\nv=1\nv=2\n";
    let performed = Trial::argv(&["printf", "%s", text]).capture(capture).run();
    let want = [
        ("objects", Value::Integer(42)),
        ("word", Value::from("smoothly")),
        ("first", Value::from("1")),
    ];
    let want: BTreeMap<_, _> = want.map(|(name, value)| (name.to_owned(), value)).into();
    assert_eq!(*performed.outputs(), want);
}

#[test]
fn a_pattern_that_gives_no_value_is_named() {
    for (pattern, problem) in [
        (("size", r"size: (\d+)", true), "matches `size: (\\\\d+)`, the pattern of `size`"),
        (("size", r"total (.*)", true), "`size` is `many`, but is declared as a whole number"),
        (("size", "(", false), "the pattern of `size` is not valid"),
    ] {
        let performed = Trial::argv(&["echo", "total many"]).capture(patterns(&[pattern])).run();
        performed.fails_with(problem);
        assert!(matches!(performed.cause(), Cause::Capture { .. }));
        assert_eq!(performed.stdout(), "total many\n", "what it printed is kept all the same");
    }
}

#[test]
fn nothing_is_captured_from_cut_output() {
    let trial = Trial::sh("echo v=1; head -c 2000000 /dev/zero");
    trial.capture(patterns(&[("v", "v=(.)", false)])).run().fails_with("has 2000004 bytes");
}
