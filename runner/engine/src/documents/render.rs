//! Templates: everything that is put into one passes the sanitiser, unless a filter of this file
//! has made it Markdown or HTML already.

use std::sync::LazyLock;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, HtmlEscape, Output, State, UndefinedBehavior, Value,
    syntax::SyntaxConfig, value::Serde,
};
use serde::Serialize;

use hardstop_core::limits::{DOCUMENT_ROWS_MAX, DOCUMENT_TEXT_CHARS_MAX};

use super::sanitise;

/// The templates compiled into the program, by name.
const TEMPLATES: [(&str, &str); 4] = [
    ("checklist", include_str!("checklist.md.jinja")),
    ("procedure", include_str!("procedure.md.jinja")),
    ("procedure.html", include_str!("procedure.html.jinja")),
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
    environment.set_auto_escape_callback(|name| {
        if name.ends_with("html") {
            AutoEscape::Html
        } else {
            AutoEscape::Custom("markdown".into())
        }
    });
    environment.set_formatter(write_literally);
    environment.add_filter("code", |text: &str| Value::from_safe_string(sanitise::code(text)));
    environment
        .add_filter("paragraph", |text: &str| Value::from_safe_string(sanitise::paragraph(text)));
    environment.add_filter("verbatim", verbatim);
    environment.add_filter("link", |path: &str| Value::from_safe_string(link(path)));
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).expect("templates are part of the program");
    }
    environment
}

fn write_literally(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let html = matches!(state.auto_escape(), AutoEscape::Html);
    let written = match value.as_str() {
        Some(done) if value.is_safe() => out.write_str(done),
        _ if html => {
            let text = sanitise::line(&value.to_string(), DOCUMENT_TEXT_CHARS_MAX);
            write!(out, "{}", HtmlEscape(&text))
        }
        Some(text) => out.write_str(&sanitise::markdown(text)),
        None => out.write_str(&sanitise::markdown(&value.to_string())),
    };
    written.map_err(|error| Error::new(ErrorKind::WriteFailure, "document").with_source(error))
}

/// A line of code in a block of its own: its spaces stay, and nothing in it is markup.
fn verbatim(state: &State, text: &str) -> Value {
    let spaces = text.len() - text.trim_start_matches(' ').len();
    let line = sanitise::line(text, DOCUMENT_TEXT_CHARS_MAX);
    let line = format!("{}{line}", " ".repeat(spaces.min(DOCUMENT_TEXT_CHARS_MAX)));
    let html = matches!(state.auto_escape(), AutoEscape::Html);
    Value::from_safe_string(if html { HtmlEscape(&line).to_string() } else { line })
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

impl<T> Rows<T> {
    /// A row for each of `all` that is shown: at most [`DOCUMENT_ROWS_MAX`].
    pub(super) fn of<'a, S>(all: &'a [S], row: impl FnMut(&'a S) -> T) -> Self {
        let left_out = all.len().saturating_sub(DOCUMENT_ROWS_MAX);
        let gap = if left_out > 0 { DOCUMENT_ROWS_MAX / 2 } else { all.len() };
        let (first, last) = (&all[..gap], &all[gap + left_out..]);
        Self { shown: first.iter().chain(last).map(row).collect(), gap, left_out }
    }
}
