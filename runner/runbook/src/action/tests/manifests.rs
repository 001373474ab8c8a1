//! Manifests: what makes one, and what is said of one that is none.

use serde_json::{Value as Json, json};

use super::{
    super::{Manifest, built_in, is_built_in},
    manifest, parsed,
};

/// What is said of the manifest with one of its parts replaced.
#[track_caller]
fn refused(pointer: &str, by: Json, said: &str) {
    let mut json = manifest();
    let (above, name) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(above).unwrap();
    if let Json::Array(items) = parent {
        items[name.parse::<usize>().unwrap()] = by;
    } else {
        parent.as_object_mut().unwrap().insert(name.to_owned(), by);
    }
    let error = Manifest::parse(&json.to_string()).unwrap_err().to_string();
    assert!(error.contains(said), "{error}");
}

#[test]
fn a_manifest_is_read() {
    let manifest = parsed();
    assert_eq!(manifest.actions.len(), 2);
    assert!(manifest.actions["find"].idempotent && !manifest.actions["build"].idempotent);
    let asks: Vec<String> = manifest.asks().into_iter().collect();
    assert_eq!(
        asks,
        [
            "http ${config.mirror} GET",
            "http ${config.url} GET,POST",
            "http https://*.cdn.example.com:* any method",
            "secret token in authorization",
        ]
    );
}

/// It is examined as any other, but for the name and the wish that only it may have.
#[test]
fn what_is_built_in_describes_itself_as_plugins_do() {
    for manifest in built_in() {
        assert!(is_built_in(&manifest.name));
        let plain = Manifest { name: "plain".to_owned(), exec: None, ..manifest };
        let text = serde_json::to_string(&plain).unwrap();
        assert_eq!(Manifest::parse(&text).unwrap(), plain);
    }
}

#[test]
fn what_is_no_manifest_is_refused() {
    let refused = |text: &str, said: &str| {
        let error = Manifest::parse(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    };
    refused("", "it is no manifest");
    refused("[]", "it is no manifest");
    refused(&format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000)), "it is no manifest");
    refused(&" ".repeat(300_000), "at most 262144");
    refused(r#"{"name": "ci", "name": "other"}"#, "duplicate field `name`");
}

#[test]
fn each_part_is_examined() {
    refused("/hooks", json!([]), "unknown field `hooks`");
    refused("/name", json!("Ci"), "name: `Ci` cannot be a name");
    refused("/name", json!("ci/../x"), "cannot be a name");
    refused("/name", json!("exec"), "name: `exec` is built in");
    refused("/exec", json!({"why": "all of them"}), "only what is built in executes programs");
    refused("/version", json!("1 2"), "is not a version");
    refused("/contract", json!("9.0.0"), "this release speaks 0.1.0");
    refused("/summary", json!("a\nb"), "summary: it must be one line");
    refused("/config/Url", json!({"summary": "x"}), "config.Url: `Url` cannot be a name");
    refused("/http/0/origin", json!("${config.urk}"), "did you mean `url`?");
    refused("/http/0/origin", json!("ftp://x"), "neither `https://` nor `http://`");
    refused("/http/0/origin", json!("https://user@host"), "more than an origin");
    refused("/http/0/origin", json!("https://*.com"), "nearly everything");
    refused("/http/0/origin", json!("https://[::1"), "no origin");
    refused("/http/0/origin", json!("https://a:99999"), "no origin");
    refused("/http/0/methods", json!(["get"]), "http[0].methods: `get` is not a method");
    refused("/http/0/why", json!(""), "http[0].why");
    refused("/http", json!(vec![manifest()["http"][0].clone(); 51]), "there are 51; at most 50");
    refused("/secrets/token/header", json!("X: y"), "not a header in lower case");
    refused("/actions", json!({}), "at least one");
    refused("/actions/do_it", manifest()["actions"]["find"].clone(), "cannot be a name");
    refused(
        "/actions/build/role",
        json!("targets"),
        "actions.build.role: `targets` comes with a later",
    );
    refused("/actions/build/role", json!("train"), "comes with a later contract");
    refused("/actions/build/role", json!("other"), "unknown variant `other`");
    refused("/actions/build/examples/0/with", json!({"jbo": 1}), "takes no `jbo`");
    refused("/actions/build/examples/0/with", json!([]), "is not an object");
}

