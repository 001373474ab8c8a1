//! JSON Schemas of a manifest: whether they may be used, and made ready.
//!
//! They come from strangers, so they are bounded before they are compiled: known keywords only,
//! references within the schema only and never in circles, and no more of them than a reader
//! could follow. Patterns are matched in linear time.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value};

use super::examine::short;
use crate::spelling;

/// Schemas within schemas.
const DEPTH_MAX: usize = 32;
/// Schemas in all, each reference counted with what it leads to.
const SCHEMAS_MAX: usize = 5_000;
/// Bytes of a compiled pattern.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// What a keyword holds.
#[derive(Clone, Copy)]
enum Holds {
    /// No schema.
    Nothing,
    /// A schema.
    One,
    /// Several.
    List,
    /// Several, by name.
    Names,
}

const KEYWORDS: &[(&str, Holds)] = &[
    ("$comment", Holds::Nothing),
    ("$defs", Holds::Names),
    ("$ref", Holds::Nothing),
    ("$schema", Holds::Nothing),
    ("additionalProperties", Holds::One),
    ("allOf", Holds::List),
    ("anyOf", Holds::List),
    ("const", Holds::Nothing),
    ("contains", Holds::One),
    ("default", Holds::Nothing),
    ("dependentRequired", Holds::Nothing),
    ("dependentSchemas", Holds::Names),
    ("deprecated", Holds::Nothing),
    ("description", Holds::Nothing),
    ("else", Holds::One),
    ("enum", Holds::Nothing),
    ("examples", Holds::Nothing),
    ("exclusiveMaximum", Holds::Nothing),
    ("exclusiveMinimum", Holds::Nothing),
    ("format", Holds::Nothing),
    ("if", Holds::One),
    ("items", Holds::One),
    ("maxContains", Holds::Nothing),
    ("maxItems", Holds::Nothing),
    ("maxLength", Holds::Nothing),
    ("maxProperties", Holds::Nothing),
    ("maximum", Holds::Nothing),
    ("minContains", Holds::Nothing),
    ("minItems", Holds::Nothing),
    ("minLength", Holds::Nothing),
    ("minProperties", Holds::Nothing),
    ("minimum", Holds::Nothing),
    ("multipleOf", Holds::Nothing),
    ("not", Holds::One),
    ("oneOf", Holds::List),
    ("pattern", Holds::Nothing),
    ("patternProperties", Holds::Names),
    ("prefixItems", Holds::List),
    ("properties", Holds::Names),
    ("propertyNames", Holds::One),
    ("readOnly", Holds::Nothing),
    ("required", Holds::Nothing),
    ("then", Holds::One),
    ("title", Holds::Nothing),
    ("type", Holds::Nothing),
    ("unevaluatedItems", Holds::One),
    ("unevaluatedProperties", Holds::One),
    ("uniqueItems", Holds::Nothing),
    ("writeOnly", Holds::Nothing),
];

/// Examines a schema of parameters or outputs, which are always an object.
///
/// # Errors
///
/// The first thing that is wrong.
pub(super) fn examine(schema: &Value) -> Result<(), String> {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err("it is not the schema of an object: `\"type\": \"object\"`".to_owned());
    }
    compile(schema).map(drop)
}

/// A schema made ready.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub(super) fn compile(schema: &Value) -> Result<Validator, String> {
    bounded(schema)?;
    let patterns =
        PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
    let mut options = jsonschema::options().with_draft(Draft::Draft202012).offline();
    options = options.with_pattern_options(patterns);
    options.build(schema).map_err(|error| {
        let at = error.instance_path().as_str().to_owned();
        let at = if at.is_empty() { String::new() } else { format!(" at {}", short(&at)) };
        format!("it is no JSON Schema{at}: {}", error.masked())
    })
}

/// Refuses a schema that is too large, or that goes round in circles.
fn bounded(schema: &Value) -> Result<(), String> {
    let none = Map::new();
    let defs = schema.get("$defs").and_then(Value::as_object).unwrap_or(&none);
    let mut count = Count { defs, sizes: BTreeMap::new(), open: BTreeSet::new() };
    let mut total = count.size(schema, 0, true)?;
    // Definitions that nobody refers to are compiled as well.
    for name in defs.keys() {
        total = total.saturating_add(count.definition(name)?);
    }
    within(total).map(drop)
}

fn within(total: usize) -> Result<usize, String> {
    if total <= SCHEMAS_MAX {
        return Ok(total);
    }
    Err(format!("with all it refers to it has more than {SCHEMAS_MAX} schemas"))
}

/// How many schemas there are, references followed.
struct Count<'s> {
    defs: &'s Map<String, Value>,
    sizes: BTreeMap<&'s str, usize>,
    /// The definitions that are being counted.
    open: BTreeSet<&'s str>,
}

impl<'s> Count<'s> {
    fn size(&mut self, schema: &'s Value, depth: usize, top: bool) -> Result<usize, String> {
        if depth > DEPTH_MAX {
            return Err(format!("it is more than {DEPTH_MAX} schemas deep"));
        }
        let Value::Object(keywords) = schema else { return Ok(1) };
        let mut total = 1_usize;
        for (keyword, value) in keywords.iter().filter(|(keyword, _)| !keyword.starts_with("x-")) {
            let Some((_, holds)) = KEYWORDS.iter().find(|(known, _)| known == keyword) else {
                let known = KEYWORDS.iter().map(|(known, _)| *known);
                let help = spelling::nearest(keyword, known);
                let help = help.map(|near| format!(" (did you mean `{near}`?)"));
                let help = help.unwrap_or_default();
                return Err(format!("`{}` is no keyword of it{help}", short(keyword)));
            };
            let inner: Vec<&Value> = match (*holds, value) {
                _ if keyword == "$defs" && top => Vec::new(),
                _ if keyword == "$defs" => return Err("`$defs` stand at its top only".to_owned()),
                (Holds::One, value) => vec![value],
                (Holds::List, Value::Array(items)) => items.iter().collect(),
                (Holds::Names, Value::Object(members)) => members.values().collect(),
                // What is of a wrong type is no schema, which the compiler says.
                (Holds::Nothing | Holds::List | Holds::Names, _) => Vec::new(),
            };
            for schema in inner {
                total = within(total.saturating_add(self.size(schema, depth + 1, false)?))?;
            }
            if keyword == "$ref" {
                let name = value.as_str().and_then(|it| it.strip_prefix("#/$defs/"));
                let name = name.filter(|name| self.defs.contains_key(*name));
                let Some(name) = name else {
                    return Err("`$ref` leads to something else than its own `$defs`".to_owned());
                };
                total = within(total.saturating_add(self.definition(name)?))?;
            }
        }
        Ok(total)
    }

    fn definition(&mut self, name: &'s str) -> Result<usize, String> {
        if let Some(size) = self.sizes.get(name) {
            return Ok(*size);
        }
        let Some(schema) = self.defs.get(name) else { return Ok(0) };
        if !self.open.insert(name) {
            return Err(format!("`$defs/{}` refers to itself", short(name)));
        }
        let size = self.size(schema, 0, false)?;
        self.open.remove(name);
        self.sizes.insert(name, size);
        Ok(size)
    }
}
