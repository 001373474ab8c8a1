//! Steps that stop: checklists, approvals, waits and hard stops.

use std::collections::HashMap;

use hardstop_core::{
    ids::{ItemId, StepId},
    limits::{ANSWER_TIMEOUT_DEFAULT, APPROVAL_VALID_DEFAULT, CHECKLIST_ITEMS_MAX},
    model::{
        Anchor, AnchorPoint, Approval, Checklist, Delay, Item, ItemKind, SeparatedRole, Until,
    },
    policy::Subject,
    time::Millis,
};

use super::build::{Builder, Slot};
use crate::{spelling, syntax, yaml::Node};

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

    pub(super) fn approval(&mut self, approval: &syntax::Approval, node: &'n Node) -> Approval {
        self.text(node.get("message"), Slot::Text);
        let approvers = self.subjects(&approval.approvers, node.get("approvers"));
        let min_approvals = approval.min_approvals.unwrap_or(1);
        if approvers.is_empty() {
            let help = Some("name a person, a team or a role: `[team:sre]`".to_owned());
            let message = "nobody may answer this approval";
            self.sink.error("runbook::empty", &node.get("approvers").at, message, help);
        } else if approvers.iter().all(|who| matches!(who, Subject::Person(_)))
            && usize::try_from(min_approvals).is_ok_and(|least| least > approvers.len())
        {
            let message = format!("{min_approvals} people must agree, and {} may", approvers.len());
            let at = &node.get("min_approvals").at;
            self.sink.error("runbook::out-of-range", at, message, None);
        }
        let default = vec![SeparatedRole::Initiator, SeparatedRole::LastEditor];
        Approval {
            message: approval.message.clone(),
            approvers,
            min_approvals,
            exclude: approval.exclude.clone().unwrap_or(default),
            min_level: approval.min_level.unwrap_or(1),
            show: self.show(&approval.show, node.get("show")),
            timeout: self.limit(
                approval.timeout.as_ref(),
                node.get("timeout"),
                ANSWER_TIMEOUT_DEFAULT,
            ),
            on_timeout: approval.on_timeout,
            on_rejected: approval.on_rejected,
            valid_for: self.limit(
                approval.valid_for.as_ref(),
                node.get("valid_for"),
                APPROVAL_VALID_DEFAULT,
            ),
        }
    }

    fn show(&mut self, steps: &[String], node: &'n Node) -> Vec<StepId> {
        let parsed = steps.iter().enumerate().filter_map(|(index, text)| {
            let node = node.item(index);
            let step = self.other(text, node)?;
            self.text(node, Slot::Address(step.clone(), None));
            Some(step)
        });
        parsed.collect()
    }

    /// The step that `text` names: of this phase, or by `phase/step`.
    fn other(&mut self, text: &str, node: &Node) -> Option<StepId> {
        let Ok(step) = text.parse::<StepId>() else {
            let message = format!("`{text}` does not name a step");
            let help = Some("write `step`, or `phase/step` for another phase".to_owned());
            self.sink.error("runbook::unknown-reference", &node.at, message, help);
            return None;
        };
        Some(if step.phase().is_some() { step } else { self.address(step.name()) })
    }

    pub(super) fn delay(&mut self, delay: &syntax::Delay, node: &'n Node) -> Delay {
        let until = match (&delay.span, &delay.until) {
            (Some(span), None) => Until::After {
                span: self.span(Some(span), node.get("for"), Millis(0)),
                since: delay.since.as_ref().and_then(|s| self.anchor(s, node.get("since"))),
            },
            (None, Some(until)) => {
                self.text(node.get("until"), Slot::Instant);
                if delay.since.is_some() {
                    let message = "`since` belongs to `for`, not to `until`";
                    let at = &node.get("since").at;
                    self.sink.error("runbook::misplaced-key", at, message, None);
                }
                Until::Instant(until.clone())
            }
            (Some(_), Some(_)) | (None, None) => {
                if !self.sink.has_error_in(&node.at) {
                    let message = "say either `for` how long or `until` when";
                    let help = Some("for example `for: 24h`".to_owned());
                    self.sink.error("runbook::delay", &node.at, message, help);
                }
                return Self::no_delay();
            }
        };
        Delay { until }
    }

    /// Stands in for a delay that could not be understood.
    pub(super) fn no_delay() -> Delay {
        Delay { until: Until::After { span: Millis(0), since: None } }
    }

    fn anchor(&mut self, text: &str, node: &'n Node) -> Option<Anchor> {
        let (step, point) = text.rsplit_once('.').unwrap_or((text, ""));
        let points = [
            ("started", AnchorPoint::Started),
            ("finished", AnchorPoint::Finished),
            ("approved", AnchorPoint::Approved),
        ];
        let Some((_, point)) = points.iter().find(|(name, _)| *name == point) else {
            let message = format!("`{text}` is not a point in a step's life");
            let help = match spelling::nearest(point, points.iter().map(|(name, _)| *name)) {
                Some(near) => format!("did you mean `{step}.{near}`?"),
                None => format!("write `{step}.started`, `.finished` or `.approved`"),
            };
            self.sink.error("runbook::unknown-reference", &node.at, message, Some(help));
            return None;
        };
        let step = self.other(step, node)?;
        self.text(node, Slot::Address(step.clone(), Some(*point)));
        Some(Anchor { step, point: *point })
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
