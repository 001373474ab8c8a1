//! What follows a step that must leave evidence starts once that is committed.

use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use hardstop_core::{
    event::{Artifact, Cause, RunResult},
    header::Inputs,
    ids::{RunId, StepId},
    input::Outcome,
    limits::EVIDENCE_FILES_MAX,
    time::{Millis, Reading},
};
use hardstop_evidence::{digest, keys::SigningKey, layout};
use hardstop_ports::{
    evidence::{Checkpoint, CommitError, EvidenceStore},
    fakes::{ManualClock, MemoryEvidence, MemoryLocks, MemoryRun},
    journal::RunFiles as _,
};
use hardstop_tests_kit::{people, picture, plan::plan};
use tokio::sync::{mpsc, watch};

use super::{ChildEnd, ChildMoves, ChildOrder, Children, Driver, Mode, Outside, Setup, Stop};
use super::{StopSwitch, Worker};
use crate::{
    commits::{Desk, Writer},
    exec::{Attempt, Kept, Performed},
    open::NewRun,
};

/// A run, and all that outlives its drivers.
struct Scene {
    disk: MemoryRun,
    branch: MemoryEvidence,
    /// Whether the branch takes nothing.
    refuses: Arc<AtomicBool>,
    /// Whether the branch takes its time.
    slow: Arc<AtomicBool>,
    clock: ManualClock,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// What the branch held when an attempt began.
#[derive(Clone)]
struct Seen {
    step: StepId,
    commits: u64,
    files: BTreeMap<String, Vec<u8>>,
}

impl Seen {
    fn journal(&self) -> String {
        let journal = self.files.get(layout::JOURNAL).cloned().unwrap_or_default();
        String::from_utf8(journal).unwrap()
    }
}

/// The branch as one process sees it.
struct Branch {
    kept: MemoryEvidence,
    refuses: Arc<AtomicBool>,
    slow: Arc<AtomicBool>,
}

impl EvidenceStore for Branch {
    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<String, CommitError> {
        while self.slow.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        if self.refuses.load(Ordering::Relaxed) {
            return Err(CommitError::Unavailable("the disk is full".to_owned()));
        }
        self.kept.commit(checkpoint)
    }
}

/// Does all it is told, and looks at the branch first. What `ask` asks for is never so.
struct Watcher {
    branch: MemoryEvidence,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Worker for Watcher {
    async fn perform(&self, attempt: Attempt<'_>) -> Performed {
        let (step, files) = (attempt.step.clone(), self.branch.files(attempt.run));
        let commits = self.branch.commits();
        self.seen.lock().unwrap().push(Seen { step, commits, files });
        if attempt.step.as_str() == "ask" {
            return Performed::failure(Cause::Exit { code: 1 });
        }
        let left = attempt.evidence.iter().map(|file| {
            let path =
                layout::attempt_file(attempt.step, attempt.attempt, &format!("files/{}", file.id));
            Kept { path, bytes: b"proof\n".to_vec() }
        });
        let files: Vec<Kept> = left.collect();
        let artifacts = files.iter().zip(attempt.evidence).map(|(kept, file)| Artifact {
            path: kept.path.clone(),
            digest: digest(&kept.bytes),
            size_bytes: kept.bytes.len() as u64,
            original_bytes: kept.bytes.len() as u64,
            redactions: 0,
            evidence: Some(file.id.clone()),
        });
        let artifacts = artifacts.collect();
        Performed { outcome: Outcome::Succeeded { outputs: BTreeMap::new(), artifacts }, files }
    }
}

struct Nobody;

impl Children for Nobody {
    fn look_after(&self, _: ChildOrder, _: StopSwitch) -> ChildMoves {
        Box::pin(async { ChildEnd::Waiting { next: None } })
    }
}

type TestDriver = Driver<MemoryRun, Watcher, ManualClock, Desk>;

impl Scene {
    fn new(steps: &str) -> Self {
        let policy = people::solo();
        let pattern = people::header("alice", &policy, picture::START);
        let new = NewRun {
            run: pattern.run,
            product: pattern.product,
            runner_key: pattern.runner_key,
            runbook: pattern.runbook,
            text: String::new(),
            plan: plan(steps),
            inputs: Inputs::default(),
            policy,
            initiator: pattern.initiator.actor,
            parts: Vec::new(),
            created: picture::START,
            trigger: None,
            parent: None,
        };
        let mut disk = MemoryRun::new(new.run.clone());
        for (path, bytes) in new.files().unwrap() {
            disk.write(&path, &bytes).unwrap();
        }
        let now = Reading { wall: picture::START, boot: "boot-1".to_owned(), mono: Millis(0) };
        Self {
            disk,
            branch: MemoryEvidence::default(),
            refuses: Arc::default(),
            slow: Arc::default(),
            clock: ManualClock::new(now),
            seen: Arc::default(),
        }
    }

