//! What a step with `for_each` is done for.

use std::collections::BTreeMap;

use hardstop_core::{
    event::ListedItem,
    ids::{KEY_RULE, is_key},
    limits::ITEMS_MAX,
    model::{Expect, ForEach},
    value::Value,
};

use super::resolver::Resolver;
use crate::expression::{Name, Sees, Viewpoint};

impl<'s> Resolver<'s> {
    /// The fan-out, if this is one as a whole.
    pub(super) fn fan(&self) -> Option<&'s ForEach> {
        self.step.for_each.as_ref().filter(|_| self.is_whole())
    }

    /// The items, each with the key that tells it from the others.
    pub(super) fn listed(&self, fan: &'s ForEach) -> Result<Vec<ListedItem>, String> {
        let value = self.value(&fan.items).map_err(|why| format!("`items`: {why}"))?;
        let found: Vec<(Option<String>, Value)> = match value {
            Value::List(items) => items.into_iter().map(|item| (None, item)).collect(),
            Value::Map(items) => items.into_iter().map(|(key, item)| (Some(key), item)).collect(),
            value @ (Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_)) => {
                return Err(format!("`items` gives `{value}`, neither a list nor a map"));
            }
        };
        number(found.len(), fan.expect)?;
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let mut listed = Vec::new();
        for (place, (own, value)) in found.into_iter().enumerate() {
            let key =
                self.key(fan, own, &value).map_err(|why| format!("item {}: {why}", place + 1))?;
            match seen.insert(key.to_ascii_lowercase(), key.clone()) {
                None => {}
                Some(other) if other == key => {
                    return Err(format!("two items have the key `{key}`"));
                }
                Some(other) => {
                    return Err(format!(
                        "the keys `{other}` and `{key}` differ in case only, which many machines \
                         do not tell apart"
                    ));
                }
            }
            listed.push(ListedItem { key, value });
        }
        Ok(listed)
    }

    fn key(&self, fan: &'s ForEach, own: Option<String>, value: &Value) -> Result<String, String> {
        let key = match (&fan.key, own, value) {
            (Some(written), _, item) => match self.of_item(written, fan, item)? {
                Value::Text(key) => key,
                Value::Integer(key) => key.to_string(),
                other @ (Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_)) => {
                    return Err(format!("`key` gives `{other}`, which is no text"));
                }
            },
            (None, Some(own), _) => own,
            (None, None, Value::Text(key)) => key.clone(),
            (None, None, Value::Integer(key)) => key.to_string(),
            (None, None, Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_)) => {
                let name = &fan.name;
                return Err(format!(
                    "it is no text, so say what tells it from the others: \
                     `key: \"${{{{ {name}.<member> }}}}\"`"
                ));
            }
        };
        if is_key(&key) { Ok(key) } else { Err(format!("`{key}` is no key: {KEY_RULE}")) }
    }

    /// What a text comes to for an item that is not one of the run's yet.
    fn of_item(&self, text: &'s str, fan: &ForEach, item: &Value) -> Result<Value, String> {
        let from = Viewpoint::Step { at: self.at, sees: Sees::Item };
        self.known.value(from, text, &|name| match name {
            Name::Item(name) if name == fan.name => Ok(item.clone()),
            name @ (Name::Input(_)
            | Name::Var(_)
            | Name::Secret
            | Name::Step { .. }
            | Name::Run(_)
            | Name::Item(_)
            | Name::Own(_)
            | Name::OwnFiles
            | Name::Now) => self.beyond(name),
        })
    }
}

/// Whether there are as many items as there must be. An empty fan-out has done nothing, and is
/// success only where the author says so.
fn number(found: usize, expect: Option<Expect>) -> Result<(), String> {
    let few = |bound: u32| usize::try_from(bound).is_ok_and(|bound| found < bound);
    let many = |bound: u32| usize::try_from(bound).is_ok_and(|bound| found > bound);
    match expect {
        None if found == 0 => {
            return Err("there are no items; if there may be none, write `expect: {min: 0}`".into());
        }
        Some(Expect { min, .. }) if few(min) => {
            return Err(format!("there are {found} items; at least {min} are expected"));
        }
        Some(Expect { max, .. }) if many(max) => {
            return Err(format!("there are {found} items; at most {max} are expected"));
        }
        None | Some(_) => {}
    }
    if found > ITEMS_MAX {
        return Err(format!("there are {found} items; at most {ITEMS_MAX} are possible"));
    }
    Ok(())
}
