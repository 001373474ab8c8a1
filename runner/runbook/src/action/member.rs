//! What is known of a member before it is there: the outputs of an action.

use serde_json::Value;

use crate::{
    expression::{Unknown, spelled},
    spelling,
};

/// Definitions that lead to definitions: schemas that were not examined may go in circles.
const HOPS_MAX: usize = 16;

/// Whether the outputs of `action` can have what `path` names: the name of an output as an
/// expression spells it, and the names of parts.
///
/// # Errors
///
/// If the schema has no such member, with the nearest it has. A schema that says with
/// `additionalProperties` that there may be others is believed.
pub(crate) fn member(root: &Value, action: &str, path: &str) -> Result<(), Unknown> {
    let mut schema = resolve(root, root);
    let mut whole = String::new();
    for (depth, name) in path.split('.').enumerate() {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Ok(());
        };
        // Only the outputs themselves are spelled so; parts are asked for by their very names.
        let is = |known: &str| known == name || (depth == 0 && spelled(known) == name);
        let Some((_, next)) = properties.iter().find(|(known, _)| is(known)) else {
            let others = schema.get("additionalProperties");
            if others.is_some_and(|it| *it != Value::Bool(false)) || has_other_keywords(schema) {
                return Ok(());
            }
            let known: Vec<String> = properties.keys().map(|known| spelled(known)).collect();
            let help = spelling::suggest(name, known.iter().map(String::as_str));
            let message = if whole.is_empty() {
                format!("`{action}` has no output `{name}`")
            } else {
                format!("output `{whole}` of `{action}` has no `{name}`")
            };
            return Err(Unknown { message, help });
        };
        if !whole.is_empty() {
            whole.push('.');
        }
        whole.push_str(name);
        schema = resolve(root, next);
    }
    Ok(())
}

/// What a schema refers to.
fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut schema = schema;
    for _ in 0..HOPS_MAX {
        let name = schema.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|name| name.strip_prefix("#/$defs/"));
        let Some(next) = name.and_then(|name| root.get("$defs")?.get(name)) else { break };
        schema = next;
    }
    schema
}

/// Whether members may be declared elsewhere than in `properties`.
fn has_other_keywords(schema: &Value) -> bool {
    ["patternProperties", "allOf", "anyOf", "oneOf", "if", "dependentSchemas"]
        .iter()
        .any(|keyword| schema.get(keyword).is_some())
}
