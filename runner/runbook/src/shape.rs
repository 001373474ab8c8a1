//! Compares a tree with the schema of its file, reporting every difference.
//!
//! This is the one structural check: a schema made from the types of [`syntax`](crate::syntax)
//! says what may stand where, so no key is declared twice. It understands what those types
//! generate, not all of JSON Schema.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::{
    diagnostics::Sink,
    spelling,
    yaml::{Key, Kind, Node},
};

/// The tree as JSON, without what was reported; `None` if too little is left of it.
pub(crate) fn check(tree: &Node, schema: &Value, sink: &mut Sink<'_>) -> Option<Value> {
    if let Kind::Null = tree.kind {
        sink.error("runbook::empty", &(0..0), "the file is empty", None);
        return None;
    }
    Check { root: schema, sink }.any(tree, schema, "the file")
}

struct Check<'c, 't> {
    root: &'c Value,
    sink: &'c mut Sink<'t>,
}

impl<'c> Check<'c, '_> {
    /// Compares `node`, which people know as `name`, with `schema`.
    fn any(&mut self, node: &Node, schema: &'c Value, name: &str) -> Option<Value> {
        if let Kind::Unfit = node.kind {
            return None;
        }
        let (schema, of) = self.resolve(schema);
        let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
        let words = words(schema, choices);
        if !words.is_empty() {
            return self.word(node, &words, name);
        }
        if let Some(choices) = choices {
            let fitting = choices.iter().find(|choice| accepts(self.resolve(choice).0, &node.kind));
            return match fitting {
                Some(choice) => self.any(node, choice, name),
                None => self.wrong_type(node, schema, name),
            };
        }
        if !accepts(schema, &node.kind) {
            return self.wrong_type(node, schema, name);
        }
        match &node.kind {
            Kind::Null | Kind::Unfit => None,
            Kind::Bool(yes) => Some(Value::Bool(*yes)),
            Kind::Text(text) => Some(Value::String(text.clone())),
            Kind::Integer(n) => self.integer(node, *n, schema, name),
            Kind::List(items) => self.list(items, schema, name),
            Kind::Map(entries) => self.map(node, entries, schema, of.unwrap_or(name), name),
        }
    }

    /// The schema itself, and the name of the type it stands for.
    fn resolve(&self, schema: &'c Value) -> (&'c Value, Option<&'c str>) {
        let title = schema.get("title").and_then(Value::as_str);
        let target = schema.get("$ref").and_then(Value::as_str);
        let Some(name) = target.and_then(|target| target.strip_prefix("#/$defs/")) else {
            return (schema, title);
        };
        (self.root.get("$defs").and_then(|defs| defs.get(name)).unwrap_or(schema), Some(name))
    }

    fn word(&mut self, node: &Node, words: &[&str], name: &str) -> Option<Value> {
        if let Kind::Text(text) = &node.kind {
            if words.contains(&text.as_str()) {
                return Some(Value::String(text.clone()));
            }
            if spelling::is_not_yet(name, text) {
                self.not_yet(text, &node.at);
                return None;
            }
            let message = format!("`{text}` is not a value of {name}");
            let help = if let [only] = words {
                Some(format!("write `{only}`"))
            } else {
                spelling::suggest(text, words.iter().copied())
            };
            self.sink.error("runbook::unknown-value", &node.at, message, help);
        } else {
            let message = format!("{name} must be a word, found {}", found(&node.kind));
            let help = Some(format!("one of: {}", words.join(", ")));
            self.sink.error("runbook::wrong-type", &node.at, message, help);
        }
        None
    }

    fn integer(&mut self, node: &Node, n: i64, schema: &Value, name: &str) -> Option<Value> {
        let limit = |key: &str| schema.get(key).and_then(Value::as_i64);
        let (min, max) = (limit("minimum"), limit("maximum"));
        if min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max) {
            return Some(Value::from(n));
        }
        let help = match (min, max) {
            (Some(min), Some(max)) => format!("at least {min} and at most {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => return None,
        };
        self.sink.error(
            "runbook::out-of-range",
            &node.at,
            format!("{name} cannot be {n}"),
            Some(help),
        );
        None
    }

    fn list(&mut self, items: &[Node], schema: &'c Value, name: &str) -> Option<Value> {
        let of = schema.get("items").unwrap_or(&Value::Bool(true));
        let checked: Vec<_> =
            items.iter().map(|item| self.any(item, of, &format!("an item of {name}"))).collect();
        checked.into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
    }

    /// A member that is wrong is left out if it is optional; everything else about the map can
    /// then still be checked.
    fn map(
        &mut self,
        node: &Node,
        entries: &[(Key, Node)],
        schema: &'c Value,
        of: &str,
        name: &str,
    ) -> Option<Value> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let closed = others == Some(&Value::Bool(false));
        let required = |key: &str| is_required(schema, key);
        let mut checked = Map::new();
        let mut whole = true;
        for (key, value) in entries {
            let declared = properties.and_then(|properties| properties.get(&key.name));
            let member = match declared.or(others) {
                None | Some(Value::Bool(false)) if closed => {
                    self.unknown_key(key, properties, of, name);
                    continue;
                }
                Some(schema) => self.any(value, schema, &format!("`{}`", key.name)),
                None => self.any(value, &Value::Bool(true), &format!("`{}`", key.name)),
            };
            match member {
                Some(member) => drop(checked.insert(key.name.clone(), member)),
                None => whole &= declared.is_some() && !required(&key.name),
            }
        }
        for key in required_keys(schema) {
            if !entries.iter().any(|(present, _)| present.name == key) {
                whole = false;
                if !is_reported(key, entries, properties, of) {
                    let at = node.at.start..node.at.start + 1;
                    let message = format!("{name} has no `{key}`");
                    self.sink.error("runbook::missing-key", &at, message, None);
                }
            }
        }
        whole.then_some(Value::Object(checked))
    }

    fn unknown_key(
        &mut self,
        key: &Key,
        properties: Option<&Map<String, Value>>,
        of: &str,
        name: &str,
    ) {
        if spelling::is_not_yet(of, &key.name) {
            return self.not_yet(&key.name, &key.at);
        }
        let known: Vec<&str> =
            properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let neighbour = || spelling::neighbour(&key.name, &known);
        let help = (spelling::advice(of, &key.name).map(str::to_owned))
            .or_else(|| neighbour().map(|ours| format!("here it is `{ours}`")))
            .or_else(|| spelling::suggest(&key.name, known.iter().copied()));
        let message = format!("unknown key `{}` in {name}", key.name);
        self.sink.error("runbook::unknown-key", &key.at, message, help);
    }

    fn not_yet(&mut self, word: &str, at: &Range<usize>) {
        let message =
            format!("`{word}` is part of hardstop/v1 but this version does not execute it yet");
        let help = spelling::meanwhile(word).map(|help| format!("until then: {help}"));
        self.sink.error("runbook::not-yet", at, message, help);
    }

    fn wrong_type(&mut self, node: &Node, schema: &'c Value, name: &str) -> Option<Value> {
        let choices = schema.get("anyOf").and_then(Value::as_array);
        let expected: Vec<&str> = match choices {
            Some(choices) => choices.iter().flat_map(|c| types(self.resolve(c).0)).collect(),
            None => types(schema),
        };
        let words: Vec<&str> = expected.iter().map(|name| in_words(name)).collect();
        if let Kind::Null = node.kind {
            let help = format!("give it {}, or leave it out", words.join(" or "));
            let message = format!("{name} has no value");
            self.sink.error("runbook::wrong-type", &node.at, message, Some(help));
            return None;
        }
        let message = format!("{name} must be {}, found {}", words.join(" or "), found(&node.kind));
        let help = help(node, schema, &expected, self.sink.text());
        self.sink.error("runbook::wrong-type", &node.at, message, help);
        None
    }
}