    fn run(&self) -> &RunId {
        self.disk.run()
    }

    /// The same with so many files more, as if earlier steps had left them.
    fn with_files(mut self, count: usize) -> Self {
        for number in 0..count {
            self.disk.write(&format!("steps/before/1/artifacts/{number}"), b"x").unwrap();
        }
        self
    }

    /// A new process that takes the run over.
    async fn driver(&self) -> TestDriver {
        let (refuses, slow) = (Arc::clone(&self.refuses), Arc::clone(&self.slow));
        let branch = Branch { kept: self.branch.clone(), refuses, slow };
        let worker = Watcher { branch: self.branch.clone(), seen: Arc::clone(&self.seen) };
        let policy = Arc::new(people::solo());
        let setup = Setup {
            worker: Arc::new(worker),
            clock: self.clock.clone(),
            commits: Writer::start(branch).desk(),
            key: Arc::new(SigningKey::from_seed(&[7; 32], "test")),
            locks: Arc::new(MemoryLocks::default()),
            children: Rc::new(Nobody),
            policy: Box::new(move || Arc::clone(&policy)),
            workspace: "/workspace".to_owned(),
            repository: "/repository".to_owned(),
            holder: "host/1".to_owned(),
            nonce: Box::new(|| "0".to_owned()),
            live: None,
        };
        Driver::take_over(self.disk.reopen(), setup).await.unwrap()
    }

    /// Moves the run as far as it goes without waiting.
    async fn drive(&self) -> (Stop, TestDriver) {
        let mut driver = self.driver().await;
        let (_nobody, people) = mpsc::channel(1);
        let (_never, interrupt) = watch::channel(false);
        let mode = Mode { wait_for_time: Millis(0), wait_for_people: false };
        let outside = Outside { observe: &mut |_, _| (), people, interrupt };
        let stop = driver.drive(mode, outside).await.unwrap();
        (stop, driver)
    }

    /// The journal on disk.
    fn journal(&self) -> String {
        String::from_utf8(self.disk.clone().journal().unwrap()).unwrap()
    }

