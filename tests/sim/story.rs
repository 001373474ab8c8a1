//! One seed from its first process to the end of its runs.
//!
//! Processes come one after the other or side by side: each takes a run over, moves it or delivers
//! something, and ends as it likes or by a crash. In between time passes, clocks are set, machines
//! restart, policies change. Then the world heals, and every run must come to its end.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, resume_unwind},
    rc::Rc,
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{Either, join_all, select},
};
use hardstop_core::{
    event::{Artifact, Event},
    ids::{RunId, StepId},
    input::Request,
    run::{Ending, RunState, may_rebase},
    time::{Millis, Timestamp},
    view::waiting,
};
use hardstop_engine::{
    driver::{Asked, DriveError, Driver, Mode, Outside, Setup, Stop},
    transition::Attachment,
};
use hardstop_evidence::{digest, document, keys::SigningKey, layout};
use hardstop_ports::{clock::Clock, journal::RunFiles};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};

use crate::{
    children::SimChildren,
    coverage::Coverage,
    invariants,
    ledger::{Ledger, Ledgers},
    people::{self, Ask, Cast},
    place::Place,
    ports::{SimClock, SimCommits, SimFiles, SimLocks, SimWorker},
    world::{Crash, Lie, World},
};

/// The rounds in which people who mean well must bring any run to its end.
const ROUNDS_MAX: usize = 150;

pub(crate) static KEY: LazyLock<Arc<SigningKey>> =
    LazyLock::new(|| Arc::new(SigningKey::from_seed(&[7; 32], "simulator")));

type SimDriver = Driver<SimFiles, SimWorker, SimClock, SimCommits>;

/// A seed that broke an invariant.
pub(crate) struct Failure {
    /// What broke, the plan, and the end of the journals.
    pub(crate) message: String,
    /// The files of the run that was told of last, for `hardstop dev replay`.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// Tells the story of one seed.
///
/// * Returns the journals it left.
pub(crate) fn tell(seed: u64, lie: Lie, coverage: &mut Coverage) -> Result<Vec<u8>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let story = Rc::new(crate::opening::open(seed, lie));
        let told = story.go_on(coverage).await;
        coverage.add(&story.ledgers.borrow(), &story.world.facts().crashes);
        let places: Vec<_> = story.world.places().values().cloned().collect();
        let journals = places.iter().flat_map(|place| place.journal()).collect();
        told.map(|()| journals).map_err(|why| story.failure(&why))
    })
}

/// A seed's world, and all that is known of it.
pub(crate) struct Story {
    pub(crate) world: Arc<World>,
    pub(crate) cast: Cast,
    /// The runs that are part of no other.
    pub(crate) tops: Vec<RunId>,
    pub(crate) ledgers: RefCell<Ledgers>,
    /// The first invariant that broke.
    pub(crate) broken: RefCell<Option<String>>,
    /// How often helpers had to help each run.
    pub(crate) tries: RefCell<BTreeMap<RunId, usize>>,
    pub(crate) text: String,
}

/// What a process is for.
enum Work {
    /// To move a run, with so many people speaking to it.
    Move { run: RunId, mode: Mode, people: u32 },
    /// To deliver people's requests to one run.
    Deliver(RunId, Vec<Ask>),
}

/// How a process ended.
enum End {
    Stopped(Stop),
    Delivered,
    /// Another process has the run.
    Busy,
    Failed(DriveError),
    Crashed,
}

impl Story {
    async fn go_on(self: &Rc<Self>, coverage: &mut Coverage) -> Result<(), String> {
        let rounds = self.world.facts().rng.u32(1..6);
        for _ in 0..rounds {
            let (works, crash) = self.draw_works();
            self.world.facts().until_crash = crash;
            for end in join_all(works.into_iter().map(|work| self.process(work))).await {
                self.count(&end?, coverage);
            }
            self.world.facts().until_crash = None;
            self.between().await;
        }
        self.heal();
        self.end(coverage).await
    }

    fn count(&self, end: &End, coverage: &mut Coverage) {
        match end {
            End::Failed(error) => coverage.failed(error),
            End::Crashed => {
                self.ledgers.borrow().all.values().for_each(|it| coverage.crashed(&it.fold));
            }
            End::Stopped(_) | End::Delivered | End::Busy => {}
        }
    }