/// Whether what was said of another key is all there is to say of a missing one: that it is
/// misspelt, or that another way to say the same is not executed yet.
fn is_reported(
    key: &str,
    entries: &[(Key, Node)],
    properties: Option<&Map<String, Value>>,
    of: &str,
) -> bool {
    entries.iter().any(|(present, _)| {
        properties.is_some_and(|properties| !properties.contains_key(&present.name))
            && (spelling::nearest(&present.name, [key]).is_some()
                || spelling::neighbour(&present.name, &[key]).is_some()
                || spelling::is_not_yet(of, &present.name))
    })
}

/// What to write instead of a value of a wrong type.
fn help(node: &Node, schema: &Value, expected: &[&str], text: &str) -> Option<String> {
    let written = text.get(node.at.clone()).unwrap_or_default();
    let unit = schema.get("x-unit").and_then(Value::as_str);
    match &node.kind {
        Kind::Integer(n) if unit.is_some() => {
            Some(format!("a number needs its unit: `{n}{}`", unit.unwrap_or_default()))
        }
        Kind::Integer(_) | Kind::Bool(_)
            if expected.contains(&"string") && schema.get("examples").is_none() =>
        {
            Some(format!("write it as text: \"{written}\""))
        }
        Kind::Text(text) if expected.contains(&"array") && !text.contains("${{") => {
            let words: Vec<&str> = text.split_whitespace().collect();
            let list = format!("write it as a list: `[{}]`", words.join(", "));
            Some(if expected.contains(&"object") && text.contains(SHELL) {
                format!("{list}, or as text for a shell: `{{script: …, shell: sh}}`")
            } else {
                list
            })
        }
        Kind::Text(text) if expected == ["integer"] && text.parse::<i64>().is_ok() => {
            Some(format!("write it without quotes: `{text}`"))
        }
        Kind::Null
        | Kind::Bool(_)
        | Kind::Integer(_)
        | Kind::Text(_)
        | Kind::List(_)
        | Kind::Map(_)
        | Kind::Unfit => {
            let examples = schema.get("examples").and_then(Value::as_array);
            let example = examples.and_then(|examples| examples.first());
            let example = example.or_else(|| schema.get("x-example")).and_then(Value::as_str);
            example.map(|example| format!("for example `{example}`"))
        }
    }
}

