//! The parts of YAML that surprise, and how they are refused.

use std::ops::Range;

use serde_saphyr::{Error, budget::BudgetBreach};

use crate::diagnostics::Sink;

/// Characters that are invisible, turn the direction of reading (CVE-2021-42574), or move the
/// cursor of the terminal that shows them.
pub(super) const fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' |
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

pub(super) fn deceptive(sink: &mut Sink<'_>, at: &Range<usize>, found: char) {
    let message = format!(
        "the invisible character U+{:04X} makes the text read differently from what it is",
        u32::from(found)
    );
    sink.error("runbook::deceptive-character", at, message, Some("delete it".to_owned()));
}

/// Reports what the parser could not read.
pub(super) fn syntax_error(sink: &mut Sink<'_>, error: &Error) {
    let text = sink.text();
    let span = error.location().map(|location| location.span());
    let at = span.map_or(0, |span| {
        // Syntax errors know their place in characters only.
        let characters = usize::try_from(span.offset()).unwrap_or(usize::MAX);
        text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
    });
    let (code, message, help) = if let Error::DuplicateMappingKey { key, .. } = error {
        let name = key.as_deref().unwrap_or("?");
        ("runbook::duplicate-key", format!("the key `{name}` stands here a second time"), None)
    } else if let Some(what) = unwanted(error) {
        forbidden(what)
    } else if let Error::Budget { .. } = error {
        ("runbook::too-large", "the file is too large or too deep".to_owned(), None)
    } else {
        let shown = error.to_string();
        let message = shown.split(" at line ").next().unwrap_or(&shown).to_owned();
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[line_start..].lines().next().unwrap_or_default();
        let help = line
            .contains("${{")
            .then(|| "between `{ }` or `[ ]`, a value with `${{ }}` needs quotes".to_owned());
        ("runbook::yaml", message, help)
    };
    sink.error(code, &(at..at + 1), message, help);
}

/// The part of YAML that this language does without, if it is the reason of the error.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enums, which may grow")]
fn unwanted(error: &Error) -> Option<&'static str> {
    const ANCHORS: &str = "anchors and aliases";
    const MERGE_KEYS: &str = "merge keys (`<<`)";
    if let Error::Budget { breach, .. } = error {
        return match breach {
            BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => Some(ANCHORS),
            BudgetBreach::MergeKeys { .. } => Some(MERGE_KEYS),
            BudgetBreach::Documents { .. } => Some("a second document (`---`)"),
            _ => None,
        };
    }
    match error {
        Error::UnknownAnchor { .. } => Some(ANCHORS),
        Error::MergeKeyNotAllowed { .. } => Some(MERGE_KEYS),
        Error::UnsupportedTag { .. } => Some(TAGS),
        _ => None,
    }
}

const TAGS: &str = "tags (`!name`)";

fn forbidden(what: &str) -> (&'static str, String, Option<String>) {
    let message = format!("{what} are not part of hardstop/v1");
    ("runbook::forbidden-yaml", message, Some("write it out".to_owned()))
}

/// Standard tags (`!!str`) change what a value is without looking like it.
pub(super) fn tag(start: usize, sink: &mut Sink<'_>) {
    let before = sink.text().get(..start).unwrap_or_default().trim_end();
    let token_at = before
        .rfind(|c: char| c.is_whitespace() || matches!(c, '[' | '{' | ','))
        .map_or(0, |at| at + 1);
    if before[token_at..].starts_with('!') {
        let (code, message, help) = forbidden(TAGS);
        sink.error(code, &(token_at..before.len()), message, help);
    }
}

/// Whether a text is what it looks like; reports it if not.
pub(super) fn is_sound(text: &str, at: &Range<usize>, sink: &mut Sink<'_>) -> bool {
    if let Some(found) = text.chars().find(|c| is_deceptive(*c)) {
        deceptive(sink, at, found);
        return false;
    }
    let is_plain = sink.text().get(at.clone()) == Some(text);
    let lower = text.to_ascii_lowercase();
    if is_plain && matches!(lower.as_str(), "y" | "n" | "yes" | "no" | "on" | "off") {
        let truth = matches!(lower.as_str(), "y" | "yes" | "on");
        sink.error(
            "runbook::ambiguous-boolean",
            at,
            format!("`{text}` is a boolean to some readers of YAML and text to others"),
            Some(format!("write \"{text}\" for the text, or {truth}")),
        );
        return false;
    }
    true
}
