//! The JSON Schemas of the files, made from the types that parse them.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::Value;

use crate::syntax;

/// The published schemas: the file's name in `schemas/`, and its text.
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("runbook.schema.json", text(&of::<syntax::Runbook>())),
        ("policy.schema.json", text(&of::<syntax::Policy>())),
        ("config.schema.json", text(&of::<syntax::Config>())),
        ("request.schema.json", text(&of::<syntax::RunRequest>())),
        ("scenario.schema.json", text(&of::<crate::scenario::Schema>())),
        ("exchanges.schema.json", text(&of::<crate::exchanges::Schema>())),
    ]
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

/// The schema a file of type `T` is checked against, and that editors use.
pub(crate) fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with_transform(|schema: &mut Schema| without_null(schema))
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// A key without a value is a mistake in this language, so an optional key may be absent but
/// never null.
fn without_null(schema: &mut Schema) {
    transform_subschemas(&mut without_null, schema);
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [single] = types.as_slice() {
            let single = single.clone();
            schema.insert("type".to_owned(), single);
        }
    }
    if let Some(Value::Array(mut choices)) = schema.remove("anyOf") {
        choices.retain(|choice| choice.get("type") != Some(&Value::from("null")));
        match (choices.len(), choices.pop()) {
            (1, Some(Value::Object(only))) => {
                for (key, value) in only {
                    schema.insert(key, value);
                }
            }
            (_, last) => {
                choices.extend(last);
                schema.insert("anyOf".to_owned(), Value::Array(choices));
            }
        }
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}
