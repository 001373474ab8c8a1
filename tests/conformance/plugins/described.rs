//! Where no server runs here: what plugins ask, and what we let servers answer, held against the
//! descriptions that the others publish.
//!
//! What a description requires of an answer is not required of ours: a row says no more than its
//! action reads. What it says must be there and of the type that is described.

use std::{fs, path::PathBuf};

use hardstop_ports::plugin::{Answer, Leg};
use hardstop_tests_peers::Prism;
use serde_json::{Map, Value, json};

use crate::{
    call::{INVOKE, Plugin},
    server::{Received, Server},
    shipped::{Exchange, Kind, Row, rows},
};

/// Legs of an attempt that are looked at.
const LEGS_MAX: usize = 3;

#[test]
fn github() {
    check("github");
}

#[test]
fn gitea() {
    check("gitea");
}

#[test]
fn kubernetes() {
    check("kubernetes");
}

/// Another judge of the same, which knows nothing of us. It makes its answers up, so what is read out
/// of them is no matter here.
#[test]
fn prism_takes_what_is_asked() {
    let ready = [
        ("github", "/repos/team/mirrors/issues"),
        ("gitea", "/api/v1/repos/team/mirrors/issues"),
        ("kubernetes", "/api/v1/namespaces/mirrors/pods"),
    ];
    for (name, ready) in ready {
        let Some(prism) = Prism::start(&path(name), ready) else { return };
        let plugin = Plugin::shipped(name);
        let grants = plugin.grants(prism.url());
        for row in rows(name) {
            let with = row.with(&plugin, prism.url());
            let ended = plugin.call(&grants, row.action, &with, INVOKE);
            if let Answer::Failed(failure) = &ended.answer {
                let mut complaints = failure.message.split("prism/errors#").skip(1);
                // What it has no answer for, it has taken.
                let taken = complaints.all(|it| it.starts_with("NOT_ACCEPTABLE"));
                assert!(taken, "{name}/{}: {failure:?}", row.action);
            }
        }
    }
}

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    folder.join(format!("../../tests/conformance/descriptions/{name}.json"))
}

