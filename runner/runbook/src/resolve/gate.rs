//! What lies before people.

use hardstop_core::{event::OpenedItem, model::Checklist};

use super::resolver::{Resolved, Resolver, short};

impl<'s> Resolver<'s> {
    pub(super) fn checklist(&self, checklist: &'s Checklist) -> Result<Resolved, String> {
        let items = checklist.items.iter().map(|item| {
            let text = short("the item's text", self.text(&item.text)?)?;
            Ok(OpenedItem { id: item.id.clone(), text })
        });
        items.collect::<Result<_, String>>().map(Resolved::Checklist)
    }
}