    fn draw_works(&self) -> (Vec<Work>, Option<u32>) {
        let mut facts = self.world.facts();
        let rng = &mut facts.rng;
        let reach = 1_u32 << rng.u32(1..=7);
        let crash = (rng.u32(0..3) > 0).then(|| rng.u32(0..reach));
        let mut draws = Vec::new();
        for run in &self.tops {
            if self.tops.len() == 1 || rng.u32(0..4) > 0 {
                draws.push((run.clone(), rng.u32(0..3), rng.u32(0..7), rng.u32(0..3)));
            }
        }
        drop(facts);
        let works = draws.into_iter().map(|(run, mode, people, what)| {
            let mode = match mode {
                0 => Mode { wait_for_time: Millis(0), wait_for_people: false },
                1 => Mode { wait_for_time: Millis(60_000), wait_for_people: false },
                _ => Mode { wait_for_time: Millis(0), wait_for_people: true },
            };
            if what > 0 {
                return Work::Move { run, mode, people };
            }
            let ask = self.draw_ask(None);
            Work::Deliver(ask.run.clone(), vec![ask])
        });
        (works.collect(), crash)
    }

    /// What somebody asks of that run, or of any.
    fn draw_ask(&self, of: Option<&RunId>) -> Ask {
        let now = SimClock(Arc::clone(&self.world)).read().wall;
        let ledgers = self.ledgers.borrow();
        let mut facts = self.world.facts();
        let any = facts.rng.choice(ledgers.all.keys()).expect("there is a run");
        let ledger = &ledgers.all[of.unwrap_or(any)];
        let codes: Vec<String> = ledger
            .told
            .iter()
            .filter_map(|told| match &told.entry.event {
                Event::GateReached { digest, .. } => Some(digest.code()),
                _ => None,
            })
            .collect();
        people::ask(&mut facts.rng, &self.cast, &ledger.fold, &codes, now)
    }

    /// What happens while nobody moves a run.
    async fn between(&self) {
        let (what, wait) = {
            let rng = &mut self.world.facts().rng;
            (rng.u32(0..12), rng.u64(0..30_000))
        };
        sleep(Duration::from_millis(wait)).await;
        match what {
            0 => {
                let span = self.world.facts().rng.i64(-90_000..90_000);
                self.world.set_clock(span);
            }
            1 | 2 => drop(self.world.reboot()),
            3 | 4 => {
                let mut facts = self.world.facts();
                let version = facts.policies.last().map_or(1, |policy| policy.version + 1);
                let policy = self.cast.later_policy(&mut facts.rng, version);
                facts.policies.push(policy);
            }
            _ => {}
        }
    }

    /// From here on nothing fails, nobody moves a clock, and everybody may do everything.
    fn heal(&self) {
        let mut facts = self.world.facts();
        facts.troubled = false;
        let version = facts.policies.last().map_or(1, |policy| policy.version + 1);
        facts.policies.push(self.cast.healed_policy(version));
    }

    /// Runs are moved as far as they go, people give what they need, and time passes, until all
    /// are over. Whenever a run stops and time will not move it, people must be able to.
    async fn end(self: &Rc<Self>, coverage: &mut Coverage) -> Result<(), String> {
        let mode = Mode { wait_for_time: Millis(20_000), wait_for_people: false };
        let mut known = 0;
        for _ in 0..ROUNDS_MAX {
            let open: Vec<RunId> =
                self.tops.iter().filter(|run| !self.is_over(run)).cloned().collect();
            if open.is_empty() {
                return Ok(());
            }
            let works = open.into_iter().map(|run| Work::Move { run, mode, people: 0 });
            let mut next: Option<Timestamp> = None;
            for end in join_all(works.map(|work| self.process(work))).await {
                match end? {
                    End::Stopped(Stop::Waiting { next: own }) => {
                        next = next.into_iter().chain(own).min();
                    }
                    End::Stopped(Stop::Closed(_)) => {}
                    End::Failed(error) => return Err(format!("without any trouble: {error:?}")),
                    End::Stopped(Stop::Interrupted) | End::Delivered | End::Busy | End::Crashed => {
                        return Err("a driver left before its time".to_owned());
                    }
                }
            }
            self.help(coverage).await?;
            let news = self.news();
            let moved = std::mem::replace(&mut known, news) < news;
            let now = SimClock(Arc::clone(&self.world)).read().wall;
            let wait = match next {
                _ if moved => 100,
                Some(at) => at.since(now).0.max(100),
                None => 2_000,
            };
            sleep(Duration::from_millis(wait)).await;
        }
        let ledgers = self.ledgers.borrow();
        let open = ledgers.all.values().filter(|it| !matches!(it.fold.ending(), Ending::Closed(_)));
        let open: Vec<_> = open.map(|ledger| (&ledger.run, waiting(&ledger.fold))).collect();
        Err(format!("not over after {ROUNDS_MAX} rounds of help: {open:?}"))
    }

    /// How much has happened, drivers that came and went aside.
    fn news(&self) -> usize {
        let ledgers = self.ledgers.borrow();
        let told = ledgers.all.values().flat_map(|ledger| &ledger.told);
        told.filter(|told| !matches!(told.entry.event, Event::LeaseAcquired { .. })).count()
    }

