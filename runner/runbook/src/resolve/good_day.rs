//! What a step comes to in a run of which nothing has happened, if all goes well.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    calendar::{Shown, Zone},
    event::{Call, Command, ListedItem},
    ids::StepId,
    limits::ITEMS_MAX,
    model::{Delay, ForEach, StepKind},
    run::RunState,
    time::Timestamp,
    value::Value,
};

use super::{
    child::with_unit,
    resolver::{Resolved, Resolver},
    sight::Sight,
};

/// What a step comes to, and what nobody can know of it before it runs.
pub(crate) struct Foreseen {
    /// With nothing in it that only people or programs read: no command, no message.
    pub(crate) resolved: Resolved,
    pub(crate) unknown: Option<Unknown>,
    /// The zone whose clocks do not show the local time of `until` once, and how often they do.
    pub(crate) clocks: Option<(Zone, Shown)>,
}

/// What is known only when a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Whether it is done. It counts as skipped, so that no run can be faster.
    Condition,
    /// What its items are. As few as there may be are counted: one, or those it expects.
    Items,
    /// When it is over. It counts as over at once.
    Instant,
    /// What it counts from: that may not happen. It counts as over at once.
    Anchor,
}

/// What a step comes to, looked at `now`.
///
/// * `doubtful`: the steps of which nobody knows whether they are done.
pub(crate) fn good_day(
    state: &RunState,
    step: &StepId,
    now: Timestamp,
    doubtful: &BTreeSet<StepId>,
) -> Result<Foreseen, String> {
    let mut resolver = Resolver::new(state, step, None, now)?;
    resolver.sight = Sight::GoodDay(doubtful);
    let known = |resolved| Ok(Foreseen { resolved, unknown: None, clocks: None });
    match resolver.applies() {
        Ok(true) => {}
        Ok(false) => return known(Resolved::Skip),
        Err(_) => {
            let unknown = Some(Unknown::Condition);
            return Ok(Foreseen { resolved: Resolved::Skip, unknown, clocks: None });
        }
    }
    if let Some(fan) = resolver.fan() {
        let (items, unknown) = match resolver.listed(fan) {
            Ok(items) => (items, None),
            Err(_) => (fewest(fan), Some(Unknown::Items)),
        };
        return Ok(Foreseen { resolved: Resolved::Items(items), unknown, clocks: None });
    }
    known(match &resolver.step.kind {
        StepKind::Run(_) => Resolved::Run(Command {
            argv: Vec::new(),
            env: BTreeMap::new(),
            directory: String::new(),
            evidence: Vec::new(),
            grants: Vec::new(),
        }),
        StepKind::Uses(_) => Resolved::Uses(Call {
            action: String::new(),
            with: BTreeMap::new(),
            secrets: BTreeMap::new(),
            evidence: Vec::new(),
            grants: Vec::new(),
        }),
        StepKind::Runbook(child) => {
            let asks = state.plan().children.get(&child.path).map(|pinned| &pinned.plan);
            let inputs = child.inputs.iter().filter_map(|(name, written)| {
                let value = resolver.tree(written).ok()?;
                Some((name.clone(), with_unit(asks?, name, value)))
            });
            Resolved::Child { path: child.path.clone(), inputs: inputs.collect() }
        }
        StepKind::Block | StepKind::Parallel => Resolved::Enter,
        StepKind::Checklist(_) => Resolved::Checklist(Vec::new()),
        StepKind::Approval(_) => Resolved::Approval { message: String::new() },
        StepKind::Wait(delay) | StepKind::HardStop(delay) => return Ok(resolver.ends(delay)),
    })
}

/// Items nobody knows yet: each is nothing, under its number.
fn fewest(fan: &ForEach) -> Vec<ListedItem> {
    let least = fan.expect.map_or(1, |expect| expect.min.max(1));
    let least = least.min(u32::try_from(ITEMS_MAX).unwrap_or(u32::MAX));
    (1..=least).map(|n| ListedItem { key: n.to_string(), value: Value::Null }).collect()
}

impl<'s> Resolver<'s> {
    fn ends(&self, delay: &'s Delay) -> Foreseen {
        let (moment, unknown) = match self.moment(delay) {
            Ok(moment) => (moment, None),
            Err(_) => (None, Some(Unknown::Instant)),
        };
        let mut until = unknown.map(|_| self.now);
        let mut clocks = None;
        if let Some((moment, zone)) = moment {
            let at = moment.instant(&zone, self.now);
            until = Some(at);
            let shown = moment.shown(&zone, at);
            clocks = (shown != Shown::Once).then_some((zone, shown));
        }
        Foreseen { resolved: Resolved::Delay { until }, unknown, clocks }
    }
}
