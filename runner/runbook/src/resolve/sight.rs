//! How much of a run is known to whoever evaluates.

use std::{collections::BTreeSet, iter::successors};

use hardstop_core::{ids::StepId, model::Step, value::Value};

use super::resolver::Resolver;
use crate::expression::{Field, Name, RunField};

/// How much of the run is known.
#[derive(Clone, Copy)]
pub(super) enum Sight<'s> {
    /// All that happened.
    Now,
    /// Nothing: there is no run yet.
    Ahead,
    /// Of a run in which all goes well: when steps begin and end, and nothing they give. Of these
    /// steps, and of those within them, not even that.
    GoodDay(&'s BTreeSet<StepId>),
}

impl Resolver<'_> {
    /// Whether the run is known well enough to say what the name stands for.
    pub(super) fn is_in_sight(&self, name: &Name<'_, '_>) -> bool {
        match (self.sight, name) {
            (Sight::Now, _)
            | (_, Name::Own(_) | Name::OwnFiles | Name::Input(_) | Name::Var(_) | Name::Secret)
            | (Sight::Ahead, Name::Item(_))
            | (Sight::GoodDay(_), Name::Now) => true,
            (Sight::Ahead, Name::Step { .. } | Name::Run(_) | Name::Now)
            | (Sight::GoodDay(_), Name::Step { field: Field::Output(_) | Field::Items, .. }) => {
                false
            }
            (Sight::GoodDay(doubtful), Name::Step { step, .. }) => {
                let plan = self.known.plan;
                let around = |step: &&Step| plan.step(&step.within.as_ref()?.step);
                let mut chain = successors(Some(*step), around);
                !chain.any(|step| doubtful.contains(&step.id))
            }
            // Every run has another.
            (Sight::GoodDay(_), Name::Run(field)) => {
                !matches!(field, RunField::Id | RunField::ShortId)
            }
            // Nothing stands for an item that is not known yet.
            (Sight::GoodDay(_), Name::Item(name)) => {
                !self.items.iter().any(|(known, item)| known == name && **item == Value::Null)
            }
        }
    }
}
