//! Things people confirm.

use std::collections::HashMap;

use hardstop_core::{
    ids::ItemId,
    limits::{ANSWER_TIMEOUT_DEFAULT, CHECKLIST_ITEMS_MAX},
    model::{Checklist, Item, ItemKind},
};

use super::build::{Builder, Slot};
use crate::{syntax, yaml::Node};

impl<'n> Builder<'n, '_, '_> {
    pub(super) fn checklist(&mut self, checklist: &syntax::Checklist, node: &'n Node) -> Checklist {
        let items = node.get("items");
        if checklist.items.is_empty() {
            self.sink.error("runbook::empty", &items.at, "the checklist has no items", None);
        }
        if checklist.items.len() > CHECKLIST_ITEMS_MAX {
            let count = checklist.items.len();
            let message = format!("the checklist has {count} items, at most {CHECKLIST_ITEMS_MAX}");
            self.sink.error("runbook::too-many", &items.at, message, None);
        }
        let mut seen = HashMap::new();
        let built = checklist.items.iter().take(CHECKLIST_ITEMS_MAX).enumerate();
        Checklist {
            items: built.map(|(i, item)| self.item(item, items.item(i), &mut seen)).collect(),
            assignees: self.subjects(&checklist.assignees, node.get("assignees")),
            timeout: self.limit(
                checklist.timeout.as_ref(),
                node.get("timeout"),
                ANSWER_TIMEOUT_DEFAULT,
            ),
            on_timeout: checklist.on_timeout,
        }
    }

    fn item(
        &mut self,
        item: &syntax::Item,
        node: &'n Node,
        seen: &mut HashMap<String, String>,
    ) -> Item {
        let full = match item {
            syntax::Item::Text(text) => {
                self.text(node, Slot::Text);
                let mut id = slug(text);
                // Two items may say the same: the second is `same_2`.
                let unnumbered = id.clone();
                let mut number = 1;
                while seen.contains_key(&id) {
                    number += 1;
                    id = format!("{unnumbered}_{number}");
                }
                seen.insert(id.clone(), id.clone());
                return Item {
                    id: id.parse().expect("a slug is a name"),
                    text: text.clone(),
                    kind: ItemKind::Tick,
                    optional: false,
                    evidence: false,
                };
            }
            syntax::Item::Full(full) => full,
        };
        self.text(node.get("text"), Slot::Text);
        let id: ItemId = self.parse(&full.id, node.get("id"), "broken");
        self.distinct(seen, &full.id, &node.get("id").at, "item");
        Item {
            id,
            text: full.text.clone(),
            kind: self.item_kind(full, node),
            optional: full.optional,
            evidence: full.evidence.is_some(),
        }
    }

    fn item_kind(&mut self, item: &syntax::FullItem, node: &Node) -> ItemKind {
        let kind = item.kind.unwrap_or(syntax::ItemType::Tick);
        if item.options.is_some() && kind != syntax::ItemType::Choice {
            let help = Some("for one of several, write `type: choice`".to_owned());
            let message = "`options` says nothing about an item of this type";
            self.sink.error("runbook::misplaced-key", &node.get("options").at, message, help);
        }
        match kind {
            syntax::ItemType::Tick => ItemKind::Tick,
            syntax::ItemType::Text => ItemKind::Text,
            syntax::ItemType::Number => ItemKind::Number,
            syntax::ItemType::Date => ItemKind::Date,
            syntax::ItemType::Link => ItemKind::Link,
            syntax::ItemType::File => ItemKind::File,
            syntax::ItemType::Choice => {
                let options = item.options.clone().unwrap_or_default();
                if options.is_empty() && !self.sink.has_error_in(&node.at) {
                    let help = Some("write `options: [one, other]`".to_owned());
                    let message = "a choice has no `options`";
                    self.sink.error("runbook::empty", &node.get("options").at, message, help);
                }
                ItemKind::Choice { options }
            }
        }
    }
}

/// An id made of an item's text: its words in lower case, joined by `_`.
fn slug(text: &str) -> String {
    let mut id = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if id.len() + word.len() > 40 {
            break;
        }
        if !id.is_empty() {
            id.push('_');
        }
        id.push_str(&word.to_ascii_lowercase());
    }
    if id.starts_with(|c: char| c.is_ascii_lowercase()) { id } else { format!("item_{id}") }
}
