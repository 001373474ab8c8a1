//! YAML text to a tree that knows where each of its nodes stands.
//!
//! The part of YAML that surprises is refused here, for every kind of file: anchors, aliases,
//! merge keys, tags, duplicate keys, several documents, the booleans of YAML 1.1, decimals, and
//! characters that make a text read differently from what it is.

use std::ops::Range;

use hardstop_core::limits;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{DuplicateKeyPolicy, Error, MergeKeyPolicy, Options, Spanned};

use crate::diagnostics::Sink;

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// In bytes of the text. That of a list or a map reaches to the end of its last node.
    pub(crate) at: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
    /// A value that was refused already.
    Unfit,
}

/// The name of a member of a map.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) at: Range<usize>,
    pub(crate) name: String,
}

impl Node {
    /// The member of that name, or this node if there is none: where to point at in both cases.
    pub(crate) fn get(&self, key: &str) -> &Self {
        self.find(key).unwrap_or(self)
    }

    /// The member of that name.
    pub(crate) fn find(&self, key: &str) -> Option<&Self> {
        self.entries().find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    /// The item of that index, or this node if there is none.
    pub(crate) fn item(&self, index: usize) -> &Self {
        if let Kind::List(items) = &self.kind { items.get(index).unwrap_or(self) } else { self }
    }

    /// The members of a map, in the order of the text.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = if let Kind::Map(entries) = &self.kind { entries.as_slice() } else { &[] };
        entries.iter().map(|(key, value)| (key.name.as_str(), value))
    }
}

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

/// Characters that are invisible or turn the direction of reading (CVE-2021-42574).
const fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn deceptive(sink: &mut Sink<'_>, at: &Range<usize>, found: char) {
    let message = format!(
        "the invisible character U+{:04X} makes the text read differently from what it is",
        u32::from(found)
    );
    sink.error("runbook::deceptive-character", at, message, Some("delete it".to_owned()));
}

fn syntax_error(sink: &mut Sink<'_>, error: &Error) {
    let text = sink.text();
    let span = error.location().map(|location| location.span());
    let at = span.map_or(0, |span| {
        // Syntax errors know their place in characters only.
        let characters = usize::try_from(span.offset()).unwrap_or(usize::MAX);
        text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
    });
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let shown = error.to_string();
    let (code, message, help) = match error {
        Error::DuplicateMappingKey { key, .. } => {
            let name = key.as_deref().unwrap_or("?");
            ("runbook::duplicate-key", format!("the key `{name}` stands here a second time"), None)
        }
        Error::MergeKeyNotAllowed { .. } => forbidden("merge keys (`<<`)"),
        Error::UnknownAnchor { .. } => forbidden("anchors and aliases"),
        Error::UnsupportedTag { .. } => forbidden("tags (`!name`)"),
        Error::Budget { breach, .. } => match breach {
            serde_saphyr::budget::BudgetBreach::Anchors { .. }
            | serde_saphyr::budget::BudgetBreach::Aliases { .. } => {
                forbidden("anchors and aliases")
            }
            serde_saphyr::budget::BudgetBreach::MergeKeys { .. } => forbidden("merge keys (`<<`)"),
            serde_saphyr::budget::BudgetBreach::Documents { .. } => {
                forbidden("a second document (`---`)")
            }
            // The budget is another crate's type and may grow; every breach is one of size.
            _ => ("runbook::too-large", "the file is too large or too deep".to_owned(), None),
        },
        // As are its errors: all others say that this is not YAML.
        _ => {
            let message = shown.split(" at line ").next().unwrap_or(&shown).to_owned();
            let help = line
                .contains("${{")
                .then(|| "between `{ }` or `[ ]`, a value with `${{ }}` needs quotes".to_owned());
            ("runbook::yaml", message, help)
        }
    };
    sink.error(code, &(at..at + 1), message, help);
}

fn forbidden(what: &str) -> (&'static str, String, Option<String>) {
    let message = format!("{what} are not part of hardstop/v1");
    ("runbook::forbidden-yaml", message, Some("write it out".to_owned()))
}

/// Turns what the parser gave into nodes, refusing what it let pass.
fn settle(raw: Spanned<Raw>, sink: &mut Sink<'_>) -> Node {
    let mut at = range(&raw);
    refuse_tag(at.start, sink);
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
    refuse_tag(at.start, sink);
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

/// Standard tags (`!!str`) change what a value is without looking like it.
fn refuse_tag(start: usize, sink: &mut Sink<'_>) {
    let before = sink.text().get(..start).unwrap_or_default().trim_end();
    let token_at = before
        .rfind(|c: char| c.is_whitespace() || matches!(c, '[' | '{' | ','))
        .map_or(0, |at| at + 1);
    if before[token_at..].starts_with('!') {
        let (code, message, help) = forbidden("tags (`!name`)");
        sink.error(code, &(token_at..before.len()), message, help);
    }
}

/// Whether a text is what it looks like; reports it if not.
fn is_sound(text: &str, at: &Range<usize>, sink: &mut Sink<'_>) -> bool {
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

/// A node as the parser gives it.
enum Raw {
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
    Unfit(&'static str),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(yes))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Raw, E> {
        Ok(i64::try_from(n).map_or(Raw::Unfit("numbers of this size"), Raw::Integer))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Unfit("numbers of this size"))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Unfit("numbers of this size"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Unfit("decimal numbers"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}
