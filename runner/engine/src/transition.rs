//! The one transition every driver shares: load, decide, fold, record, issue.
//!
//! It is generic over [`Tx`], what a durability engine offers: one atomic transition on one run.
//! The local driver's is an append and a sync; a cluster driver's is a transaction of its engine.
//! Whoever implements `Tx` never decides anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use hardstop_core::{
    effect::{Effect, EffectId},
    event::{Entry, Event},
    ids::{AttemptNo, StepId},
    input::{Input, Resolution},
    run::{Context, Refusal, RunState, advance, outstanding},
    value::Value,
};
use hardstop_evidence::chain::{AppendError, Chain};
use hardstop_runbook::run_outputs;

/// A run as it is loaded and saved: the fold, and where its journal ends.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The fold of the journal.
    pub state: RunState,
    /// Where the next line goes.
    pub chain: Chain,
}

/// One atomic transition on one run, as an engine offers it.
///
/// What is recorded, issued and revoked takes effect if and only if [`Tx::commit`] succeeds.
pub trait Tx {
    /// Why the engine could not load or commit.
    type Error: From<AppendError>;

    /// The run as it is.
    fn load(&mut self) -> impl Future<Output = Result<Snapshot, Self::Error>>;

    /// What the engine has under way for the run.
    fn under_way(&self) -> &BTreeSet<EffectId>;

    /// Keeps a file that a line refers to. It is durable before the line is.
    fn attach(&mut self, file: Attachment);

    /// Adds a line to the journal.
    fn record(&mut self, entry: Entry, line: Vec<u8>);

    /// Puts work under way. What answers it comes back as an input.
    fn issue(&mut self, effect: Effect);

    /// Stops work that is no longer wanted.
    fn revoke(&mut self, id: EffectId);

    /// Makes all of it durable at once.
    fn commit(&mut self, snapshot: Snapshot) -> impl Future<Output = Result<(), Self::Error>>;
}

/// A file of the run, by its path in the run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The path.
    pub path: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What a step comes to, and the file that goes with it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The evaluated step, or why it cannot be evaluated.
    pub resolution: Result<Resolution, String>,
    /// The request file of an approval.
    pub attachment: Option<Attachment>,
}

/// Answers [`Effect::Resolve`] inside the transition, so that the end of one step and the start
/// of the next are one append.
pub trait Resolver {
    /// What the step comes to; `None` to leave the question open, as a process does that only
    /// delivers a person's verb.
    fn resolve(&mut self, state: &RunState, step: &StepId, attempt: AttemptNo) -> Option<Answer>;

    /// What the run leaves for others, the answer to [`Effect::Outputs`]. Evaluating it starts
    /// nothing, so every process does. One whose outputs have no value leaves none: whoever needs
    /// one of them then says so.
    fn outputs(&mut self, state: &RunState) -> BTreeMap<String, Value> {
        run_outputs(state).unwrap_or_default()
    }
}

/// Leaves every question open.
#[derive(Clone, Copy, Debug)]
pub struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&mut self, _: &RunState, _: &StepId, _: AttemptNo) -> Option<Answer> {
        None
    }
}

/// What a transition did.
#[derive(Debug)]
#[must_use = "a refusal is somebody's answer"]
pub struct Turn {
    /// The lines appended.
    pub entries: Vec<Entry>,
    /// For each input, whether it was accepted.
    pub answers: Vec<Result<(), Refusal>>,
    /// Why a step that could start did not: the policy went back, and nothing starts under it.
    pub refused: Option<Refusal>,
}

/// Gives `inputs` to a run, one after the other, and everything that follows from them.
///
/// A refused input changes nothing and does not keep the others from being heard.
///
/// # Errors
///
/// Those of `tx`. Nothing of this transition has happened then, or it is not known whether it
/// has: the engine loads again before the next one.
pub async fn transition<T: Tx>(
    tx: &mut T,
    inputs: Vec<Input>,
    context: &Context<'_>,
    resolver: &mut dyn Resolver,
) -> Result<Turn, T::Error> {
    let Snapshot { mut state, mut chain } = tx.load().await?;
    let mut epoch = state.epoch();
    let mut events = Vec::new();
    let answers =
        inputs.iter().map(|input| advance(&mut state, input, context, &mut events)).collect();
    let (attachments, refused) = resolve_all(&mut state, context, resolver, &mut events);
    for attachment in attachments {
        tx.attach(attachment);
    }
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        if let Event::LeaseAcquired { epoch: taken, .. } = &event {
            epoch = *taken;
        }
        let run = &state.header().run;
        let (entry, line) = chain.append(run, epoch, context.now.clone(), event)?;
        tx.record(entry.clone(), line);
        entries.push(entry);
    }
    reconcile(tx, &state);
    tx.commit(Snapshot { state, chain }).await?;
    Ok(Turn { entries, answers, refused })
}

/// Asks `resolver` about every step that may start, until no new one may.
fn resolve_all(
    state: &mut RunState,
    context: &Context<'_>,
    resolver: &mut dyn Resolver,
    events: &mut Vec<Event>,
) -> (Vec<Attachment>, Option<Refusal>) {
    let mut attachments = Vec::new();
    let mut refused = None;
    let mut asked = BTreeSet::new();
    loop {
        let ready = outstanding(state).find_map(|effect| match effect {
            Effect::Resolve { step, attempt } => {
                asked.insert((step.clone(), attempt)).then_some((step, attempt))
            }
            Effect::Perform { .. }
            | Effect::Lock { .. }
            | Effect::Outputs
            | Effect::Wake { .. } => None,
        });
        let Some((step, attempt)) = ready else { break };
        if let Some(Answer { resolution, attachment }) = resolver.resolve(state, &step, attempt) {
            let input = Input::Resolved { step, attempt, resolution };
            let before = events.len();
            // The question stays open then.
            refused = advance(state, &input, context, events).err().or(refused);
            // A file that no event names must not be kept.
            if events[before..].iter().any(|event| matches!(event, Event::GateReached { .. })) {
                attachments.extend(attachment);
            }
        }
    }
    if outstanding(state).any(|effect| effect == Effect::Outputs) {
        let input = Input::Outputs(resolver.outputs(state));
        refused = advance(state, &input, context, events).err().or(refused);
    }
    (attachments, refused)
}

/// Makes what is under way match what must be.
fn reconcile<T: Tx>(tx: &mut T, state: &RunState) {
    let wanted: Vec<(EffectId, Effect)> =
        outstanding(state).map(|effect| (effect.id(), effect)).collect();
    let ids: BTreeSet<&EffectId> = wanted.iter().map(|(id, _)| id).collect();
    let stale: Vec<EffectId> =
        tx.under_way().iter().filter(|id| !ids.contains(id)).cloned().collect();
    for id in stale {
        tx.revoke(id);
    }
    for (id, effect) in wanted {
        if !tx.under_way().contains(&id) {
            tx.issue(effect);
        }
    }
}