    fn is_over(&self, run: &RunId) -> bool {
        matches!(self.ledgers.borrow().all[run].fold.ending(), Ending::Closed(_))
    }

    /// People give every run what it needs.
    async fn help(self: &Rc<Self>, coverage: &mut Coverage) -> Result<(), String> {
        let runs: Vec<RunId> = self.ledgers.borrow().all.keys().cloned().collect();
        for run in runs {
            let asks = {
                let mut tries = self.tries.borrow_mut();
                let tried = tries.entry(run.clone()).or_default();
                let asks = people::help(&self.cast, &self.ledgers.borrow().all[&run].fold, *tried);
                *tried += usize::from(!asks.is_empty());
                asks
            };
            if !asks.is_empty() {
                let end = self.process(Work::Deliver(run, asks)).await?;
                self.count(&end, coverage);
            }
        }
        Ok(())
    }

    /// One process from its start to its end, and what is left of it.
    async fn process(self: &Rc<Self>, work: Work) -> Result<End, String> {
        let end = match AssertUnwindSafe(self.live(work)).catch_unwind().await {
            Ok(Ok(end)) => end,
            Ok(Err(error)) => End::Failed(error),
            Err(panic) if panic.is::<Crash>() => End::Crashed,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                return Err(format!("the driver panicked: {}", text.unwrap_or_default()));
            }
        };
        if let Some(broken) = self.broken.borrow_mut().take() {
            return Err(broken);
        }
        self.ledgers.borrow_mut().look(&self.world, None)?;
        Ok(end)
    }

    async fn live(self: &Rc<Self>, work: Work) -> Result<End, DriveError> {
        let (Work::Move { run, .. } | Work::Deliver(run, _)) = &work;
        let place = self.world.place(run).expect("a run is open before it is moved");
        let Some(files) = SimFiles::open(&self.world, &place) else { return Ok(End::Busy) };
        let mut setup = self.setup(&place);
        let in_force = (setup.policy)().version;
        let mut driver = Driver::take_over(files, setup).await?;
        self.look(driver.state());
        match work {
            Work::Move { run, mode, people } => {
                let stop = self.drive(&mut driver, mode, people).await?;
                self.check(&run, |ledger| {
                    let state = driver.state().unwrap_or(&ledger.fold);
                    invariants::what_stops_is_evidence(ledger, &self.world)?;
                    // Nothing is decided under an older policy, and whoever began the process is told so.
                    if state.policy().is_some_and(|(seen, _)| in_force < seen) {
                        return Ok(());
                    }
                    invariants::nothing_is_stuck_in_silence(state)?;
                    invariants::a_stop_is_what_it_says(stop, state)
                });
                Ok(End::Stopped(stop))
            }
            Work::Deliver(_, asks) => {
                for mut ask in asks {
                    let handed = match self.hand_in(&mut driver, &mut ask) {
                        Err(DriveError::Refused(_)) => continue,
                        handed => handed?,
                    };
                    let told = driver.deliver_with(ask.actor, ask.request, handed).await;
                    self.look(driver.state());
                    match told {
                        // Somebody else may have said it before.
                        Err(DriveError::Refused(_)) => {}
                        told => drop(told?),
                    }
                }
                Ok(End::Delivered)
            }
        }
    }

    async fn drive(
        &self,
        driver: &mut SimDriver,
        mode: Mode,
        people: u32,
    ) -> Result<Stop, DriveError> {
        let run = driver.state().map(|state| state.header().run.clone());
        let (sender, receiver) = mpsc::channel(4);
        let (interrupt, raised) = watch::channel(false);
        let mut observe = |state: &RunState, _: &[_]| self.look(Some(state));
        let out = Outside { observe: &mut observe, people: receiver, interrupt: raised };
        let drive = Box::pin(driver.drive(mode, out));
        let crowd = Box::pin(async {
            self.crowd(people, run, sender).await;
            if mode.wait_for_people || people > 0 {
                interrupt.send_replace(true);
            } else {
                std::future::pending::<()>().await;
            }
        });
        match select(drive, crowd).await {
            Either::Left((stop, _)) => stop,
            Either::Right(((), drive)) => drive.await,
        }
    }

    async fn crowd(&self, number: u32, run: Option<RunId>, to: mpsc::Sender<Asked>) {
        for _ in 0..number {
            self.pause(12_000).await;
            let ask = self.draw_ask(run.as_ref());
            // What comes with a file is handed in by a process of its own.
            if matches!(ask.request, Request::Rebase { .. }) {
                continue;
            }
            if self.world.trouble(4) {
                self.say(&to, ask.clone()).await;
            }
            self.say(&to, ask).await;
        }
        if number > 0 {
            self.pause(60_000).await;
        }
    }

    async fn pause(&self, most: u64) {
        let pause = self.world.facts().rng.u64(0..most);
        sleep(Duration::from_millis(pause)).await;
    }

    /// Asks a running driver. One that has stopped hears nobody.
    async fn say(&self, to: &mpsc::Sender<Asked>, Ask { actor, request, .. }: Ask) {
        let (reply, answer) = oneshot::channel();
        if to.send(Asked { actor, request, reply }).await.is_ok() {
            drop(answer.await);
        }
    }

    /// The files that come with a request.
    fn hand_in(
        &self,
        driver: &mut SimDriver,
        ask: &mut Ask,
    ) -> Result<Vec<Attachment>, DriveError> {
        if let Request::Rebase { onto, .. } = &ask.request {
            let refused = driver.state().map(|state| may_rebase(state, onto, &self.world.policy()));
            if let Some(Err(refusal)) = refused {
                return Err(DriveError::Refused(refusal));
            }
            let plan = document::to_bytes(&*onto.plan);
            return driver.keep(layout::later_plan(&onto.digest), &plan).map(|_| Vec::new());
        }
        let mut handed = Vec::new();
        if !ask.file {
            return Ok(handed);
        }
        let mut hand_in = |id: &StepId| -> Artifact {
            let number = self.world.facts().rng.u32(0..1_000_000);
            let path = format!("steps/{}/people/{number}.txt", id.base());
            let bytes = format!("proof {number}\n").into_bytes();
            let (digest, size_bytes) = (digest(&bytes), bytes.len() as u64);
            handed.push(Attachment { path: path.clone(), bytes });
            let original_bytes = size_bytes;
            Artifact { path, digest, size_bytes, original_bytes, redactions: 0, evidence: None }
        };
        match &mut ask.request {
            Request::Tick { step, artifact, .. } => *artifact = Some(hand_in(step)),
            Request::Attest { step, artifacts, .. } => artifacts.push(hand_in(step)),
            _ => {}
        }
        Ok(handed)
    }

    pub(crate) fn setup(
        self: &Rc<Self>,
        place: &Arc<Place>,
    ) -> Setup<SimWorker, SimClock, SimCommits> {
        let world = Arc::clone(&self.world);
        let older = world.facts().policies.len() - 1;
        let policy = if older > 0 && world.trouble(6) {
            let mut facts = world.facts();
            let older = facts.rng.usize(0..older);
            Arc::clone(&facts.policies[older])
        } else {
            world.policy()
        };
        let draws = Arc::clone(&world);
        let nonce = move || {
            draws.point("drawing a nonce");
            format!("{:016x}", draws.facts().rng.u64(..))
        };
        Setup {
            worker: Arc::new(SimWorker { world: Arc::clone(&world), place: Arc::clone(place) }),
            clock: SimClock(Arc::clone(&world)),
            commits: SimCommits::new(&world),
            key: Arc::clone(&KEY),
            locks: Arc::new(SimLocks(Arc::clone(&world))),
            children: Rc::new(SimChildren(Rc::clone(self))),
            policy: Box::new(move || Arc::clone(&policy)),
            workspace: "/workspace".to_owned(),
            repository: "/repository".to_owned(),
            holder: "host/1".to_owned(),
            nonce: Box::new(nonce),
            live: None,
        }
    }

    /// Looks at the disk, and ends the process at once if an invariant is broken.
    pub(crate) fn look(&self, driver: Option<&RunState>) {
        let held = self.ledgers.borrow_mut().look(&self.world, driver);
        self.note(held);
    }

    fn check(&self, run: &RunId, invariant: impl FnOnce(&Ledger) -> invariants::Checked) {
        let held = invariant(&self.ledgers.borrow().all[run]);
        self.note(held);
    }

    fn note(&self, held: invariants::Checked) {
        if let Err(broken) = held {
            self.broken.borrow_mut().get_or_insert(broken);
            resume_unwind(Box::new(Crash));
        }
    }

    fn failure(&self, why: &str) -> Failure {
        let ledgers = self.ledgers.borrow();
        let last = |ledger: &&Ledger| ledger.told.last().map(|told| told.true_time);
        let place = &ledgers.all.values().max_by_key(last).expect("there is a run").place;
        let disk = place.disk.reopen();
        let mut files: BTreeMap<String, Vec<u8>> = disk
            .list()
            .unwrap_or_default()
            .into_iter()
            .filter_map(|path| Some((path.clone(), disk.read(&path).ok()?)))
            .collect();
        files.insert(layout::JOURNAL.to_owned(), place.journal());
        let tails: String = ledgers.all.values().map(Ledger::tail).collect();
        Failure { message: format!("{why}\n\n{}\n{tails}", self.text), files }
    }
}
