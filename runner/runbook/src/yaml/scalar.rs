//! What a text without quotes is.

use super::Kind;

/// A value without quotes.
pub(super) enum Plain {
    Is(Kind),
    /// Readers of YAML do not agree on what it is, or it is what this language does without.
    Ambiguous(Why),
}

pub(super) enum Why {
    /// A boolean of YAML 1.1, and what it would be.
    Boolean(bool),
    /// A number that is not kept as one; which numbers, in the plural.
    Number(&'static str),
}

/// Resolves a value without quotes by the core schema (YAML 1.2.2, section 10.3.2), refusing what
/// YAML 1.1 reads differently.
pub(super) fn resolve(text: &str) -> Plain {
    match text.to_ascii_lowercase().as_str() {
        "" | "~" | "null" => Plain::Is(Kind::Null),
        "true" => Plain::Is(Kind::Bool(true)),
        "false" => Plain::Is(Kind::Bool(false)),
        "y" | "yes" | "on" => Plain::Ambiguous(Why::Boolean(true)),
        "n" | "no" | "off" => Plain::Ambiguous(Why::Boolean(false)),
        lower => number(lower).unwrap_or_else(|| Plain::Is(Kind::Text(text.to_owned()))),
    }
}

/// What a text is as a number; `None` if no reader takes it for one.
fn number(lower: &str) -> Option<Plain> {
    let digits = lower.strip_prefix(['+', '-']).unwrap_or(lower);
    let refused = |what| Some(Plain::Ambiguous(Why::Number(what)));
    if matches!(digits, ".inf" | ".nan") {
        return refused("decimal numbers");
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let is_of = |part: &str, radix| {
        part.contains(|c: char| c.is_digit(radix))
            && part.chars().all(|c| c == '_' || c.is_digit(radix))
    };
    if is_of(digits, 10) {
        if digits.contains('_') {
            return refused("numbers with `_`");
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return refused("numbers that begin with 0");
        }
        return lower.parse().map_or_else(
            |_| refused("numbers of this size"),
            |n| Some(Plain::Is(Kind::Integer(n))),
        );
    }
    let radixes = [("0x", 16), ("0o", 8), ("0b", 2)];
    if radixes
        .iter()
        .any(|(prefix, radix)| digits.strip_prefix(prefix).is_some_and(|rest| is_of(rest, *radix)))
    {
        return refused("numbers that are not decimal");
    }
    digits.parse::<f64>().ok().and_then(|_| refused("decimal numbers"))
}

#[cfg(test)]
mod tests {
    use super::{Plain, Why, resolve};
    use crate::yaml::Kind;

    /// As short as it can be told.
    fn told(text: &str) -> String {
        match resolve(text) {
            Plain::Is(Kind::Null) => "null".to_owned(),
            Plain::Is(Kind::Bool(yes)) => yes.to_string(),
            Plain::Is(Kind::Integer(n)) => n.to_string(),
            Plain::Is(Kind::Text(same)) => format!("\"{same}\""),
            Plain::Is(other) => format!("{other:?}"),
            Plain::Ambiguous(Why::Boolean(yes)) => format!("{yes}?"),
            Plain::Ambiguous(Why::Number(what)) => what.to_owned(),
        }
    }

    #[test]
    fn a_value_without_quotes_is_one_thing_to_every_reader() {
        for (text, expected) in [
            ("", "null"),
            ("~", "null"),
            ("Null", "null"),
            ("TRUE", "true"),
            ("false", "false"),
            ("On", "true?"),
            ("n", "false?"),
            ("0", "0"),
            ("-0", "0"),
            ("+5", "5"),
            ("-12", "-12"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "numbers of this size"),
            ("1_000", "numbers with `_`"),
            ("0755", "numbers that begin with 0"),
            ("-007", "numbers that begin with 0"),
            ("0x1F", "numbers that are not decimal"),
            ("0o17", "numbers that are not decimal"),
            ("0b10", "numbers that are not decimal"),
            ("1.10", "decimal numbers"),
            (".5", "decimal numbers"),
            ("1e5", "decimal numbers"),
            ("12e4567", "decimal numbers"),
            ("-.INF", "decimal numbers"),
            (".nan", "decimal numbers"),
            ("inf", "\"inf\""),
            ("nan", "\"nan\""),
            ("infinity", "\"infinity\""),
            (".", "\".\""),
            ("-", "\"-\""),
            ("_", "\"_\""),
            ("1.2.3", "\"1.2.3\""),
            ("0xyz", "\"0xyz\""),
            ("0b", "\"0b\""),
            ("12:30", "\"12:30\""),
            ("10m", "\"10m\""),
            ("2026-11-20", "\"2026-11-20\""),
            ("Yes, please", "\"Yes, please\""),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
