//! A tree whose nodes know where they stand in the text.

use std::ops::Range;

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

    /// Where the name of a member stands; this node if there is none.
    pub(crate) fn name(&self, key: &str) -> &Range<usize> {
        let members = if let Kind::Map(members) = &self.kind { members.as_slice() } else { &[] };
        members.iter().find(|(it, _)| it.name == key).map_or(&self.at, |(it, _)| &it.at)
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
