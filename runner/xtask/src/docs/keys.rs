//! Tables of keys, made from the schemas.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

/// What a description says of a key that is left out.
const ABSENT: &str = " if not given";

/// The schemas, and which of their keys the page has shown.
pub(super) struct Keys {
    schemas: BTreeMap<String, Value>,
    shown: BTreeSet<String>,
}

impl Keys {
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut schemas = BTreeMap::new();
        for (name, text) in hardstop_runbook::schemas() {
            let name = name.split('.').next().unwrap_or(name).to_owned();
            schemas.insert(name, serde_json::from_str(&text).context("a schema is not JSON")?);
        }
        Ok(Self { schemas, shown: BTreeSet::new() })
    }

    /// The table of an object's keys, or of the words of a closed set.
    pub(super) fn table(
        &mut self,
        file: &str,
        object: &str,
        listed: &[&str],
    ) -> anyhow::Result<String> {
        let root = self.schemas.get(file).with_context(|| format!("no schema `{file}`"))?;
        let schema = definition(root, object).with_context(|| format!("no object `{object}`"))?;
        if let Some(words) = schema.get("oneOf").and_then(Value::as_array) {
            return Ok(words_table(words));
        }
        let properties = properties(schema).with_context(|| format!("`{object}` has no keys"))?;
        let own = format!("{file} {object}.");
        // Links lead to the first of several tables of one object.
        let is_first = !self.shown.iter().any(|key| key.starts_with(&own));
        let mut table = if is_first {
            format!("<a id=\"{}\"></a>\n\n", anchor(file, object))
        } else {
            String::new()
        };
        table.push_str("| key | type | if left out | meaning |\n|---|---|---|---|\n");
        for key in listed {
            let member = properties.get(*key);
            let member = member.with_context(|| format!("`{object}` has no key `{key}`"))?;
            if !self.shown.insert(format!("{own}{key}")) {
                bail!("`{key}` of `{object}` is shown twice");
            }
            let (absent, meaning) = meaning(schema, key, member);
            let kind = kind(file, root, member);
            let row = [format!("`{key}`"), kind, absent, meaning];
            let row: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            table.extend(["| ", &row.join(" | "), " |\n"]);
        }
        Ok(table)
    }

    /// Fails if the page leaves out a key.
    pub(super) fn all_shown(&self) -> anyhow::Result<()> {
        let mut missing = Vec::new();
        for (file, root) in &self.schemas {
            let defined = root.get("$defs").and_then(Value::as_object);
            let defined = defined.into_iter().flatten().map(|(name, schema)| (&**name, schema));
            let title = root.get("title").and_then(Value::as_str).unwrap_or_default();
            for (object, schema) in defined.chain([(title, root)]) {
                let keys = properties(schema).into_iter().flat_map(Map::keys);
                let names = keys.map(|key| format!("{file} {object}.{key}"));
                missing.extend(names.filter(|name| !self.shown.contains(name)));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        bail!("docs/language.md shows no {}", missing.join(", "))
    }
}

fn definition<'s>(root: &'s Value, name: &str) -> Option<&'s Value> {
    if root.get("title").and_then(Value::as_str) == Some(name) {
        return Some(root);
    }
    root.get("$defs")?.get(name)
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

fn anchor(file: &str, object: &str) -> String {
    format!("{file}-{object}").to_lowercase()
}

fn words_table(words: &[Value]) -> String {
    let row = |word: &Value| {
        let text = |key: &str| word.get(key).and_then(Value::as_str).unwrap_or_default();
        format!("| `{}` | {} |\n", text("const"), one_line(text("description")))
    };
    let rows: Vec<String> = words.iter().map(row).collect();
    format!("| word | meaning |\n|---|---|\n{}", rows.concat())
}

/// What holds if the key is left out, and what it means.
fn meaning(object: &Value, key: &str, member: &Value) -> (String, String) {
    let text = one_line(member.get("description").and_then(Value::as_str).unwrap_or_default());
    let required = object.get("required").and_then(Value::as_array).into_iter().flatten();
    if required.into_iter().any(|name| name == key) {
        return ("**required**".to_owned(), text);
    }
    let Some(at) = text.find(ABSENT) else {
        let default = match member.get("default") {
            Some(Value::Bool(word)) => format!("`{word}`"),
            _ => "–".to_owned(),
        };
        return (default, text);
    };
    let start = ["; ", ". "].iter().filter_map(|mark| Some(text[..at].rfind(mark)? + 2)).max();
    let start = start.unwrap_or(0);
    let end = text[at..].find(". ").map_or(text.trim_end_matches('.').len(), |end| at + end);
    let default = text[start..end].replace(ABSENT, "");
    // It may have been a sentence, or stood before a comma.
    let default = default.trim_end_matches(',').replace("The ", "the ");
    let before = text[..start].trim_end_matches([' ', ';', '.']);
    let after = text[end..].trim_start_matches('.');
    (default, format!("{before}.{after}").trim_start_matches(". ").to_owned())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A type in words.
fn kind(file: &str, root: &Value, schema: &Value) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    if let Some(name) = text("$ref").and_then(|it| it.strip_prefix("#/$defs/")) {
        let target = root.get("$defs").and_then(|all| all.get(name));
        return match target {
            Some(object) if properties(object).is_some() => {
                format!("[map](#{})", anchor(file, name))
            }
            Some(other) => kind(file, root, other),
            None => "value".to_owned(),
        };
    }
    if let Some(words) = words(schema) {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" · ");
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let kinds: Vec<String> = choices.iter().map(|it| kind(file, root, it)).collect();
        return kinds.join(", or ");
    }
    match text("type") {
        Some("array") => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            format!("list of {}", kind(file, root, items))
        }
        Some("object") => match (properties(schema), schema.get("additionalProperties")) {
            (Some(keys), _) => {
                let of = keys.values().next().map(|it| kind(file, root, it)).unwrap_or_default();
                format!("map by verb: {of}")
            }
            (None, Some(of)) => format!("map by name: {}", kind(file, root, of)),
            (None, None) => "map".to_owned(),
        },
        Some("string") => string(schema).to_owned(),
        Some("integer") => integer(schema),
        Some("boolean") => "true or false".to_owned(),
        Some(_) | None if schema.get("examples").is_some() => "number, or text".to_owned(),
        Some(_) | None => "any value".to_owned(),
    }
}

/// The words of a closed set.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Some(words.iter().filter_map(Value::as_str).collect());
    }
    let words = schema.get("oneOf")?.as_array()?;
    Some(words.iter().filter_map(|it| it.get("const")?.as_str()).collect())
}

fn string(schema: &Value) -> &'static str {
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    match (text("x-unit"), text("pattern")) {
        ("s", _) => "duration",
        ("B", _) => "size",
        (_, pattern) if pattern.starts_with("^[a-z]") => "name",
        (_, pattern) if pattern.contains("{{") || pattern.contains(r"\{\{") => "one `${{ }}`",
        _ => "text",
    }
}

fn integer(schema: &Value) -> String {
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
    match (bound("minimum").filter(|min| *min > 0), bound("maximum")) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("number, at least {min}"),
        (None, Some(max)) => format!("0 to {max}"),
        (None, None) => "number".to_owned(),
    }
}
