//! Whether what an action is given fits its schema, as far as that is known before the run.

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use super::{
    instance::{Instance, Known, pointer},
    schema::compile,
};
use crate::spelling;

/// Something that does not fit.
#[derive(Debug)]
pub(crate) struct Complaint {
    /// What kind of problem: a code of the language.
    pub(crate) code: &'static str,
    /// The part it is about, by JSON pointer.
    pub(crate) at: String,
    /// Whether it is about the name of that part, rather than its value.
    pub(crate) key: bool,
    /// One lowercase fragment.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

/// All that is known not to fit the parameters of `action`.
///
/// Names that are missing or unknown are always known. What an expression gives is not: parts with
/// expressions in them are complained of only where their shape alone is wrong.
///
/// # Errors
///
/// If the schema is none, which an edited lock file may hold.
pub(crate) fn fit(
    schema: &Value,
    action: &str,
    instance: &Instance,
) -> Result<Vec<Complaint>, String> {
    let validator = compile(schema)?;
    let errors = validator.iter_errors(&instance.value);
    let known = errors.filter(|error| is_known(error, instance));
    Ok(known.flat_map(|error| complaints(&error, schema, action)).collect())
}

/// All of a value that does not fit a schema of a manifest, each in a line for people.
///
/// * `what` the value is, for the message.
pub fn unfit(schema: &Value, what: &str, value: &Value) -> Vec<String> {
    match fit(schema, what, &Instance::of_json(value)) {
        Ok(complaints) => complaints.into_iter().map(|it| it.message).collect(),
        Err(why) => vec![why],
    }
}

/// Whether an error holds whatever the expressions give.
fn is_known(error: &ValidationError<'_>, instance: &Instance) -> bool {
    use ValidationErrorKind as Kind;
    let at = error.instance_path().as_str();
    if !instance.is_open(at) {
        return true;
    }
    let is_type = matches!(error.kind(), Kind::Type { .. });
    match instance.known(at) {
        Some(Known::Nothing) => false,
        Some(Known::Text) => is_type && !is_conditional(error),
        // The map or list itself is as written; what is in it is not known.
        None => {
            let of_shape = matches!(
                error.kind(),
                Kind::Required { .. }
                    | Kind::AdditionalProperties { .. }
                    | Kind::AdditionalItems { .. }
                    | Kind::MinItems { .. }
                    | Kind::MaxItems { .. }
                    | Kind::MinProperties { .. }
                    | Kind::MaxProperties { .. }
                    | Kind::PropertyNames { .. }
            );
            (is_type || of_shape) && !is_conditional(error)
        }
    }
}

/// Whether what was asked depended on other values.
fn is_conditional(error: &ValidationError<'_>) -> bool {
    let path = error.evaluation_path().as_str();
    path.split('/').any(|part| matches!(part, "if" | "then" | "else" | "not" | "anyOf" | "oneOf"))
}

fn complaints(error: &ValidationError<'_>, schema: &Value, action: &str) -> Vec<Complaint> {
    use ValidationErrorKind as Kind;
    let at = error.instance_path().as_str();
    let whole = if at.is_empty() { format!("`{action}`") } else { format!("`{}`", dotted(at)) };
    let complaint = |code, message, help| {
        vec![Complaint { code, at: at.to_owned(), key: false, message, help }]
    };
    let kind = error.kind();
    if let Kind::Required { property } = kind {
        let name = property.as_str().unwrap_or_default();
        let message = format!("{whole} needs `{name}`");
        let help = summary(schema, at, name).map(|it| format!("`{name}`: {it}"));
        return complaint("runbook::missing-key", message, help);
    }
    if let Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } =
        kind
    {
        let known = names(schema, at);
        let unknown = |name: &String| Complaint {
            code: "runbook::unknown-key",
            at: pointer(at, name),
            key: true,
            message: format!("{whole} takes no `{name}`"),
            help: spelling::suggest(name, known.iter().map(String::as_str)),
        };
        return unexpected.iter().map(unknown).collect();
    }
    if let Kind::Enum { options } = kind {
        let words: Vec<&str> =
            options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let given = error.instance().as_str().unwrap_or_default();
        let message = format!("{whole} takes no such value");
        return complaint("runbook::unknown-value", message, spelling::suggest(given, words));
    }
    if let Some(message) = wrong_type(error) {
        return complaint("runbook::wrong-type", message, None);
    }
    let message = format!("{} in {whole}", error.masked_with("the value"));
    complaint("runbook::unfit-value", message, None)
}

/// `job` must be text, found a number.
fn wrong_type(error: &ValidationError<'_>) -> Option<String> {
    use jsonschema::{JsonType, error::TypeKind};
    let ValidationErrorKind::Type { kind } = error.kind() else { return None };
    let types: Vec<JsonType> = match kind {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(several) => several.iter().collect(),
    };
    let word = |it: &JsonType| match it {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "nothing",
        JsonType::Number => "a number",
        JsonType::Object => "a map",
        JsonType::String => "text",
    };
    let words: Vec<&str> = types.iter().map(word).collect();
    let found = match &**error.instance() {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    };
    let at = dotted(error.instance_path().as_str());
    Some(format!("`{at}` must be {}, found {found}", words.join(" or ")))
}

/// `/parameters/BRANCH` as people write it.
fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}

/// The object schema of the part at `pointer`, as far as `properties` lead there.
fn object<'s>(schema: &'s Value, at: &str) -> Option<&'s Value> {
    let target = |it: &'s Value| {
        let name = it.get("$ref").and_then(Value::as_str)?.strip_prefix("#/$defs/")?;
        schema.get("$defs")?.get(name)
    };
    let mut found = schema;
    for part in at.split('/').skip(1) {
        let member = found.get("properties").and_then(|all| all.get(part));
        found =
            member.or_else(|| found.get("items")).or_else(|| found.get("additionalProperties"))?;
        found = target(found).unwrap_or(found);
    }
    Some(found)
}

fn names(schema: &Value, at: &str) -> Vec<String> {
    let properties = object(schema, at).and_then(|it| it.get("properties")?.as_object());
    properties.into_iter().flat_map(|all| all.keys().cloned()).collect()
}

fn summary(schema: &Value, at: &str, name: &str) -> Option<String> {
    let found = object(schema, at)?.get("properties")?.get(name)?;
    let text = found.get("description").and_then(Value::as_str)?.lines().next()?;
    Some(text.chars().take(120).collect())
}
