//! What a run's files say, read line by line as they grow: the side of the comparison that does
//! not trust the driver.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hardstop_core::{
    event::{Entry, Event},
    header::Inputs,
    ids::{RunId, StepId},
    model::{Plan, StepKind},
    run::{RunState, apply},
};
use hardstop_evidence::{digest, layout};
use hardstop_tests_kit::picture;

use crate::{
    invariants::{self, Checked},
    world::World,
};

/// An event on disk.
pub(crate) struct Told {
    pub(crate) entry: Entry,
    /// When it was written, by the world's own clock.
    pub(crate) true_time: Duration,
    /// Where its line ends in the journal.
    pub(crate) end: usize,
}

/// A run as its files tell it.
pub(crate) struct Ledger {
    pub(crate) run: RunId,
    pub(crate) plan: Arc<Plan>,
    /// The journal as it was when it was looked at last.
    pub(crate) journal: Vec<u8>,
    /// What it told then.
    pub(crate) told: Vec<Told>,
    /// The digest the next line must name.
    pub(crate) head: String,
    /// The fold of `told`.
    pub(crate) fold: RunState,
    /// The approvals that must be open before each step starts.
    pub(crate) gates: BTreeMap<StepId, Vec<StepId>>,
    /// The commits of the evidence branch when it was looked at last.
    commits: u64,
}

impl Ledger {
    pub(crate) fn new(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let run_json = files[layout::RUN].clone();
        let header: hardstop_core::header::Header = parse(&run_json);
        let plan: Arc<Plan> = Arc::new(parse(&files[layout::PLAN]));
        let inputs: Arc<Inputs> = Arc::new(parse(&files[layout::INPUTS]));
        let run = header.run.clone();
        let fold = RunState::new(Arc::new(header), Arc::clone(&plan), inputs);
        let (head, gates) = (digest(&run_json).hex(), gates(&plan));
        let (journal, told) = (Vec::new(), Vec::new());
        Self { run, plan, journal, told, head, fold, gates, commits: 0 }
    }

    /// Reads what is new on disk, and holds everything against the invariants.
    ///
    /// * `driver`: what the driver believes, if there is one.
    pub(crate) fn look(&mut self, world: &World, driver: Option<&RunState>) -> Checked {
        let journal = world.journal();
        invariants::the_journal_only_grows(self, &journal)?;
        invariants::what_was_acknowledged_is_kept(world, &journal)?;
        let mut end = self.journal.len();
        for line in journal[end..].split_inclusive(|byte| *byte == b'\n') {
            end += line.len();
            let entry = invariants::each_line_continues_the_chain(self, line)?;
            // An append nobody heard of ended its process, so that was just now.
            let written = world.facts().appended.range(end..).next().map(|(_, at)| *at);
            let told = Told { entry, true_time: written.unwrap_or(world.true_time()), end };
            for check in invariants::OF_EACH_EVENT {
                check(self, world, &told)?;
            }
            self.head = digest(&line[..line.len() - 1]).hex();
            apply(&mut self.fold, &told.entry.event, &told.entry.at);
            self.told.push(told);
        }
        self.journal = journal;
        invariants::effects_follow_the_journal(self, world)?;
        if self.commits != world.evidence.commits() {
            self.commits = world.evidence.commits();
            invariants::evidence_is_a_prefix_of_the_journal(self, world)?;
        }
        driver.map_or(Ok(()), |state| invariants::the_fold_is_the_state(self, state))
    }

    /// What was told of one step, in order.
    pub(crate) fn of<'l>(
        &'l self,
        id: &'l StepId,
    ) -> impl DoubleEndedIterator<Item = &'l Told> + 'l {
        self.told.iter().filter(move |told| told.entry.event.step() == Some(id))
    }

    /// The end of the story, for whoever has to find out what went wrong.
    pub(crate) fn tail(&self) -> String {
        let from = self.told.len().saturating_sub(25);
        let lines = self.told[from..].iter().map(|told| {
            let Entry { seq, epoch, event, .. } = &told.entry;
            format!(
                "{seq:4} {:9.3}s #{} {}\n",
                told.true_time.as_secs_f64(),
                epoch.0,
                picture::event(event)
            )
        });
        lines.collect()
    }
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    serde_json::from_slice(bytes).expect("a new run's files can be read")
}

/// Which approvals stand before each step: those earlier in its phase, and those of every phase
/// that is over before it.
fn gates(plan: &Plan) -> BTreeMap<StepId, Vec<StepId>> {
    let mut all = BTreeMap::new();
    for phase in &plan.phases {
        let mut over = phase.needs.clone();
        let mut next = 0;
        while next < over.len() {
            let needed = plan.phases.iter().find(|phase| phase.id == over[next]);
            let more = needed.into_iter().flat_map(|phase| phase.needs.iter().cloned());
            over.extend(more.collect::<Vec<_>>());
            next += 1;
        }
        let before = plan.phases.iter().filter(|phase| over.contains(&phase.id));
        let mut open: Vec<StepId> = before
            .flat_map(|phase| &phase.steps)
            .filter(|step| matches!(step.kind, StepKind::Approval(_)))
            .map(|step| step.id.clone())
            .collect();
        for step in &phase.steps {
            all.insert(step.id.clone(), open.clone());
            if matches!(step.kind, StepKind::Approval(_)) {
                open.push(step.id.clone());
            }
        }
    }
    all
}

/// Whether a step starts here: whatever it is, from now on it is under way.
pub(crate) fn is_start(event: &Event) -> bool {
    matches!(
        event,
        Event::AttemptStarted { .. }
            | Event::ChecklistOpened { .. }
            | Event::GateReached { .. }
            | Event::WaitStarted { .. }
            | Event::HardStopStarted { .. }
    )
}

/// Whether a step is done here, for the first time and for good.
pub(crate) fn is_done(event: &Event) -> bool {
    matches!(
        event,
        Event::StepSucceeded { .. }
            | Event::StepAttested { .. }
            | Event::WaitElapsed { .. }
            | Event::HardStopElapsed { .. }
    )
}