/// Nothing that is shown may move a cursor, or hide what else is shown.
#[test]
fn no_text_holds_a_control_character() {
    let said = "it holds a control character";
    for pointer in [
        "/summary",
        "/config/url/example",
        "/actions/build/description",
        "/actions/build/input/properties/job/description",
        "/actions/build/output/description",
        "/actions/build/examples/0/with/job",
    ] {
        for text in ["a\u{1b}[2Jb", "a\u{9b}2Jb", "a\rb", "a\u{7f}"] {
            let at = pointer[1..].replace('/', ".").replace(".0.", "[0].");
            refused(pointer, json!(text), &format!("{at}: {said}"));
        }
    }
    refused("/actions/build/input/properties/a\u{1b}b", json!({}), "properties.a b: it holds");
    let mut lines = manifest();
    lines["actions"]["build"]["description"] = json!("One.\n\n\tTwo.");
    assert!(Manifest::parse(&lines.to_string()).is_ok());
    let error = Manifest::parse("{\"a\\u001b[2Jb\": 1}").unwrap_err().to_string();
    assert!(error.contains("unknown field") && !error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn schemas_are_examined() {
    let input = |by: Json, said: &str| refused("/actions/build/input", by, said);
    input(json!(true), "not the schema of an object");
    input(json!({"type": "string"}), "not the schema of an object");
    input(json!({"type": "object", "requird": ["a"]}), "did you mean `required`?");
    input(json!({"type": "object", "required": "job"}), "it is no JSON Schema at /required");
    input(json!({"type": "object", "properties": {"a": {"type": "text"}}}), "no JSON Schema");
    input(json!({"type": "object", "properties": {"a": {"pattern": "("}}}), "no JSON Schema");
    let remote = json!({"$ref": "https://example.com/schema.json"});
    input(json!({"type": "object", "properties": {"a": remote}}), "something else than its own");
    let local = json!({"$ref": "#/properties/a"});
    input(json!({"type": "object", "properties": {"a": local}}), "something else than its own");
    input(json!({"type": "object", "$id": "https://example.com"}), "`$id` is no keyword");
    let circle = json!({"type": "object", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}});
    input(circle, "`$defs/a` refers to itself");
    let deep = (0..40).fold(json!({}), |inner, _| json!({"not": inner}));
    input(json!({"type": "object", "properties": {"a": deep}}), "32 schemas deep");
}

/// Definitions that double with each step would take for ever to compile and to check.
#[test]
fn a_small_schema_that_is_huge_is_refused() {
    let mut defs = serde_json::Map::new();
    defs.insert("d0".to_owned(), json!({"type": "string"}));
    for n in 1..60 {
        let below = json!({"$ref": format!("#/$defs/d{}", n - 1)});
        defs.insert(format!("d{n}"), json!({"allOf": [below, below]}));
    }
    let huge =
        json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/d59"}}, "$defs": defs});
    refused("/actions/build/input", huge, "more than 5000 schemas");
}

#[test]
fn the_reference_says_what_a_call_takes() {
    let text = super::super::reference(&parsed());
    for part in [
        "## ci\n",
        "| setting `url` | Where it is. Such as `https://ci.example.com`. |",
        "| `${config.url}`, GET, POST | starts builds. |",
        "### ci/build\n",
        "| `job` | text | yes | Which one. |",
        "| `labels` | list of text | | |",
        "| `mode` | `\"fast\"`, `\"full\"` | | Which \\| how. |",
        "uses: ci/build\nwith: {job: \"nightly\", tries: \"${{ inputs.n }}\"}",
        "Finds a build (idempotent).",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}
