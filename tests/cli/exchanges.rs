//! `plugin test` with a shipped component: what is said when something is not as recorded.

use std::path::Path;

use serde_json::json;

use super::stage::Stage;

const HTTP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/dist/http.wasm");
const RIGHT: &str = "\
apiVersion: hardstop/v1
kind: Exchanges
title: Something is made.
action: request
with: {url: 'https://api.example.com/things', method: POST, json: {name: a}}
legs:
  - leg: invoke
    requests:
      - request: POST https://api.example.com/things
        headers: {content-type: application/json}
        json: {name: a}
        answer: {status: 201, json: {id: 7}}
    expect: DONE
";

/// Plays a file, in which `DONE` stands for what the action really gives.
#[track_caller]
fn play(stage: &Stage, text: &str, code: i32, said: &[&str]) {
    let done = "{done: {status: 201, headers: {content-type: application/json}, json: {id: 7}, \
                body: '{\"id\":7}'}}";
    let path = stage.beside("x.yaml");
    std::fs::write(&path, text.replace("DONE", done)).unwrap();
    // Outside of any repository.
    let args = ["plugin", "test", HTTP, path.to_str().unwrap()];
    stage.hardstop_in(path.parent().unwrap(), &args).expect(code, said);
}

#[test]
fn what_is_not_as_recorded_is_told_with_its_place() {
    let stage = Stage::new(&[]);
    play(&stage, RIGHT, 0, &["ok", "Something is made.", "1 passed"]);
    let changed = |from: &str, to: &str| {
        assert!(RIGHT.contains(from), "{from}");
        RIGHT.replacen(from, to, 1)
    };
    let other = changed("- request: POST", "- request: PUT");
    play(
        &stage,
        &other,
        1,
        &[
            "leg 1 (invoke) asked for `POST https://api.example.com/things`",
            "expected here is `PUT https://api.example.com/things`",
            "1 failed",
        ],
    );
    let header = changed("content-type: application/json}", "accept: x}");
    play(&stage, &header, 1, &["has no header `accept`", "expected is `accept: x`"]);
    let body = changed("        json: {name: a}", "        json: {name: b}");
    play(&stage, &body, 1, &["has the body `{\"name\":\"a\"}`", "expected is `{\"name\":\"b\"}`"]);
    let never = changed(
        "    expect:",
        "      - {request: GET https://a.example.com/, breaks: no_answer}\n    expect:",
    );
    play(&stage, &never, 1, &["never asked for `GET https://a.example.com/`"]);
    let more = changed(
        "    requests:\n      - request: POST https://api.example.com/things\n        headers: {content-type: application/json}\n        json: {name: a}\n        answer: {status: 201, json: {id: 7}}\n",
        "",
    );
    play(&stage, &more, 1, &["and nothing more is expected"]);
    let outcome = changed("expect: DONE", "expect: {failed: {code: conflict}}");
    play(&stage, &outcome, 1, &["leg 1 (invoke) is done: ", "it must fail with `conflict`"]);
    let poll = changed("leg: invoke", "leg: poll");
    play(&stage, &poll, 1, &["nothing is pending"]);
    let broken = changed("answer: {status: 201, json: {id: 7}}", "breaks: unreachable")
        .replace("DONE", "{failed: {code: unreachable, retryable: true}}");
    play(&stage, &broken, 0, &["1 passed"]);
}

#[test]
fn a_file_that_is_wrong_is_told_from_an_action_that_is() {
    let stage = Stage::new(&[]);
    play(
        &stage,
        &RIGHT.replace("action: request", "action: ask"),
        2,
        &["the plugin has no action `ask`", "1 could not be read"],
    );
    play(&stage, &RIGHT.replace("with: {url", "with: {ulr"), 2, &["takes no `ulr`"]);
    play(&stage, &RIGHT.replace("title:", "titles:"), 2, &["unknown key `titles`"]);
    play(
        &stage,
        &RIGHT.replace("legs:", "secrets: [pass]\nlegs:"),
        2,
        &["it has no `secrets.pass`"],
    );
    let (code, view) = stage.json(&["plugin", "test", HTTP, "missing.yaml"]);
    assert_eq!((code, &view["wrong"]), (2, &json!(1)), "{view:#}");
    stage
        .hardstop(&["plugin", "test", HTTP])
        .expect(0, &["no exchanges were found in `", "dist/exchanges/`"]);
    stage.hardstop(&["plugin", "test"]).expect(2, &["plugin.wasm is not there", "build it first"]);
    // What cannot be read in a folder may be meant.
    std::fs::create_dir(stage.repo().join("some")).unwrap();
    std::fs::write(stage.repo().join("some/x.yaml"), [0xff]).unwrap();
    stage.write("some/y.yaml", "kind: Other\n");
    let ended = stage.hardstop(&["plugin", "test", HTTP, "some"]);
    ended.expect(2, &["some/x.yaml is not UTF-8 at byte 0", "1 could not be read"]);
    stage.write("exchanges/x.yaml", RIGHT);
    stage.hardstop(&["check", "exchanges/x.yaml"]).expect(2, &["must be a map"]);
}

#[test]
fn a_module_that_is_no_plugin_is_not_wrapped() {
    let stage = Stage::new(&[("text.wasm", "no module")]);
    let ended = stage.hardstop(&["plugin", "wrap", "text.wasm"]);
    ended.expect(2, &["text.wasm cannot be made a component", "cargo build"]);
    assert!(!Path::new(&stage.repo()).join("plugin.wasm").exists());
    let ended = stage.hardstop(&["plugin", "new", "Mine", "--language", "js"]);
    ended.expect(2, &["use lower-case letters"]);
    let ended = stage.hardstop(&["plugin", "new", "exec", "--language", "js"]);
    ended.expect(2, &["that is built in"]);
    let ended = stage.hardstop(&["plugin", "wrap", "other.wasm"]);
    ended.expect(2, &["other.wasm is not there", "build it first", "name the module"]);
}

/// The clock is the file's, not the machine's.
#[test]
fn time_passes_as_it_is_written() {
    let stage = Stage::new(&[]);
    let silence = "\
apiVersion: hardstop/v1
kind: Exchanges
title: A silence of two hours.
action: silence
with: {matchers: [{name: env, value: dev}], for: 2h, comment: release}
config: {url: 'https://am.example.com'}
secrets: [token]
legs:
  - leg: invoke
    after: 1h
    requests:
      - request: GET https://am.example.com/api/v2/silences
        headers: {authorization: Bearer value-of-token}
        answer: {json: []}
      - request: POST https://am.example.com/api/v2/silences
        answer: {json: {silenceID: id-1}}
    expect: {done: {id: id-1, ends_at: '2026-03-01T15:00:00Z'}}
";
    stage.write("x.yaml", silence);
    let args = ["plugin", "test", &HTTP.replace("http.wasm", "alertmanager.wasm"), "x.yaml"];
    stage.hardstop(&args).expect(0, &["1 passed"]);
    stage.write("x.yaml", &silence.replace("T15:", "T14:"));
    stage.hardstop(&args).expect(1, &["\"ends_at\":\"2026-03-01T15:00:00Z\"", "1 failed"]);
    stage.write("x.yaml", &silence.replace("config: {url: 'https://am.example.com'}\n", ""));
    stage.hardstop(&args).expect(2, &["`config.url` is not set"]);
}