fn check(name: &'static str) {
    let text = fs::read_to_string(path(name)).expect("there is a description");
    let mut root: Value = serde_json::from_str(&text).expect("it is JSON");
    modernize(&mut root);
    let mut lenient = root.clone();
    require_nothing(&mut lenient);
    let plugin = Plugin::shipped(name);
    let mut complaints = Vec::new();
    for row in rows(name) {
        let server = Server::new(&row.exchanges);
        go_everywhere(&plugin, &row, &server);
        for received in server.received() {
            let told = judge(&root, &received).into_iter();
            let told = told.chain(judge_answers(&lenient, &received, row.exchange(&received.at)));
            complaints.extend(told.map(|it| format!("{}: {it}", received.at)));
        }
    }
    complaints.sort();
    complaints.dedup();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Makes every request that the action makes of a server that is well.
fn go_everywhere(plugin: &Plugin, row: &Row, server: &Server) {
    let (grants, with) = (plugin.grants(&server.url), row.with(plugin, &server.url));
    let mut leg = INVOKE;
    for _ in 0..LEGS_MAX {
        let ended = plugin.call(&grants, row.action, &with, leg);
        let Answer::Pending(pending) = ended.answer else { break };
        leg = Leg::Poll { state: pending.state };
    }
    for leg in [Leg::Probe, Leg::Cancel { state: None }] {
        plugin.call(&grants, row.action, &with, leg);
    }
}

/// What a description of `OpenAPI` 3.0 or Swagger 2.0 calls `nullable`, as JSON Schema says it.
fn modernize(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(modernize),
        Value::Object(object) => {
            object.values_mut().for_each(modernize);
            if object.remove("nullable") == Some(json!(true)) {
                if let Some(Value::String(kind)) = object.get("type").cloned() {
                    object.insert("type".to_owned(), json!([kind, "null"]));
                }
                if let Some(Value::Array(values)) = object.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn judge(root: &Value, received: &Received) -> Vec<String> {
    let Some((shared, operation)) = operation(root, &received.at) else {
        return vec!["nothing of the kind is described".to_owned()];
    };
    let lists = [&shared["parameters"], &operation["parameters"]];
    let parameters = lists.iter().filter_map(|it| it.as_array()).flatten();
    let parameters: Vec<&Value> = parameters.map(|it| resolved(root, it)).collect();
    let mut told = Vec::new();
    for pair in received.query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default();
        // Gitea's, where Forgejo has a key in the body, or no pages.
        let of_gitea = received.at.contains("/api/v1/")
            && (name == "return_run_details"
                || (name == "limit" && received.at.ends_with("/jobs")));
        if !of_gitea && !parameters.iter().any(|it| it["in"] == "query" && it["name"] == name) {
            told.push(format!("the parameter `{name}` is not described"));
        }
    }
    let in_body = parameters.iter().find(|it| it["in"] == "body").map(|it| &it["schema"]);
    let content = &resolved(root, &operation["requestBody"])["content"];
    let in_content = content.as_object().and_then(|it| it.values().next()).map(|it| &it["schema"]);
    match (in_body.or(in_content), serde_json::from_str::<Value>(&received.body)) {
        (Some(schema), Ok(body)) => {
            let wrong = broken(root, schema, &body).into_iter();
            told.extend(wrong.map(|it| format!("the request: {it}")));
        }
        (None, Ok(_)) => told.push("a body is not described".to_owned()),
        (_, Err(_)) => {}
    }
    told
}

fn judge_answers(lenient: &Value, received: &Received, exchange: &Exchange) -> Vec<String> {
    let Some((_, operation)) = operation(lenient, &received.at) else { return Vec::new() };
    let answers = &operation["responses"];
    let answer = resolved(lenient, &answers[exchange.status.to_string()]);
    // Where the server leads is not described.
    if answer.is_null() && answers["302"].is_null() {
        return vec![format!("the status {} is not described", exchange.status)];
    }
    let content = answer["content"].as_object().and_then(|it| it.values().next());
    let schema = content.map_or(&answer["schema"], |it| &it["schema"]);
    if exchange.kind == Kind::Reads || schema.is_null() {
        return Vec::new();
    }
    let bodies =
        [&exchange.before, &exchange.after].map(|it| it.replace("${URL}", "https://example.com"));
    let bodies = bodies.iter().filter_map(|it| serde_json::from_str(it).ok());
    let told = bodies.flat_map(|body: Value| broken(lenient, schema, &body));
    told.map(|it| format!("our answer: {it}")).collect()
}

/// Takes out which names must be there.
fn require_nothing(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(require_nothing),
        Value::Object(object) => {
            if object.get("required").is_some_and(Value::is_array) {
                object.remove("required");
            }
            object.values_mut().for_each(require_nothing);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What is wrong with `body`: with its types, or a name that is not described.
fn broken(root: &Value, schema: &Value, body: &Value) -> Vec<String> {
    let mut whole = schema.as_object().cloned().unwrap_or_default();
    for definitions in ["components", "definitions"] {
        if !root[definitions].is_null() {
            whole.insert(definitions.to_owned(), root[definitions].clone());
        }
    }
    let validator = jsonschema::validator_for(&Value::Object(whole)).expect("it is a schema");
    let errors = validator.iter_errors(body).map(|it| format!("{}: {it}", it.instance_path()));
    errors.chain(unknown(root, schema, body)).collect()
}

/// Names in `body` that its schema does not have, as far as it has names.
fn unknown(root: &Value, schema: &Value, body: &Value) -> Vec<String> {
    let schema = resolved(root, schema);
    match body {
        Value::Array(items) => {
            items.iter().flat_map(|item| unknown(root, &schema["items"], item)).collect()
        }
        Value::Object(object) => {
            let Some(known) = schema["properties"].as_object() else { return Vec::new() };
            let strangers = |known: &Map<String, Value>| {
                let names = object.keys().filter(|name| !known.contains_key(*name));
                names.map(|name| format!("`{name}` is not described")).collect::<Vec<_>>()
            };
            let below = object.iter().filter_map(|(name, item)| Some((known.get(name)?, item)));
            let below = below.flat_map(|(schema, item)| unknown(root, schema, item));
            strangers(known).into_iter().chain(below).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// What a reference stands for.
fn resolved<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str().and_then(|it| root.pointer(it.strip_prefix('#')?)) {
        Some(found) => resolved(root, found),
        None => value,
    }
}

/// All of a path, and the operation for a request there.
fn operation<'a>(root: &'a Value, at: &str) -> Option<(&'a Value, &'a Value)> {
    let (method, path) = at.split_once(' ')?;
    let fits = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(it, segment)| it == segment || it.starts_with('{'))
    };
    let paths = root["paths"].as_object()?;
    let mut found = paths.iter().filter(|(template, _)| fits(template)).map(|(_, all)| all);
    found.find_map(|all| Some((all, all.get(method.to_lowercase())?)))
}
