//! What an action is given, as far as it is known before the run.

use serde_json::{Map, Value};

use crate::{
    expression::{Template, secret},
    yaml::{Kind, Node},
};

/// Parameters, and which of their parts only the run will know.
pub(crate) struct Instance {
    /// As written, expressions included.
    pub(crate) value: Value,
    /// Where expressions stand, by JSON pointer.
    pub(super) open: Vec<(String, Known)>,
}

/// What is known of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// That it is text.
    Text,
}

impl Instance {
    /// Parameters as a runbook writes them; none at all if there is no node.
    pub(crate) fn of_node(node: Option<&Node>) -> Self {
        let mut open = Vec::new();
        let value = match node {
            Some(node) => from_node(node, "", &mut open),
            None => Value::Object(Map::new()),
        };
        Self { value, open }
    }

    /// Parameters as an example writes them.
    pub(crate) fn of_json(value: &Value) -> Self {
        let mut open = Vec::new();
        expressions(value, "", &mut open);
        Self { value: value.clone(), open }
    }

    /// Whether the part at `pointer` is, or holds, what only the run will know.
    pub(super) fn is_open(&self, pointer: &str) -> bool {
        self.open.iter().any(|(at, _)| {
            at.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// What is known of the very part at `pointer`; `None` if all of it is.
    pub(super) fn known(&self, pointer: &str) -> Option<Known> {
        self.open.iter().find(|(at, _)| at == pointer).map(|(_, known)| *known)
    }
}

/// A pointer one member deeper.
pub(super) fn pointer(above: &str, member: &str) -> String {
    format!("{above}/{}", member.replace('~', "~0").replace('/', "~1"))
}

fn from_node(node: &Node, at: &str, open: &mut Vec<(String, Known)>) -> Value {
    match &node.kind {
        Kind::Bool(yes) => Value::Bool(*yes),
        Kind::Integer(n) => Value::from(*n),
        Kind::Text(text) => {
            open.extend(known(text).map(|known| (at.to_owned(), known)));
            Value::String(text.clone())
        }
        Kind::List(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| from_node(item, &format!("{at}/{index}"), open)).collect()
        }
        Kind::Map(members) => {
            let members = members.iter();
            let member = members
                .map(|(key, it)| (key.name.clone(), from_node(it, &pointer(at, &key.name), open)));
            Value::Object(member.collect())
        }
        // Refused before.
        Kind::Null | Kind::Unfit => {
            open.push((at.to_owned(), Known::Nothing));
            Value::Null
        }
    }
}

fn expressions(value: &Value, at: &str, open: &mut Vec<(String, Known)>) {
    match value {
        Value::String(text) => open.extend(known(text).map(|known| (at.to_owned(), known))),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, it)| expressions(it, &format!("{at}/{index}"), open));
        }
        Value::Object(members) => {
            members.iter().for_each(|(key, it)| expressions(it, &pointer(at, key), open));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What is known of a text with expressions; `None` if it has none.
fn known(text: &str) -> Option<Known> {
    if !text.contains("${{") {
        return None;
    }
    // A secret reaches a plugin as a text that stands for it.
    let whole = Template::parse(text).is_ok_and(|it| it.single().is_some());
    Some(if whole && secret(text).is_none() { Known::Nothing } else { Known::Text })
}
