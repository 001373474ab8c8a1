//! What the runs' files say, read line by line as they grow: the side of the comparison that does
//! not trust the driver.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hardstop_core::{
    event::{Entry, Event},
    header::Inputs,
    ids::{Digest, RunId, StepId},
    model::Plan,
    run::{RunState, apply},
};
use hardstop_evidence::{digest, layout};
use hardstop_ports::journal::RunFiles;
use hardstop_tests_kit::picture;

use crate::{
    between::Between,
    invariants::{self, Checked},
    oracle::Oracle,
    place::{Append, Place},
    world::World,
};

/// An event on disk.
pub(crate) struct Told {
    pub(crate) entry: Entry,
    /// When it was written, by the world's own clock.
    pub(crate) true_time: Duration,
    /// Where its line ends in the journal.
    pub(crate) end: usize,
    /// How long the journal in the evidence was when it was written.
    pub(crate) evidence: usize,
}

/// A run as its files tell it.
pub(crate) struct Ledger {
    pub(crate) place: Arc<Place>,
    pub(crate) run: RunId,
    /// What was asked for, whatever plan the run itself has.
    pub(crate) plan: Arc<Plan>,
    /// The journal as it was when it was looked at last.
    pub(crate) journal: Vec<u8>,
    /// What it told then.
    pub(crate) told: Vec<Told>,
    /// The digest the next line must name.
    pub(crate) head: String,
    /// The fold of `told`.
    pub(crate) fold: RunState,
    pub(crate) oracle: Oracle,
    /// How often the journal had changed by then.
    changes: u64,
    /// The performances looked at.
    pub(crate) performed: usize,
}

/// The runs of one world.
#[derive(Default)]
pub(crate) struct Ledgers {
    pub(crate) all: BTreeMap<RunId, Ledger>,
    between: Between,
    /// The commits of the evidence branch when it was looked at last.
    commits: u64,
}

impl Ledger {
    pub(crate) fn new(
        place: Arc<Place>,
        files: &BTreeMap<String, Vec<u8>>,
        plan: Arc<Plan>,
    ) -> Self {
        let run_json = files[layout::RUN].clone();
        let header: hardstop_core::header::Header = parse(&run_json);
        let own: Arc<Plan> = Arc::new(parse(&files[layout::PLAN]));
        let inputs: Arc<Inputs> = Arc::new(parse(&files[layout::INPUTS]));
        let run = header.run.clone();
        let fold = RunState::new(Arc::new(header), own, inputs);
        let (head, oracle) = (digest(&run_json).hex(), Oracle::new(&plan));
        let (journal, told) = (Vec::new(), Vec::new());
        Self { place, run, plan, journal, told, head, fold, oracle, changes: 0, performed: 0 }
    }

    /// Reads the plan that the run goes on with; that it is on disk is an invariant.
    fn know(&mut self, digest: Digest) {
        let bytes =
            self.place.disk.reopen().read(&layout::later_plan(&digest)).expect("it was looked for");
        let later = [(digest, Arc::new(parse(&bytes)))].into();
        self.fold = self.fold.clone().with_revisions(later);
    }

    /// What was told of one step, in order.
    pub(crate) fn of<'l>(
        &'l self,
        id: &'l StepId,
    ) -> impl DoubleEndedIterator<Item = &'l Told> + 'l {
        self.told.iter().filter(move |told| told.entry.event.step() == Some(id))
    }

    /// The end of the story, drivers that came and went aside, for whoever has to find out what went wrong.
    pub(crate) fn tail(&self) -> String {
        let is_news = |told: &&Told| !matches!(told.entry.event, Event::LeaseAcquired { .. });
        let news: Vec<&Told> = self.told.iter().filter(is_news).collect();
        let lines = news[news.len().saturating_sub(25)..].iter().map(|told| {
            let Entry { seq, epoch, event, .. } = &told.entry;
            format!(
                "{seq:4} {:9.3}s #{} {}\n",
                told.true_time.as_secs_f64(),
                epoch.0,
                picture::event(event)
            )
        });
        std::iter::once(format!("{}\n", self.run)).chain(lines).collect()
    }
}

