//! The parts of YAML that surprise, and how they are refused.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::scalar::Why;
use crate::diagnostics::Sink;

/// Characters that are invisible, turn the direction of reading (CVE-2021-42574), or move the
/// cursor of the terminal that shows them.
pub(super) const fn is_deceptive(c: char) -> bool {
    // Nearly every character is one of these, and every one of a text is asked about.
    if matches!(c, ' '..='~') {
        return false;
    }
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

pub(super) const ANCHORS: &str = "anchors and aliases";
pub(super) const DIRECTIVES: &str = "directives (`%NAME`)";
pub(super) const DOCUMENTS: &str = "second documents (`---`)";
pub(super) const MERGE_KEYS: &str = "merge keys (`<<`)";
/// Standard tags (`!!str`) change what a value is without looking like it.
pub(super) const TAGS: &str = "tags (`!name`)";

/// Reports a part of YAML that this language does without; `what` is a plural.
pub(super) fn forbidden(sink: &mut Sink<'_>, at: &Range<usize>, what: &str) {
    let message = format!("{what} are not part of hardstop/v1");
    sink.error("runbook::forbidden-yaml", at, message, Some("write it out".to_owned()));
}

pub(super) fn too_large(sink: &mut Sink<'_>, at: &Range<usize>) {
    sink.error("runbook::too-large", at, "the file is too large or too deep", None);
}

/// Reports what the parser could not read.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enum, which may grow")]
pub(super) fn syntax_error(sink: &mut Sink<'_>, error: &ScanError) {
    let text = sink.text();
    let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let here = at..at + 1;
    match error.kind() {
        ErrorKind::DirectiveDisallowed => forbidden(sink, &here, DIRECTIVES),
        ErrorKind::RecursionLimitExceeded => too_large(sink, &here),
        _ => {
            let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let line = text[line_start..].lines().next().unwrap_or_default();
            let help = line
                .contains("${{")
                .then(|| "between `{ }` or `[ ]`, a value with `${{ }}` needs quotes".to_owned());
            sink.error("runbook::yaml", &here, error.info(), help);
        }
    }
}

/// Reports a value without quotes that needs them.
pub(super) fn ambiguous(sink: &mut Sink<'_>, at: &Range<usize>, text: &str, why: &Why) {
    match why {
        Why::Boolean(truth) => sink.error(
            "runbook::ambiguous-boolean",
            at,
            format!("`{text}` is a boolean to some readers of YAML and text to others"),
            Some(format!("write \"{text}\" for the text, or {truth}")),
        ),
        Why::Number(what) => sink.error(
            "runbook::number",
            at,
            format!("{what} are kept as text"),
            Some(format!("write it as text: \"{text}\"")),
        ),
    }
}
