//! The tree made of what the parser tells, with its bounds.

use std::{collections::BTreeSet, ops::Range};

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput, StructureStyle};
use hardstop_core::limits;

use super::{
    Key, Kind, Node,
    refuse::{
        ANCHORS, DOCUMENTS, MERGE_KEYS, TAGS, ambiguous, deceptive, forbidden, is_deceptive,
        syntax_error, too_large,
    },
    scalar::{self, Plain, Why},
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
    let parser = Parser::new_from_str_with_options(text, options());
    Reader { parser, sink, nodes: 0, depth: 0 }.document().ok()
}

fn options() -> Options {
    granit_parser::options! {
        disallow_directives: true,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: limits::YAML_DEPTH_MAX,
        block_nesting_limit: limits::YAML_DEPTH_MAX,
    }
}

/// Nothing that follows can be trusted; why was reported.
struct Refused;

struct Reader<'s, 't> {
    parser: Parser<'t, StrInput<'t>>,
    sink: &'s mut Sink<'t>,
    nodes: usize,
    depth: usize,
}

impl<'t> Reader<'_, 't> {
    /// The only document of the text; null if there is none.
    fn document(&mut self) -> Result<Node, Refused> {
        let mut root = None;
        loop {
            let (event, at) = self.next()?;
            if event == Event::StreamEnd {
                break;
            }
            if let Event::DocumentStart(..) = event {
                if root.is_some() {
                    forbidden(self.sink, &at, DOCUMENTS);
                    return Err(Refused);
                }
                let (event, at) = self.next()?;
                root = Some(self.node(event, at)?);
            }
        }
        Ok(root.unwrap_or(Node { at: 0..0, kind: Kind::Null }))
    }

    /// What the parser tells next, and where it stands in bytes.
    fn next(&mut self) -> Result<(Event<'t>, Range<usize>), Refused> {
        let (event, span) = match self.parser.next() {
            Some(Ok(told)) => told,
            Some(Err(error)) => {
                syntax_error(self.sink, &error);
                return Err(Refused);
            }
            None => return Ok((Event::StreamEnd, self.sink.text().len()..self.sink.text().len())),
        };
        let at = range(&span);
        if let Event::Anchor(..) | Event::Alias(_) | Event::UnresolvedAlias(_) = event {
            forbidden(self.sink, &at, ANCHORS);
            return Err(Refused);
        }
        if let Some(tag) = span.tag_span() {
            forbidden(self.sink, &range(&tag), TAGS);
        }
        Ok((event, at))
    }

    /// The node that begins with `event`.
    fn node(&mut self, event: Event<'t>, at: Range<usize>) -> Result<Node, Refused> {
        self.count(&at)?;
        if let Event::SequenceStart(style, ..) = event {
            self.list(at, style)
        } else if let Event::MappingStart(style, ..) = event {
            self.map(at, style)
        } else if let Event::Scalar(text, style, ..) = event {
            Ok(Node { kind: self.scalar(&text, style, &at), at })
        } else {
            Ok(Node { at, kind: Kind::Null })
        }
    }

    fn count(&mut self, at: &Range<usize>) -> Result<(), Refused> {
        self.nodes += 1;
        if self.nodes > limits::YAML_NODES_MAX || self.depth > limits::YAML_DEPTH_MAX {
            too_large(self.sink, at);
            return Err(Refused);
        }
        Ok(())
    }

    fn list(&mut self, start: Range<usize>, style: StructureStyle) -> Result<Node, Refused> {
        self.depth += 1;
        let mut items: Vec<Node> = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                self.depth -= 1;
                let at = whole(start, items.last(), style, &at);
                return Ok(Node { at, kind: Kind::List(items) });
            }
            items.push(self.node(event, at)?);
        }
    }

    fn map(&mut self, start: Range<usize>, style: StructureStyle) -> Result<Node, Refused> {
        self.depth += 1;
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut names = BTreeSet::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                self.depth -= 1;
                let at = whole(start, entries.last().map(|(_, last)| last), style, &at);
                return Ok(Node { at, kind: Kind::Map(entries) });
            }
            let is_merge =
                matches!(&event, Event::Scalar(name, ScalarStyle::Plain, ..) if name == "<<");
            let key = self.key(event, at)?;
            let (event, at) = self.next()?;
            let value = self.node(event, at)?;
            if is_merge {
                forbidden(self.sink, &key.at, MERGE_KEYS);
            } else if names.insert(key.name.clone()) {
                entries.push((key, value));
            } else {
                let message = format!("the key `{}` stands here a second time", key.name);
                self.sink.error("runbook::duplicate-key", &key.at, message, None);
            }
        }
    }

    /// A key is text however it looks: `on` and `yes` are names here.
    fn key(&mut self, event: Event<'t>, at: Range<usize>) -> Result<Key, Refused> {
        let at = if let Event::Scalar(text, style, ..) = event {
            self.count(&at)?;
            let name = if style == ScalarStyle::Plain {
                match scalar::resolve(&text) {
                    Plain::Is(Kind::Text(name)) => Some(name),
                    Plain::Ambiguous(Why::Boolean(_)) => Some(text.into_owned()),
                    Plain::Is(_) | Plain::Ambiguous(Why::Number(_)) => None,
                }
            } else {
                self.is_sound(&text, style, &at);
                Some(text.into_owned())
            };
            if let Some(name) = name {
                return Ok(Key { at, name });
            }
            at
        } else {
            self.node(event, at)?.at
        };
        let written = self.sink.text().get(at.clone()).unwrap_or_default().to_owned();
        let help = format!("write \"{written}\"");
        self.sink.error("runbook::wrong-type", &at, "a key is text", Some(help));
        Ok(Key { at, name: written })
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, at: &Range<usize>) -> Kind {
        if style == ScalarStyle::Plain {
            return match scalar::resolve(text) {
                Plain::Is(kind) => kind,
                Plain::Ambiguous(why) => {
                    ambiguous(self.sink, at, text, &why);
                    Kind::Unfit
                }
            };
        }
        if self.is_sound(text, style, at) { Kind::Text(text.to_owned()) } else { Kind::Unfit }
    }

    /// Whether escapes do not smuggle in what may not stand in the text; reports it if they do.
    fn is_sound(&mut self, text: &str, style: ScalarStyle, at: &Range<usize>) -> bool {
        if style != ScalarStyle::DoubleQuoted {
            return true;
        }
        let found = text.chars().find(|c| is_deceptive(*c));
        if let Some(found) = found {
            deceptive(self.sink, at, found);
        }
        found.is_none()
    }
}

/// A list or a map, from its first byte to its bracket, or to the end of its last node.
fn whole(
    start: Range<usize>,
    last: Option<&Node>,
    style: StructureStyle,
    end: &Range<usize>,
) -> Range<usize> {
    let end = match style {
        StructureStyle::Flow => end.end,
        StructureStyle::Block => last.map_or(start.end, |last| last.at.end.max(start.end)),
    };
    start.start..end
}

fn range(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}