/// A line that nobody has looked at yet.
struct New {
    run: RunId,
    line: Vec<u8>,
    end: usize,
    written: Append,
}

impl Ledgers {
    /// Reads what is new on disk, of all runs in the order in which it was written, and holds
    /// everything against the invariants.
    ///
    /// * `driver`: what a driver believes of its run, if there is one.
    pub(crate) fn look(&mut self, world: &World, driver: Option<&RunState>) -> Checked {
        for (_, new) in self.news(world)? {
            let Some(ledger) = self.all.get_mut(&new.run) else { continue };
            let entry = invariants::each_line_continues_the_chain(ledger, &new.line)?;
            let Append { now: true_time, evidence, .. } = new.written;
            let told = Told { entry, true_time, end: new.end, evidence };
            for check in invariants::OF_EACH_EVENT {
                check(ledger, world, &told)?;
            }
            self.between.fold(&ledger.fold, &told.entry.event)?;
            ledger.head = digest(&new.line[..new.line.len() - 1]).hex();
            ledger.oracle.fold(&told.entry.event);
            if let Event::RunRebased { plan: digest, .. } = told.entry.event {
                ledger.know(digest);
            }
            apply(&mut ledger.fold, &told.entry.event, &told.entry.at);
            ledger.told.push(told);
            ledger.journal.extend(new.line);
        }
        let commits = world.evidence.commits();
        for ledger in self.all.values_mut() {
            invariants::effects_follow_the_journal(ledger)?;
            if self.commits != commits {
                invariants::evidence_is_a_prefix_of_the_journal(ledger, world)?;
            }
        }
        self.commits = commits;
        if let Some(broken) = world.facts().broken.take() {
            return Err(broken);
        }
        let Some(state) = driver else { return Ok(()) };
        invariants::the_fold_is_the_state(&self.all[&state.header().run], state)
    }

    fn news(&mut self, world: &World) -> Result<Vec<(u64, New)>, String> {
        let mut news = Vec::new();
        for ledger in self.all.values_mut() {
            let changes = ledger.place.changes();
            if std::mem::replace(&mut ledger.changes, changes) == changes {
                continue;
            }
            let journal = ledger.place.journal();
            invariants::the_journal_only_grows(ledger, &journal)?;
            invariants::what_was_acknowledged_is_kept(ledger, &journal)?;
            let kept = ledger.place.kept();
            let mut end = ledger.journal.len();
            for line in journal[end..].split_inclusive(|byte| *byte == b'\n') {
                end += line.len();
                // An append nobody heard of ended its process, so that was just now.
                let unheard = || {
                    let evidence = world.evidence_bytes(&ledger.run);
                    Append { now: world.true_time(), number: u64::MAX, evidence }
                };
                let written = kept.appended.range(end..).next();
                let written = written.map_or_else(unheard, |(_, at)| *at);
                let (run, line) = (ledger.run.clone(), line.to_vec());
                news.push((written.number, New { run, line, end, written }));
            }
        }
        // Stable: what one append wrote stays in its order.
        news.sort_by_key(|(place, _)| *place);
        Ok(news)
    }
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    serde_json::from_slice(bytes).expect("a new run's files can be read")
}

/// Whether a step starts here: whatever it is, from now on it is under way.
pub(crate) fn is_start(event: &Event) -> bool {
    is_work(event)
        || matches!(
            event,
            Event::ItemsListed { .. }
                | Event::BlockEntered { .. }
                | Event::GateReached { .. }
                | Event::WaitStarted { .. }
                | Event::HardStopStarted { .. }
        )
}

/// Whether work starts here, which is what an approval is for.
pub(crate) fn is_work(event: &Event) -> bool {
    matches!(
        event,
        Event::AttemptStarted { .. }
            | Event::CallStarted { .. }
            | Event::ChildStarted { .. }
            | Event::ChecklistOpened { .. }
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
            | Event::GlassBroken { .. }
    )
}
