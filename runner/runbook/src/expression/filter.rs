//! The filters, functions and tests there are, and a look at the ones an expression uses: the
//! engine finds out only when it meets them, an author is to know before.

use minijinja::{Environment, Error, ErrorKind, Value, filters, tests};

use hardstop_core::{calendar::Zone, limits::EXPRESSION_BYTES_MAX};

use super::{moment, value::bounded};

/// One list gives the names and the functions behind them.
macro_rules! functions {
    ($($name:literal => $function:expr,)*) => {
        const FILTERS: &[&str] = &[$($name),*];

        /// Teaches the engine these filters. None reaches for attributes or formats, and none
        /// has a result that grows faster than what goes in. Days are those of `zone`.
        pub(super) fn register(environment: &mut Environment<'_>, zone: Zone) {
            $(environment.add_filter($name, $function);)*
            environment.add_test(TEST, tests::is_defined);
            environment.add_function("duration", moment::duration);
            environment.add_function("date", move |text: &str| moment::date(text, &zone));
        }
    };
}

functions! {
    "default" => filters::default,
    "first" => filters::first,
    "int" => filters::int,
    "join" => join,
    "last" => filters::last,
    "length" => filters::length,
    "lines" => filters::lines,
    "lower" => filters::lower,
    "minus" => moment::minus,
    "plus" => moment::plus,
    "replace" => replace,
    "split" => filters::split,
    "string" => filters::string,
    "trim" => filters::trim,
    "upper" => filters::upper,
}

/// The functions: a span in milliseconds, and the day of an instant.
pub(super) const FUNCTIONS: [&str; 2] = ["date", "duration"];

/// The one test: `steps.a.outputs.x is defined`.
const TEST: &str = "defined";

/// Whether every filter and test of an expression exists, and it does not multiply twice.
///
/// # Errors
///
/// What there is not, and all there are.
pub(super) fn check(expression: &str) -> Result<(), String> {
    // The engine repeats a text up to 100 MB at each multiplication: one of them is bearable.
    if tokens(expression).filter(|token| *token == "*").count() > 1 {
        return Err("an expression may multiply once; use a variable for the rest".to_owned());
    }
    let mut before = "";
    for token in tokens(expression) {
        let is_word = token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if before == "|" && !FILTERS.contains(&token) {
            return Err(format!("there is no filter `{token}`; there are: {}", FILTERS.join(", ")));
        }
        if before == "is" && is_word && token != "not" && token != TEST {
            return Err(format!("there is no test `{token}`; there is: {TEST}"));
        }
        if before == "now" && matches!(token, "+" | "-") {
            let help = if token == "+" { "plus" } else { "minus" };
            return Err(format!("an instant is a text: write `now | {help}('1h')`"));
        }
        // `is not x` tests `x`.
        if !(before == "is" && token == "not") {
            before = token;
        }
    }
    Ok(())
}

/// Words and single characters, without the texts in quotes.
fn tokens(expression: &str) -> impl Iterator<Item = &str> {
    let mut rest = expression;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = if matches!(first, '"' | '\'') {
            closing_quote(rest, first)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

/// Where a text in quotes ends, the closing quote included.
fn closing_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

pub(super) fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn join(value: &Value, separator: Option<&str>) -> Result<String, Error> {
    let mut joined = String::new();
    for (i, item) in value.try_iter()?.enumerate() {
        if i > 0 {
            joined.push_str(separator.unwrap_or_default());
        }
        joined.push_str(&item.to_string());
        bounded(joined.len(), EXPRESSION_BYTES_MAX).map_err(refused)?;
    }
    Ok(joined)
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let grown = text.matches(from).count().saturating_mul(to.len()).saturating_add(text.len());
    bounded(grown, EXPRESSION_BYTES_MAX).map_err(refused)?;
    Ok(text.replace(from, to))
}
