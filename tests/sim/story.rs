//! One seed from its first process to the end of its run.
//!
//! Processes come one after the other: each takes the run over, moves it or delivers something,
//! and ends as it likes or by a crash. In between time passes, clocks are set, machines restart,
//! policies change. Then the world heals, and the run must come to its end.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{Either, select},
};
use hardstop_core::{
    event::{Artifact, Event},
    header::Inputs,
    input::Request,
    run::RunState,
    time::Millis,
    view::waiting,
};
use hardstop_engine::{
    driver::{Asked, DriveError, Driver, Mode, Outside, Setup, Stop},
    open::NewRun,
};
use hardstop_evidence::{digest, keys::SigningKey, layout};
use hardstop_ports::{fakes::MemoryRun, journal::RunFiles};
use hardstop_tests_kit::{
    people::{actor, header},
    picture::START,
    plan::plan,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};

use crate::{
    coverage::Coverage,
    invariants,
    ledger::Ledger,
    people::{self, Ask},
    plans,
    ports::{SimClock, SimCommits, SimFiles, SimWorker},
    world::{Crash, Lie, World},
};

/// The rounds in which people who mean well must bring any run to its end.
const ROUNDS_MAX: usize = 20;
/// How often helpers look at a run before they leave; more than the longest span of a plan.
const LOOKS_MAX: usize = 50;

static KEY: LazyLock<Arc<SigningKey>> =
    LazyLock::new(|| Arc::new(SigningKey::from_seed(&[7; 32], "simulator")));

/// A seed that broke an invariant.
pub(crate) struct Failure {
    /// What broke, the plan, and the end of the journal.
    pub(crate) message: String,
    /// The run's files, for `hardstop dev replay`.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// Tells the story of one seed.
///
/// * Returns the journal it left.
pub(crate) fn tell(seed: u64, lie: Lie, coverage: &mut Coverage) -> Result<Vec<u8>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let story = Story::begin(seed, lie);
        let told = story.go_on(coverage).await;
        coverage.add(&story.ledger.borrow(), &story.world.facts().crashes);
        let journal = story.world.journal();
        told.map(|()| journal).map_err(|why| story.failure(&why))
    })
}

struct Story {
    world: Arc<World>,
    ledger: RefCell<Ledger>,
    /// The first invariant that broke.
    broken: RefCell<Option<String>>,
    /// How often helpers had to help.
    tries: Cell<usize>,
    text: String,
}

/// What a process is for.
enum Job {
    /// To move the run, with people speaking to it.
    Move { mode: Mode, people: People },
    /// To deliver one person's request.
    Deliver(Ask),
}

/// Who speaks to a running driver.
#[derive(Clone, Copy)]
enum People {
    /// So many who ask anything, and at last somebody who stops the driver.
    Crowd(u32),
    /// People who give what the run needs, and stop the driver to hand in files.
    Helpers,
}

/// How a process ended.
enum End {
    Stopped(Stop),
    Delivered,
    Failed(DriveError),
    Crashed,
}