    /// Waits until the journal tells of `event`.
    async fn until(&self, event: &str) {
        while !self.journal().contains(event) {
            tokio::task::yield_now().await;
        }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// What the branch held when the attempt at that step began.
    #[track_caller]
    fn at(&self, step: &str) -> Seen {
        let seen = self.seen();
        let mut of = seen.iter().filter(|it| it.step.as_str() == step);
        let found = of.next().unwrap_or_else(|| panic!("`{step}` never began")).clone();
        assert!(of.next().is_none(), "`{step}` began twice");
        found
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_mins(1), future).await.unwrap() })
}

/// Whether the journal in the evidence tells of `event` of a step.
fn tells(seen: &Seen, event: &str, step: &str) -> bool {
    let (event, step) = (format!("\"{event}\""), format!("\"step\":\"{step}\""));
    seen.journal().lines().any(|line| line.contains(&event) && line.contains(&step))
}

const PROOF: &str = "steps/a/1/files/report";

#[test]
fn what_follows_evidence_starts_once_it_is_committed() {
    block_on(async {
        let scene = Scene::new("run a evidence\nrun b idempotent\nrun c idempotent");
        assert_eq!(scene.drive().await.0, Stop::Closed(RunResult::Succeeded));
        let (b, c) = (scene.at("b"), scene.at("c"));
        assert!(tells(&b, "step.succeeded", "a") && !tells(&b, "attempt.started", "b"));
        assert!(b.files.contains_key(PROOF), "{:?}", b.files.keys());
        // Nothing waits for a step that need not leave any.
        assert_eq!((c.commits, c.journal()), (b.commits, b.journal()));
    });
}

#[test]
fn what_is_beside_a_step_with_evidence_goes_on_and_what_is_new_waits() {
    block_on(async {
        let scene = Scene::new("parallel both\nrun a in=both evidence\nrun b in=both\nrun c");
        assert_eq!(scene.drive().await.0, Stop::Closed(RunResult::Succeeded));
        assert!(!tells(&scene.at("b"), "step.succeeded", "a"));
        assert!(tells(&scene.at("c"), "step.succeeded", "a"));
    });
}

#[test]
fn nothing_starts_while_evidence_is_refused() {
    block_on(async {
        let scene = Scene::new("run a evidence\nrun b");
        scene.refuses.store(true, Ordering::Relaxed);
        let (stop, driver) = scene.drive().await;
        assert_eq!(stop, Stop::Waiting { next: None });
        // It is to be tried again without anybody asking.
        assert_eq!(driver.due(), Some(picture::START));
        let state = driver.state().unwrap();
        assert_eq!(state.evidence_blocked(), Some("the disk is full"));
        drop(driver);
        let before = scene.seen().len();
        assert!(scene.seen().iter().all(|it| it.step.as_str() != "b"));
        assert!(scene.branch.files(scene.run()).is_empty());
        let (stop, _) = scene.drive().await;
        assert_eq!((stop, scene.seen().len()), (Stop::Waiting { next: None }, before));
        scene.refuses.store(false, Ordering::Relaxed);
        assert_eq!(scene.drive().await.0, Stop::Closed(RunResult::Succeeded));
        assert!(tells(&scene.at("b"), "step.succeeded", "a"));
    });
}

/// A driver that takes over does not know what became of the commit before.
#[test]
fn another_driver_commits_before_it_starts_anything() {
    block_on(async {
        let scene = Scene::new("run a evidence\nrun b");
        scene.slow.store(true, Ordering::Relaxed);
        tokio::select! {
            (stop, _) = scene.drive() => panic!("{stop:?} without evidence"),
            () = scene.until("step.succeeded") => {}
        }
        // The first process is gone here, whatever it was doing.
        assert!(scene.branch.files(scene.run()).is_empty());
        assert_eq!(scene.journal().matches("attempt.started").count(), 1);
        scene.slow.store(false, Ordering::Relaxed);
        assert_eq!(scene.drive().await.0, Stop::Closed(RunResult::Succeeded));
        assert!(tells(&scene.at("b"), "step.succeeded", "a"));
        scene.at("a");
    });
}

#[test]
fn a_run_that_has_as_many_files_as_it_may_have_says_so() {
    block_on(async {
        let scene = Scene::new("run a evidence\nrun b").with_files(EVIDENCE_FILES_MAX - 500);
        assert_eq!(scene.drive().await.0, Stop::Waiting { next: None });
        let journal = scene.journal();
        assert!(journal.contains("the run has as many as a run may have"), "{journal}");
        assert!(scene.seen().iter().all(|it| it.step.as_str() != "b"));
        // It can be read back, and so be aborted.
        assert!(scene.disk.list().unwrap().len() < EVIDENCE_FILES_MAX);
        assert_eq!(scene.drive().await.0, Stop::Waiting { next: None });
    });
}

#[test]
fn what_is_asked_again_and_again_ends_before_the_run_is_full() {
    block_on(async {
        let steps = "run ask poll=5000 poll_timeout=60000";
        let scene = Scene::new(steps);
        assert!(matches!(scene.drive().await.0, Stop::Waiting { next: Some(_) }));
        let scene = Scene::new(steps).with_files(EVIDENCE_FILES_MAX / 10 * 9 + 1);
        assert_eq!(scene.drive().await.0, Stop::Waiting { next: None });
        let journal = scene.journal();
        assert!(journal.contains("the rest is for its end: ask less often"), "{journal}");
    });
}
