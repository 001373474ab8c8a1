//! Text from outside (titles, reasons, outputs, names), made harmless for terminals and Markdown.
//!
//! It is shown, never trusted: it may not move a cursor, hide or reorder other text, open a tag,
//! leave its table cell or its line, or call people and issues of a forge. Nothing here masks
//! secrets; that is done before anything is kept.

use anstream::adapter::strip_str;
use hardstop_core::limits::DOCUMENT_TEXT_CHARS_MAX;

/// What is escaped in Markdown, or may have to be.
const SPECIAL: &[u8] = b"\\`*[]<>|~&$_@#!";

/// `text` as one line of at most `max` characters for a terminal.
///
/// Escape sequences, control characters and characters without a shape of their own are dropped;
/// runs of white space and line breaks become one space. A text that is cut ends in `…`.
pub fn line(text: &str, max: usize) -> String {
    if is_plain(text, max) {
        return text.to_owned();
    }
    // What is dropped must not cost unbounded time: no text is looked at much beyond its bound.
    let near: String = text.chars().take(max.saturating_mul(4)).collect();
    let cut = near.len() < text.len();
    let visible = strip_str(&near).to_string();
    let words: String = visible
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_shapeless(*c))
        .collect();
    let words = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if !cut && words.chars().count() <= max {
        return words;
    }
    words.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// `text` as one line of Markdown that shows it literally, of at most
/// [`DOCUMENT_TEXT_CHARS_MAX`] characters and their escapes.
///
/// Safe inside a paragraph, a list item, a heading or a table cell, but not at the beginning of a
/// line, where a number or a dash would start a list. Addresses stay addresses: a link that shows
/// where it leads deceives nobody.
pub fn markdown(text: &str) -> String {
    let line = line(text, DOCUMENT_TEXT_CHARS_MAX);
    if line.bytes().all(|byte| byte.is_ascii() && !SPECIAL.contains(&byte)) {
        return line;
    }
    let mut safe = String::with_capacity(line.len() + 16);
    let mut before = None;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' => {
                safe.extend(['\\', c]);
            }
            '_' if !(is_alphanumeric(before) && is_alphanumeric(after)) => safe.extend(['\\', c]),
            // Forges look for these in the rendered text, where an escape is gone already.
            '@' if !is_alphanumeric(before) && is_alphanumeric(after) => safe.push('＠'),
            '#' if after.is_some_and(|c| c.is_ascii_digit()) => safe.push('＃'),
            '!' if after.is_some_and(|c| c.is_ascii_digit()) => safe.push('！'),
            _ => safe.push(c),
        }
        before = Some(c);
    }
    safe
}

/// As [`markdown`], and safe at the beginning of a line: it starts no heading, list or rule.
pub(super) fn paragraph(text: &str) -> String {
    let mut safe = markdown(text);
    let digits = safe.len() - safe.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let numbered = digits > 0 && safe[digits..].starts_with(['.', ')']);
    if numbered || safe.starts_with(['#', '-', '+', '=']) {
        safe.insert(if numbered { digits } else { 0 }, '\\');
    }
    safe
}

/// `text` as one line of Markdown code, whatever backticks it holds. Not for table cells.
pub(super) fn code(text: &str) -> String {
    let line = line(text, DOCUMENT_TEXT_CHARS_MAX);
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// Whether [`line`] leaves `text` as it is: nearly all text is so, and a report has a lot of it.
fn is_plain(text: &str, max: usize) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= max
        && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && bytes.first() != Some(&b' ')
        && bytes.last() != Some(&b' ')
        && bytes.windows(2).all(|two| two != b"  ")
}

fn is_alphanumeric(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Characters that take no room of their own: marks of direction, joiners, fillers, tags and
/// selectors. They can hide text in text or show it in another order than it is read.
fn is_shapeless(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