impl Story {
    fn begin(seed: u64, lie: Lie) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0x5eed);
        let text = plans::draw(&mut rng);
        let policy = people::first_policy(&mut rng);
        let pattern = header("alice", &policy, START);
        let new = NewRun {
            run: pattern.run,
            product: pattern.product,
            runner_key: KEY.public().fingerprint(),
            runbook: hardstop_core::header::PinnedRunbook {
                digest: digest(text.as_bytes()),
                ..pattern.runbook
            },
            text: text.clone(),
            plan: plan(&text),
            inputs: Inputs::default(),
            policy: (*policy).clone(),
            initiator: actor("alice"),
            parts: Vec::new(),
            created: START,
            trigger: None,
            parent: None,
        };
        let mut disk = MemoryRun::new(new.run.clone());
        let files = new.files().expect("alice may start runs");
        for (path, bytes) in &files {
            disk.write(path, bytes).expect("nothing fails yet");
        }
        let world = World::new(seed, lie, disk, vec![policy]);
        let ledger = RefCell::new(Ledger::new(&files));
        Self { world, ledger, broken: RefCell::default(), tries: Cell::new(0), text }
    }

    async fn go_on(&self, coverage: &mut Coverage) -> Result<(), String> {
        let rounds = self.world.facts().rng.u32(1..6);
        for _ in 0..rounds {
            let (job, crash) = self.draw_job();
            self.world.facts().until_crash = crash;
            self.process(job, coverage).await?;
            self.world.facts().until_crash = None;
            self.between().await;
        }
        self.heal();
        self.end(coverage).await
    }

    fn draw_job(&self) -> (Job, Option<u32>) {
        let mut facts = self.world.facts();
        let rng = &mut facts.rng;
        let reach = 1_u32 << rng.u32(1..=7);
        let crash = (rng.u32(0..3) > 0).then(|| rng.u32(0..reach));
        let mode = match rng.u32(0..3) {
            0 => Mode { wait_for_time: Millis(0), wait_for_people: false },
            1 => Mode { wait_for_time: Millis(60_000), wait_for_people: false },
            _ => Mode { wait_for_time: Millis(0), wait_for_people: true },
        };
        let people = People::Crowd(rng.u32(0..7));
        let deliver = rng.u32(0..3) == 0;
        drop(facts);
        let job = if deliver { Job::Deliver(self.draw_ask()) } else { Job::Move { mode, people } };
        (job, crash)
    }

    fn draw_ask(&self) -> Ask {
        let ledger = self.ledger.borrow();
        let codes: Vec<String> = ledger
            .told
            .iter()
            .filter_map(|told| match &told.entry.event {
                Event::GateReached { digest, .. } => Some(digest.code()),
                _ => None,
            })
            .collect();
        people::ask(&mut self.world.facts().rng, &ledger.fold, &codes)
    }

    /// What happens while nobody moves the run.
    async fn between(&self) {
        let (what, wait) = {
            let rng = &mut self.world.facts().rng;
            (rng.u32(0..12), rng.u64(0..30_000))
        };
        sleep(Duration::from_millis(wait)).await;
        let mut facts = self.world.facts();
        match what {
            0 => {
                let span = facts.rng.i64(-90_000..90_000);
                drop(facts);
                self.world.set_clock(span);
            }
            1 | 2 => {
                drop(facts);
                self.world.reboot();
            }
            3 | 4 => {
                let version = facts.policies.last().map_or(1, |policy| policy.version + 1);
                let policy = people::later_policy(&mut facts.rng, version);
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
        facts.policies.push(people::healed_policy(version));
    }

    /// Drivers stay until the run is over, and leave only where somebody hands in a file.
    async fn end(&self, coverage: &mut Coverage) -> Result<(), String> {
        let mode = Mode { wait_for_time: Millis(0), wait_for_people: true };
        for _ in 0..ROUNDS_MAX {
            match self.process(Job::Move { mode, people: People::Helpers }, coverage).await? {
                End::Stopped(Stop::Closed(_)) => return Ok(()),
                End::Stopped(Stop::Interrupted) => {}
                End::Failed(error) => return Err(format!("without any trouble: {error:?}")),
                End::Stopped(Stop::Waiting { .. }) | End::Delivered | End::Crashed => {
                    return Err("a driver left before its time".to_owned());
                }
            }
            for ask in self.help().into_iter().filter(|ask| ask.file) {
                self.process(Job::Deliver(ask), coverage).await?;
            }
        }
        let open = waiting(&self.ledger.borrow().fold);
        Err(format!("the run is not over after {ROUNDS_MAX} rounds of help; it wants {open:?}"))
    }

    /// One process from its start to its end, and what is left of it.
    async fn process(&self, job: Job, coverage: &mut Coverage) -> Result<End, String> {
        let end = match AssertUnwindSafe(self.live(job)).catch_unwind().await {
            Ok(Ok(end)) => end,
            Ok(Err(error)) => {
                coverage.failed(&error);
                End::Failed(error)
            }
            Err(panic) if panic.is::<Crash>() => End::Crashed,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                return Err(format!("the driver panicked: {}", text.unwrap_or_default()));
            }
        };
        if let Some(broken) = self.broken.borrow_mut().take() {
            return Err(broken);
        }
        self.ledger.borrow_mut().look(&self.world, None)?;
        if matches!(end, End::Crashed) {
            coverage.crashed(&self.ledger.borrow().fold);
        }
        Ok(end)
    }

    async fn live(&self, job: Job) -> Result<End, DriveError> {
        let mut driver = Driver::take_over(SimFiles::open(&self.world), self.setup()).await?;
        self.look(driver.state());
        match job {
            Job::Move { mode, people } => {
                let stop = self.drive(&mut driver, mode, people).await?;
                self.check(|ledger| {
                    let state = driver.state().unwrap_or(&ledger.fold);
                    invariants::nothing_is_stuck_in_silence(state)?;
                    invariants::what_stops_is_evidence(ledger, &self.world)?;
                    invariants::a_stop_is_what_it_says(stop, state)
                });
                Ok(End::Stopped(stop))
            }
            Job::Deliver(mut ask) => {
                self.hand_in(&mut driver, &mut ask)?;
                let told = driver.deliver(ask.actor, ask.request).await;
                self.look(driver.state());
                told.map(|_| End::Delivered)
            }
        }
    }

    async fn drive(
        &self,
        driver: &mut Driver<SimFiles, SimWorker, SimClock, SimCommits>,
        mode: Mode,
        people: People,
    ) -> Result<Stop, DriveError> {
        let (sender, receiver) = mpsc::channel(4);
        let (interrupt, raised) = watch::channel(false);
        let mut observe = |state: &RunState, _: &[_]| self.look(Some(state));
        let out = Outside { observe: &mut observe, people: receiver, interrupt: raised };
        let drive = Box::pin(driver.drive(mode, out));
        let crowd = Box::pin(async {
            match people {
                People::Crowd(number) => self.crowd(number, sender).await,
                People::Helpers => self.helpers(sender).await,
            }
            interrupt.send_replace(true);
        });
        match select(drive, crowd).await {
            Either::Left((stop, _)) => stop,
            Either::Right(((), drive)) => drive.await,
        }
    }

    async fn crowd(&self, number: u32, to: mpsc::Sender<Asked>) {
        for _ in 0..number {
            self.pause(12_000).await;
            let ask = self.draw_ask();
            if self.world.trouble(4) {
                self.say(&to, ask.clone()).await;
            }
            self.say(&to, ask).await;
        }
        self.pause(60_000).await;
    }

    async fn helpers(&self, to: mpsc::Sender<Asked>) {
        for _ in 0..LOOKS_MAX {
            let (files, words): (Vec<Ask>, Vec<Ask>) =
                self.help().into_iter().partition(|ask| ask.file);
            if words.is_empty() && !files.is_empty() {
                return;
            }
            for ask in words {
                self.say(&to, ask).await;
            }
            sleep(Duration::from_secs(4)).await;
        }
    }

    fn help(&self) -> Vec<Ask> {
        let asks = people::help(&self.ledger.borrow().fold, self.tries.get());
        self.tries.set(self.tries.get() + usize::from(!asks.is_empty()));
        asks
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

    /// Keeps the file that comes with a request.
    fn hand_in(
        &self,
        driver: &mut Driver<SimFiles, SimWorker, SimClock, SimCommits>,
        ask: &mut Ask,
    ) -> Result<(), DriveError> {
        if !ask.file {
            return Ok(());
        }
        let mut keep = |id: &hardstop_core::ids::StepId| -> Result<Artifact, DriveError> {
            let number = self.world.facts().rng.u32(0..1_000_000);
            let path = format!("steps/{id}/people/{number}.txt");
            driver.keep(path, format!("proof {number}\n").as_bytes())
        };
        match &mut ask.request {
            Request::Tick { step, artifact, .. } => *artifact = Some(keep(step)?),
            Request::Attest { step, artifacts, .. } => artifacts.push(keep(step)?),
            Request::Approve { .. }
            | Request::Reject { .. }
            | Request::Retry { .. }
            | Request::Skip { .. }
            | Request::Hold { .. }
            | Request::Lift { .. }
            | Request::Abort { .. } => {}
        }
        Ok(())
    }

    fn setup(&self) -> Setup<SimWorker, SimClock, SimCommits> {
        let world = Arc::clone(&self.world);
        let policy = if world.trouble(25) {
            let mut facts = world.facts();
            let known = facts.policies.len();
            let older = facts.rng.usize(0..known);
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
            worker: Arc::new(SimWorker(Arc::clone(&world))),
            clock: SimClock(Arc::clone(&world)),
            commits: SimCommits::new(&world),
            key: Arc::clone(&KEY),
            policy,
            workspace: "/workspace".to_owned(),
            repository: "/repository".to_owned(),
            holder: "host/1".to_owned(),
            nonce: Box::new(nonce),
            live: None,
        }
    }

    /// Looks at the disk, and ends the process at once if an invariant is broken.
    fn look(&self, driver: Option<&RunState>) {
        let held = self.ledger.borrow_mut().look(&self.world, driver);
        self.note(held);
    }

    fn check(&self, invariant: impl FnOnce(&Ledger) -> invariants::Checked) {
        let held = invariant(&self.ledger.borrow());
        self.note(held);
    }

    fn note(&self, held: invariants::Checked) {
        if let Err(broken) = held {
            self.broken.borrow_mut().get_or_insert(broken);
            resume_unwind(Box::new(Crash));
        }
    }

    fn failure(&self, why: &str) -> Failure {
        let disk = self.world.disk.reopen();
        let mut files: BTreeMap<String, Vec<u8>> = disk
            .list()
            .unwrap_or_default()
            .into_iter()
            .filter_map(|path| Some((path.clone(), disk.read(&path).ok()?)))
            .collect();
        files.insert(layout::JOURNAL.to_owned(), self.world.journal());
        let (ledger, text) = (self.ledger.borrow(), &self.text);
        Failure { message: format!("{why}\n\n{text}\n{}", ledger.tail()), files }
    }
}
