//! The reference of a plugin's actions, in Markdown.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    built_in::is_built_in,
    manifest::{Action, Manifest, Role},
};

/// What a plugin asks for and what its actions take and give, from its manifest alone.
///
/// Texts of the manifest stand in it as they are: they come from whoever wrote the plugin, and hold
/// no control characters besides line breaks and tabs.
pub fn reference(manifest: &Manifest) -> String {
    let Manifest { name, version, summary, exec, config, http, secrets, actions, .. } = manifest;
    let mut text = format!("## {name}\n\n{} Version {version}.\n", sentence(summary));
    let mut rows = Vec::new();
    if let Some(it) = exec {
        rows.push(format!("programs | {}", cell(&it.why)));
    }
    for (key, it) in config {
        let example = it.example.as_ref().map(|it| format!(" Such as `{it}`.")).unwrap_or_default();
        let needed = if it.required { "" } else { " Optional." };
        let meaning = cell(&format!("{}{needed}{example}", sentence(&it.summary)));
        rows.push(format!("setting `{key}` | {meaning}"));
    }
    for it in http {
        let methods =
            if it.methods.is_empty() { "any method".to_owned() } else { it.methods.join(", ") };
        rows.push(format!("`{}`, {methods} | {}", it.origin, cell(&sentence(&it.why))));
    }
    for (key, it) in secrets {
        let needed = if it.required { "" } else { " Optional." };
        let meaning = cell(&format!("{}{needed}", sentence(&it.summary)));
        rows.push(format!("secret `{key}` in `{}` | {meaning}", it.header));
    }
    if !rows.is_empty() {
        table(&mut text, "asks for | what for", &rows);
    }
    for (key, action) in actions {
        of_action(&mut text, &format!("{name}/{key}"), action);
    }
    text
}

fn of_action(text: &mut String, uses: &str, action: &Action) {
    let Action { summary, description, role, idempotent, long, input, output, examples } = action;
    let mut marks = Vec::new();
    match role {
        Role::Action => {}
        Role::Notify | Role::Targets | Role::Train => marks.push(role.name()),
    }
    if *idempotent {
        marks.push("idempotent");
    }
    if *long {
        marks.push("long");
    }
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    // Writing to a String cannot fail.
    let summary = summary.trim().trim_end_matches('.');
    let _ = write!(text, "\n### {uses}\n\n{}\n", sentence(&format!("{summary}{marks}")));
    if !description.trim().is_empty() {
        let _ = write!(text, "\n{}\n", description.trim());
    }
    // What is built in is given the keys of the step itself.
    let built_in = uses.split('/').next().is_some_and(is_built_in);
    members(text, if built_in { "key" } else { "with" }, input);
    members(text, "output", output);
    for example in examples {
        let call = if let (true, Value::Object(keys)) = (built_in, &example.with) {
            let lines = keys.iter().map(|(key, it)| format!("{key}: {}", yaml(it)));
            lines.collect::<Vec<_>>().join("\n")
        } else {
            format!("uses: {uses}\nwith: {}", yaml(&example.with))
        };
        let title = example.title.trim();
        let colon = if title.ends_with(['.', '!', '?']) { "" } else { ":" };
        let _ = write!(text, "\n{title}{colon}\n\n```yaml\n{call}\n```\n");
    }
}

/// The members of an object schema, the required ones first.
fn members(text: &mut String, what: &str, schema: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|all| all.iter().any(|it| it.as_str() == Some(name)));
    let mut all: Vec<(&String, &Value)> = properties.iter().collect();
    all.sort_by_key(|(name, _)| (!is_required(name), (*name).clone()));
    let row = |(name, it): &(&String, &Value)| {
        let needed = if is_required(name) { "yes" } else { "" };
        let meaning = it.get("description").and_then(Value::as_str).unwrap_or_default();
        let default = it.get("default").map(|it| format!(" `{it}` if left out."));
        let meaning = cell(&format!("{meaning}{}", default.unwrap_or_default()));
        format!("`{name}` | {} | {needed} | {meaning}", cell(&kind(schema, it)))
    };
    let rows: Vec<String> = all.iter().map(row).collect();
    if !rows.is_empty() {
        let always = if what == "output" { "always" } else { "needed" };
        table(text, &format!("`{what}` | type | {always} | meaning"), &rows);
    }
}

/// The text with a full stop, unless it ends like a sentence already.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let stop = if text.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    format!("{text}{stop}")
}

/// A text in a cell: on one line, and without ends of cells.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn table(text: &mut String, head: &str, rows: &[String]) {
    let columns = head.split(" | ").count();
    // Writing to a String cannot fail.
    let _ = write!(text, "\n| {head} |\n|{}\n", "---|".repeat(columns));
    for row in rows {
        let row = row.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "| {row} |");
    }
}

/// A type in words.
fn kind(root: &Value, schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = name.strip_prefix("#/$defs/").and_then(|name| root.get("$defs")?.get(name));
        return target.map_or_else(|| "value".to_owned(), |it| kind(root, it));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(Value::Array(choices)) = schema.get("anyOf") {
        return choices.iter().map(|it| kind(root, it)).collect::<Vec<_>>().join(" or ");
    }
    let word = |name: &str| match name {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => match schema.get("items") {
            Some(items) => format!("list of {}", kind(root, items)),
            None => "list".to_owned(),
        },
        "object" => "map".to_owned(),
        other => other.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(name)) => word(name),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.map(word).collect::<Vec<_>>().join(" or ")
        }
        _ => "any value".to_owned(),
    }
}

/// JSON is YAML; on one line it reads well enough for what examples hold.
fn yaml(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, it)| format!("{key}: {}", yaml(it)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
