//! Templates: everything that is put into one passes the sanitiser, unless a filter of this file
//! has made it Markdown already.

use std::sync::LazyLock;

use minijinja::{
    Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, syntax::SyntaxConfig,
    value::Serde,
};
use serde::Serialize;

use hardstop_core::limits::DOCUMENT_ROWS_MAX;

use super::sanitise;

/// The templates compiled into the program, by name.
const TEMPLATES: [(&str, &str); 2] = [
    ("checklist", include_str!("checklist.md.jinja")),
    ("report", include_str!("report.md.jinja")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// Renders the template of that name.
pub(super) fn render(template: &str, view: &impl Serialize) -> String {
    ENVIRONMENT
        .get_template(template)
        .and_then(|template| template.render(Serde(view)))
        .expect("templates are part of the program, and their views have no optional fields")
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build().expect("the usual delimiters"));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_literally);
    environment.add_filter("code", |text: &str| Value::from_safe_string(sanitise::code(text)));
    environment.add_filter("link", |path: &str| Value::from_safe_string(link(path)));
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).expect("templates are part of the program");
    }
    environment
}

fn write_literally(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let written = match value.as_str() {
        Some(markdown) if value.is_safe() => out.write_str(markdown),
        Some(text) => out.write_str(&sanitise::markdown(text)),
        None => out.write_str(&sanitise::markdown(&value.to_string())),
    };
    written.map_err(|error| Error::new(ErrorKind::WriteFailure, "document").with_source(error))
}

/// A link to a file of the run's folder; mere text for a path that could lead elsewhere.
fn link(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let part = |part: &str| !part.is_empty() && part != ".." && part.chars().all(plain);
    let text = sanitise::markdown(path);
    if path.split('/').all(part) { format!("[{text}]({path})") } else { text }
}

/// A list of which only the beginning and the end may be shown.
#[derive(Serialize)]
pub(super) struct Rows<T> {
    shown: Vec<T>,
    /// Before which of them something is left out; their number if nothing is.
    gap: usize,
    left_out: usize,
}

impl<T> From<Vec<T>> for Rows<T> {
    /// Keeps at most [`DOCUMENT_ROWS_MAX`] rows.
    fn from(mut rows: Vec<T>) -> Self {
        let left_out = rows.len().saturating_sub(DOCUMENT_ROWS_MAX);
        let gap = if left_out > 0 { DOCUMENT_ROWS_MAX / 2 } else { rows.len() };
        drop(rows.drain(gap..gap + left_out));
        Self { shown: rows, gap, left_out }
    }
}
