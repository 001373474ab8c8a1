//! What can be said of a step before it is its turn.

use hardstop_core::{event::ListedItem, ids::StepId, run::RunState, value::Value};

use super::{
    names::keyed,
    resolver::{Resolver, planned},
    sight::Sight,
};
use crate::expression::{Sees, Viewpoint, fans};

/// A step's title with its expressions evaluated, as far as they can be now; as written
/// otherwise.
pub fn title(state: &RunState, step: &StepId) -> String {
    let now = state.last().map_or(state.header().created, |last| last.wall);
    let Ok(resolver) = Resolver::new(state, step, None, now) else {
        return step.to_string();
    };
    resolver.text(&resolver.step.title).unwrap_or_else(|_| resolver.step.title.clone())
}

/// What a text of a step comes to by inputs and variables alone; `None` if it depends on what
/// happens in the run, or has no value.
///
/// The step may be one of the items that [`foresee_items`] gives, by its address.
pub fn foresee(state: &RunState, step: &StepId, text: &str) -> Option<Value> {
    let items = items_around(state, step)?;
    ahead(state, step, &items)?.value(text).ok()
}

/// What a step with `for_each` will be done for, if inputs and variables alone say it; `None` if
/// not, or if the step is none or is one of the items already.
pub fn foresee_items(state: &RunState, step: &StepId) -> Option<Vec<ListedItem>> {
    let items = items_around(state, step)?;
    let resolver = ahead(state, step, &items)?;
    resolver.listed(resolver.fan()?).ok()
}

/// A step as it can be seen now: it knows the foreseen `items`, and nothing of the run.
fn ahead<'s>(
    state: &'s RunState,
    step: &'s StepId,
    items: &'s [(String, Value)],
) -> Option<Resolver<'s>> {
    let mut resolver = Resolver::new(state, step, None, state.header().created).ok()?;
    resolver.sight = Sight::Ahead;
    resolver.items = items.iter().map(|(name, item)| (name.as_str(), item)).collect();
    Some(resolver)
}

/// The foreseen items around an address, by name, outermost first.
fn items_around(state: &RunState, step: &StepId) -> Option<Vec<(String, Value)>> {
    let (at, _) = planned(state.plan(), step)?;
    let fans = fans(state.plan(), Viewpoint::Step { at, sees: Sees::Item });
    let (mut items, mut keys) = (Vec::new(), Vec::new());
    for (fan, key) in fans.into_iter().zip(step.keys()) {
        let whole = keyed(&fan.id, &keys)?;
        let resolver = ahead(state, &whole, &items)?;
        let listed = resolver.listed(resolver.fan()?).ok()?;
        let found = listed.into_iter().find(|item| item.key == key)?;
        items.push((fan.for_each.as_ref()?.name.clone(), found.value));
        keys.push(key);
    }
    Some(items)
}