/// Characters that mean something to a shell and nothing in an argument list.
const SHELL: [char; 8] = ['|', '&', ';', '>', '<', '$', '`', '*'];

/// The words of a closed set: an `enum`, or constants with a description each.
fn words<'c>(schema: &'c Value, choices: Option<&'c Vec<Value>>) -> Vec<&'c str> {
    if let Some(Value::Array(words)) = schema.get("enum") {
        return words.iter().filter_map(Value::as_str).collect();
    }
    choices
        .and_then(|choices| {
            choices.iter().map(|choice| choice.get("const").and_then(Value::as_str)).collect()
        })
        .unwrap_or_else(|| schema.get("const").and_then(Value::as_str).into_iter().collect())
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn accepts(schema: &Value, kind: &Kind) -> bool {
    let types = types(schema);
    match kind {
        Kind::Null | Kind::Unfit => false,
        Kind::Bool(_) => types.is_empty() || types.contains(&"boolean"),
        Kind::Integer(_) => types.is_empty() || types.contains(&"integer"),
        Kind::Text(_) => types.is_empty() || types.contains(&"string"),
        Kind::List(_) => types.is_empty() || types.contains(&"array"),
        Kind::Map(_) => types.is_empty() || types.contains(&"object"),
    }
}

fn required_keys(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn is_required(schema: &Value, key: &str) -> bool {
    required_keys(schema).any(|required| required == key)
}

fn in_words(name: &str) -> &str {
    match name {
        "string" => "text",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}

fn found(kind: &Kind) -> &'static str {
    match kind {
        Kind::Null => "nothing",
        Kind::Bool(_) => "true or false",
        Kind::Integer(_) | Kind::Unfit => "a number",
        Kind::Text(_) => "text",
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
    }
}
