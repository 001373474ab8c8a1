//! A text with expressions in it.

use hardstop_core::limits::EXPRESSION_TEXT_BYTES_MAX;

/// A text, cut where its expressions begin and end.
pub(crate) struct Template<'t> {
    pub(crate) pieces: Vec<Piece<'t>>,
}

pub(crate) enum Piece<'t> {
    /// Text that stays as it is.
    Literal(&'t str),
    /// What stands between `${{` and `}}`, trimmed.
    Expression(&'t str),
}

impl<'t> Template<'t> {
    /// Finds the expressions of `text`.
    ///
    /// # Errors
    ///
    /// What is wrong, and the part of the text it is about.
    pub(crate) fn parse(text: &'t str) -> Result<Self, (String, &'t str)> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${{") {
            if start > 0 {
                pieces.push(Piece::Literal(&rest[..start]));
            }
            let inside = &rest[start + 3..];
            let end = closing(inside)
                .ok_or_else(|| ("`${{` is not closed by `}}`".to_owned(), &rest[start..]))?;
            let expression = inside[..end].trim();
            if expression.is_empty() {
                return Err(("`${{ }}` is empty".to_owned(), &rest[start..start + end + 5]));
            }
            if expression.len() > EXPRESSION_TEXT_BYTES_MAX {
                let message = format!(
                    "the expression has {} bytes; at most {EXPRESSION_TEXT_BYTES_MAX} are read",
                    expression.len()
                );
                return Err((message, expression));
            }
            pieces.push(Piece::Expression(expression));
            rest = &inside[end + 2..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest));
        }
        Ok(Self { pieces })
    }

    /// The expression, if the text is nothing else.
    pub(crate) fn single(&self) -> Option<&'t str> {
        match self.pieces.as_slice() {
            [Piece::Expression(expression)] => Some(expression),
            _ => None,
        }
    }

    /// All expressions.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &'t str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(*expression),
            Piece::Literal(_) => None,
        })
    }
}

/// The secret an environment value is, if it is one and nothing else.
pub(crate) fn secret(text: &str) -> Option<&str> {
    let name = Template::parse(text).ok()?.single()?.strip_prefix("secrets.")?;
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some(name)
}

/// Where `}}` closes the expression: not in a text of it, and not one that closes its maps.
fn closing(inside: &str) -> Option<usize> {
    let (mut quote, mut depth, mut escaped) = (None, 0_usize, false);
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if inside[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}
