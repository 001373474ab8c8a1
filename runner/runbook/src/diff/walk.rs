//! Two documents side by side: every value that differs, put before its rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::{
    change::{Change, Class},
    judge::Judge,
    rules::{self, Rule},
    words,
};

/// Where findings about one thing are collected.
pub(super) struct Walk<'a> {
    pub(super) address: &'a str,
    /// The places of the steps in the newer runbook.
    pub(super) order: &'a HashMap<&'a str, usize>,
    pub(super) found: &'a mut Vec<Change>,
}

impl Walk<'_> {
    /// Compares two values of the field at `path`. What is not there is null.
    pub(super) fn compare(&mut self, path: &[&str], old: &Json, new: &Json) {
        if old == new {
            return;
        }
        let rule = rules::find(path);
        if let Some(rule) = rule {
            let stays = !old.is_null() && !new.is_null();
            if !(stays && matches!(rule.judge, Judge::Part { .. })) {
                return self.judge(rule, path, old, new);
            }
        }
        match (named(old), named(new)) {
            (Some(before), Some(after)) => {
                self.descend(path, &before, &after);
                self.sequence(path, old, new);
            }
            (None, _) | (_, None) => self.tell(path, old, new),
        }
    }

    fn descend(&mut self, path: &[&str], old: &Members<'_>, new: &Members<'_>) {
        let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for name in names {
            let path: Vec<&str> = path.iter().copied().chain([name]).collect();
            let (old, new) = (old.get(name), new.get(name));
            self.compare(&path, old.unwrap_or(&&Json::Null), new.unwrap_or(&&Json::Null));
        }
    }

    fn judge(&mut self, rule: &Rule, path: &[&str], old: &Json, new: &Json) {
        let Some((verb, class)) = rule.judge.judge(old, new, self.order) else { return };
        let names = rules::names(rule, path);
        let change = Change::new(class, rule.noun, &names, verb).at(self.address);
        self.found.push(change.values(words::shown(path, old), words::shown(path, new)));
    }

    /// A difference nobody made a rule for: told by where it stands.
    fn tell(&mut self, path: &[&str], old: &Json, new: &Json) {
        let mut change = Change::new(Class::Changed, "field", &[], "changed").at(self.address);
        change.what = format!("`{}` changed", path[1..].join("."));
        self.found.push(change.values(words::shown(path, old), words::shown(path, new)));
    }

    /// The order of named things that stand in both lists.
    fn sequence(&mut self, path: &[&str], old: &Json, new: &Json) {
        let (old, new) = (keys(old), keys(new));
        let before: Vec<&str> = old.iter().copied().filter(|key| new.contains(key)).collect();
        let after: Vec<&str> = new.iter().copied().filter(|key| old.contains(key)).collect();
        if before != after {
            let change = Change::new(Class::Changed, "order", &[], "changed").at(self.address);
            let what = format!("order of {} changed", path.last().unwrap_or(&"").replace('_', " "));
            let change = Change { what, ..change };
            self.found.push(change.values(Some(before.join(", ")), Some(after.join(", "))));
        }
    }
}

/// What is found by name.
type Members<'j> = BTreeMap<&'j str, &'j Json>;

/// The members of a map, or the things in a list that each say their name.
fn named(value: &Json) -> Option<Members<'_>> {
    match value {
        Json::Object(members) => {
            Some(members.iter().map(|(name, value)| (name.as_str(), value)).collect())
        }
        Json::Array(items) => {
            let named = items.iter().filter_map(|item| Some((key(item)?, item)));
            let named: Members<'_> = named.collect();
            (named.len() == items.len()).then_some(named)
        }
        // What may be left out holds nothing.
        Json::Null => Some(Members::new()),
        Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    }
}

fn key(item: &Json) -> Option<&str> {
    item.get("id").and_then(Json::as_str)
}

fn keys(value: &Json) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(key).collect()
}
