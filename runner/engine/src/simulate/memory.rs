//! A run that exists in memory only: the transition's other side.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    mem,
};

use futures_util::FutureExt as _;
use hardstop_core::{
    effect::{Effect, EffectId},
    event::Entry,
    ids::RunId,
    input::Input,
    run::{Context, RunState},
};
use hardstop_evidence::chain::AppendError;

use crate::{
    replay::{ReplayError, Replayed, replay},
    transition::{Attachment, Resolver, Snapshot, Turn, Tx, transition},
};

/// One run in memory.
#[derive(Debug)]
pub(super) struct Memory {
    /// Always there between two turns.
    snapshot: Option<Snapshot>,
    under_way: BTreeSet<EffectId>,
    issued: Vec<Effect>,
    revoked: Vec<EffectId>,
}

impl Memory {
    /// A run of which nothing has happened yet, from the files it begins with.
    pub(super) fn new(run: &RunId, files: &BTreeMap<String, Vec<u8>>) -> Result<Self, ReplayError> {
        let read = |path: &str| Ok::<_, Infallible>(files.get(path).cloned().unwrap_or_default());
        let Replayed { snapshot, .. } = replay(run, &[], read)?;
        Ok(Self {
            snapshot: Some(snapshot),
            under_way: BTreeSet::new(),
            issued: Vec::new(),
            revoked: Vec::new(),
        })
    }

    pub(super) fn state(&self) -> &RunState {
        &self.snapshot.as_ref().expect("it is there between two turns").state
    }

    /// One transition.
    ///
    /// # Errors
    ///
    /// If the journal takes no more; the run cannot go on.
    pub(super) fn turn(
        &mut self,
        inputs: Vec<Input>,
        context: &Context<'_>,
        resolver: &mut dyn Resolver,
    ) -> Result<Turn, AppendError> {
        let turn = transition(self, inputs, context, resolver).now_or_never();
        turn.expect("nothing here ever waits")
    }

    /// What the last turns put under way and stopped; once.
    pub(super) fn take_orders(&mut self) -> (Vec<Effect>, Vec<EffectId>) {
        (mem::take(&mut self.issued), mem::take(&mut self.revoked))
    }

    /// Notes that an effect has been answered, so that it is issued again if it is still wanted.
    pub(super) fn answered(&mut self, id: &EffectId) {
        self.under_way.remove(id);
    }

    /// Forgets all that is under way, as a process does that dies.
    pub(super) fn forget(&mut self) {
        self.under_way.clear();
    }
}

impl Tx for Memory {
    type Error = AppendError;

    async fn load(&mut self) -> Result<Snapshot, AppendError> {
        Ok(self.snapshot.take().expect("it is there between two turns"))
    }

    fn under_way(&self) -> &BTreeSet<EffectId> {
        &self.under_way
    }

    fn attach(&mut self, _: Attachment) {}

    fn record(&mut self, _: Entry, _: Vec<u8>) {}

    fn issue(&mut self, effect: Effect) {
        self.issued.push(effect);
    }

    fn revoke(&mut self, id: EffectId) {
        self.revoked.push(id);
    }

    async fn commit(&mut self, snapshot: Snapshot) -> Result<(), AppendError> {
        for id in &self.revoked {
            self.under_way.remove(id);
        }
        self.under_way.extend(self.issued.iter().map(Effect::id));
        self.snapshot = Some(snapshot);
        Ok(())
    }
}
