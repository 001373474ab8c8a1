//! The parser, with its budget, and the tree made of what it gives.

use std::ops::Range;

use hardstop_core::limits;
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy, Options, Spanned};

use super::{
    Key, Kind, Node,
    raw::Raw,
    refuse::{deceptive, is_deceptive, is_sound, syntax_error, tag},
};
use crate::diagnostics::Sink;

/// Reads `text`, reporting all that is wrong with it as YAML. `None` if there is no tree.
pub(crate) fn read(sink: &mut Sink<'_>) -> Option<Node> {
    let text = sink.text();
    if text.len() > limits::RUNBOOK_BYTES_MAX {
        let message = format!(
            "the file has {} bytes; at most {} are read",
            text.len(),
            limits::RUNBOOK_BYTES_MAX
        );
        sink.error("runbook::too-large", &(0..0), message, None);
        return None;
    }
    for (at, found) in text.char_indices().filter(|(_, c)| is_deceptive(*c)) {
        deceptive(sink, &(at..at + found.len_utf8()), found);
    }
    if sink.has_errors() {
        return None;
    }
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options()) {
        Ok(raw) => Some(settle(raw, sink)),
        Err(error) => {
            syntax_error(sink, &error);
            None
        }
    }
}

fn options() -> Options {
    let budget = serde_saphyr::budget! {
        max_reader_input_bytes: Some(limits::RUNBOOK_BYTES_MAX),
        max_depth: limits::YAML_DEPTH_MAX,
        max_nodes: limits::YAML_NODES_MAX,
        max_documents: 1,
        max_anchors: 0,
        max_aliases: 0,
        max_merge_keys: 0,
    };
    serde_saphyr::options! {
        budget: budget,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

/// Turns what the parser gave into nodes, refusing what it let pass.
fn settle(raw: Spanned<Raw>, sink: &mut Sink<'_>) -> Node {
    let mut at = range(&raw);
    tag(at.start, sink);
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Bool(yes) => Kind::Bool(yes),
        Raw::Integer(n) => Kind::Integer(n),
        Raw::Text(text) => {
            if is_sound(&text, &at, sink) {
                Kind::Text(text)
            } else {
                Kind::Unfit
            }
        }
        Raw::List(items) => Kind::List(items.into_iter().map(|item| settle(item, sink)).collect()),
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(name, value)| (key(name, sink), settle(value, sink)))
                .collect(),
        ),
        Raw::Unfit(what) => {
            let written = sink.text().get(at.clone()).unwrap_or_default();
            let help = format!("write it as text: \"{written}\"");
            sink.error("runbook::number", &at, format!("{what} are kept as text"), Some(help));
            Kind::Unfit
        }
    };
    let last = match &kind {
        Kind::List(items) => items.last(),
        Kind::Map(entries) => entries.last().map(|(_, value)| value),
        Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Text(_) | Kind::Unfit => None,
    };
    if let Some(last) = last {
        at.end = at.end.max(last.at.end);
    }
    Node { at, kind }
}

/// A key is text however it looks: `on` and `yes` are names here.
fn key(raw: Spanned<Raw>, sink: &mut Sink<'_>) -> Key {
    let at = range(&raw);
    tag(at.start, sink);
    let name = if let Raw::Text(name) = raw.value {
        if let Some(found) = name.chars().find(|c| is_deceptive(*c)) {
            deceptive(sink, &at, found);
        }
        name
    } else {
        let written = sink.text().get(at.clone()).unwrap_or_default().to_owned();
        let help = format!("write \"{written}\"");
        sink.error("runbook::wrong-type", &at, "a key is text", Some(help));
        written
    };
    Key { at, name }
}

fn range(raw: &Spanned<Raw>) -> Range<usize> {
    let span = raw.referenced.span();
    let bytes = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let start = bytes(span.byte_offset());
    start..start + bytes(span.byte_len())
}
