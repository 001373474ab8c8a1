//! Composition: which adapter stands behind which port, and what is in force here.

use std::{
    env,
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
    process,
    rc::Rc,
    sync::Arc,
};

use hardstop_core::{
    ids::RunId,
    policy::Policy,
    run::{Ending, RunState, StepState},
    time::Timestamp,
    view,
};
use hardstop_engine::{
    action::Hands,
    commits::{Desk, Writer},
    driver::{Driver, Setup},
    exec,
    replay::replay,
};
use hardstop_evidence::{
    digest,
    keys::SigningKey,
    policy::{solo, to_file},
};
use hardstop_git::{EvidenceReader, GitEvidence, Repo};
use hardstop_journal::{FileRun, Holder, LiveRuns, Wake, load_or_create_key};
use hardstop_ports::journal::RunFiles as _;
use hardstop_runbook::Config;
use tokio::sync::watch;

use crate::{clock::SystemClock, error::CliError, nursery::Nursery, output::note, secrets::Local};

/// The product, as runs are stamped with it.
pub(crate) const PRODUCT: &str = concat!("hardstop ", env!("CARGO_PKG_VERSION"));
/// Where the policy of a repository stands.
pub(crate) const POLICY: &str = ".hardstop/policy.yaml";
/// Where the configuration of a repository stands.
pub(crate) const CONFIG: &str = ".hardstop/config.yaml";

/// A run's driver with everything real behind it.
pub(crate) type RunDriver = Driver<FileRun, Hands<SystemClock>, SystemClock, Desk>;

/// The repository a command works in.
pub(crate) struct Site {
    /// The repository.
    pub(crate) repo: Repo,
    /// Its live runs.
    pub(crate) live: LiveRuns,
    /// Where commands run: the top of the work tree, or a bare repository itself.
    pub(crate) root: PathBuf,
    /// This process, for people.
    pub(crate) holder: Holder,
}

/// The current folder.
///
/// # Errors
///
/// If it is gone, or may not be entered.
pub(crate) fn here() -> Result<PathBuf, CliError> {
    env::current_dir().map_err(|source| CliError::Path {
        path: ".".to_owned(),
        action: "cannot be entered",
        source,
    })
}

impl Site {
    /// Opens the repository at or above the current folder.
    ///
    /// # Errors
    ///
    /// If there is none that can be used.
    pub(crate) fn open() -> Result<Self, CliError> {
        Self::at(&here()?)
    }

    /// Opens the repository at or above `place`.
    fn at(place: &Path) -> Result<Self, CliError> {
        let repo = Repo::discover(place)?;
        let root = repo.work_dir().unwrap_or_else(|| repo.common_dir());
        let root = root.canonicalize().map_err(|source| CliError::Path {
            path: root.display().to_string(),
            action: "cannot be entered",
            source,
        })?;
        let holder = holder();
        let live = LiveRuns::new(repo.common_dir(), holder.clone());
        Ok(Self { repo, live, root, holder })
    }

    /// Where secrets come from here.
    pub(crate) fn secrets(&self) -> Local {
        Local { repository: [self.root.clone(), self.repo.common_dir().to_owned()] }
    }

    /// The evidence branch as it is now; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn evidence(&self) -> Result<Option<EvidenceReader>, CliError> {
        Ok(EvidenceReader::open(&self.repo)?)
    }

    /// The policy in force: the committed one, or the embedded `solo` policy.
    ///
    /// # Errors
    ///
    /// If there is one that cannot be understood. It is not passed over.
    pub(crate) fn policy(&self) -> Result<Policy, CliError> {
        let Some(text) = self.committed(POLICY)? else { return Ok(solo().1) };
        let read = hardstop_runbook::policy(POLICY, &text, digest(text.as_bytes()));
        Ok(to_file(read.map_err(|wrong| CliError::Invalid(Box::new(wrong)))?).1)
    }

    /// The configuration in force: the committed one, or the default.
    ///
    /// # Errors
    ///
    /// If there is one that cannot be understood. It is not passed over.
    pub(crate) fn config(&self) -> Result<Config, CliError> {
        let Some(text) = self.committed(CONFIG)? else { return Ok(Config::default()) };
        let config = hardstop_runbook::config(CONFIG, &text)
            .map_err(|wrong| CliError::Invalid(Box::new(wrong)))?;
        let known = Config::default().evidence.branch;
        if config.evidence.branch != known {
            let asked = &config.evidence.branch;
            return Err(CliError::usage(
                format!(
                    "{CONFIG}: `evidence.branch` is `{asked}`; this release knows only `{known}`"
                ),
                "leave `evidence.branch` out",
            ));
        }
        Ok(config)
    }

    /// The text of a file that rules runs: what is committed counts, and nothing else.
    fn committed(&self, path: &str) -> Result<Option<String>, CliError> {
        let source = self.repo.source(path)?;
        match (&source.committed, source.is_draft()) {
            (Some(_), true) => note(format!(
                "note: {path} was edited since it was committed; the committed one is in force"
            )),
            (None, true) => note(format!("note: {path} is not committed, so it is not in force")),
            (_, false) => {}
        }
        let text = source.committed.map(String::from_utf8).transpose();
        text.map_err(|_| {
            CliError::usage(format!("{path} is not UTF-8"), "save it as UTF-8 and commit it")
        })
    }

    /// The runner's key, made if this is the first time.
    ///
    /// # Errors
    ///
    /// If it cannot be read or made.
    pub(crate) fn key(&self) -> Result<SigningKey, CliError> {
        let seed: [u8; 32] = random()?;
        let new_key = || {
            let comment = format!("hardstop@{}", self.holder.host);
            SigningKey::from_seed(&seed, &comment).to_openssh().into_bytes()
        };
        let text = load_or_create_key(self.repo.common_dir(), new_key)?;
        SigningKey::from_openssh(&String::from_utf8_lossy(&text)).map_err(CliError::Key)
    }

    /// Everything that moves runs here.
    ///
    /// # Errors
    ///
    /// If any of it cannot be had.
    pub(crate) fn machine(self) -> Result<Machine, CliError> {
        let policy = Arc::new(self.policy()?);
        let config = self.config()?;
        let key = self.key()?;
        let writer = Writer::start(GitEvidence::open(&self.repo, key.clone())?);
        Ok(Machine { site: self, policy, config, key: Arc::new(key), writer })
    }
}

/// How far the evidence of a run is known to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// A driver has just committed all of it.
    Committed,
    /// Something went wrong.
    Unknown,
}

impl<T, E> From<&Result<T, E>> for Evidence {
    /// A driver that returns well has committed everything, or has the run say why it could not.
    fn from(driven: &Result<T, E>) -> Self {
        if driven.is_ok() { Self::Committed } else { Self::Unknown }
    }
}

/// What moves runs.
pub(crate) struct Machine {
    /// The repository.
    pub(crate) site: Site,
    /// The policy in force.
    pub(crate) policy: Arc<Policy>,
    /// What is granted, and what starts runs.
    pub(crate) config: Config,
    /// Seals evidence.
    pub(crate) key: Arc<SigningKey>,
    /// Commits evidence.
    writer: Writer,
}

impl Machine {
    /// The same machine with a hand of its own on the repository, for what outlives a borrow.
    fn again(&self) -> Result<Self, CliError> {
        Ok(Self {
            site: Site::at(&self.site.root)?,
            policy: Arc::clone(&self.policy),
            config: self.config.clone(),
            key: Arc::clone(&self.key),
            writer: self.writer.clone(),
        })
    }

    /// Takes a run over, after ending whatever a crashed runner left of it.
    ///
    /// * `live`: where the last line of a command's output is shown.
    ///
    /// # Errors
    ///
    /// If the run cannot be read back or written.
    pub(crate) async fn take_over(
        &self,
        mut files: FileRun,
        live: Option<watch::Sender<String>>,
    ) -> Result<RunDriver, CliError> {
        let run = files.run().clone();
        let journal = files.journal()?;
        if journal.is_empty() {
            // It may be what a crash left of its opening.
            files = self.admitted(files)?;
        } else if was_running(&files, &journal)? {
            let ended = exec::reap(&run);
            if ended > 0 {
                note(format!("ended {ended} processes that a runner of {run} had left behind"));
            }
        }
        let workspace = files.workspace()?.to_owned();
        let holder = &self.site.holder;
        let again = Rc::new(self.again()?);
        let setup = Setup {
            locks: Arc::new(self.site.live.locks()),
            children: Rc::new(Nursery(Rc::clone(&again))),
            worker: Arc::new(self.hands(workspace.clone())?),
            clock: SystemClock,
            commits: self.writer.desk(),
            key: Arc::clone(&self.key),
            policy: in_force(again),
            workspace: workspace.display().to_string(),
            repository: self.site.root.display().to_string(),
            holder: format!("process {} on {}", holder.pid, holder.host),
            nonce: Box::new(nonce),
            live,
        };
        let driver = Driver::take_over(files, setup).await;
        let driver = driver.map_err(|source| CliError::Drive { run: run.clone(), source })?;
        let seen = driver.state().and_then(RunState::policy);
        let Policy { version, digest, .. } = *self.policy;
        if seen.is_some_and(|(seen, its)| version < seen || version == seen && digest != its) {
            note(format!(
                "the policy went back since run {} saw it, so nothing of it may be decided; \
                 commit a policy with a higher version",
                run.short()
            ));
        }
        Ok(driver)
    }

    /// Gives a run back: notes when it is due, or removes it if it is over.
    ///
    /// * `evidence`: whether all of it is committed. A run that is over stays where it is until
    ///   it is.
    ///
    /// # Errors
    ///
    /// If that cannot be written. Nothing is lost: the next command does it again.
    pub(crate) fn give_back(&self, driver: RunDriver, evidence: Evidence) -> Result<(), CliError> {
        let noted = driver.state().map(|state| {
            let closed = matches!(state.ending(), Ending::Closed(_));
            (closed, view::status(state).to_string(), driver.due())
        });
        let files = driver.into_files();
        match noted {
            Some((true, ..)) if evidence == Evidence::Committed => {
                if let Some(left) = self.site.live.remove(files)? {
                    let left = left.display();
                    note(format!("the run's commands left files, and they are yours now: {left}"));
                }
            }
            Some((false, status, at)) => {
                files.note_wake(&Wake { journal_bytes: files.journal_bytes(), status, at })?;
            }
            Some((true, ..)) | None => {}
        }
        Ok(())
    }
}

/// Whether the journal ends with a command under way: only then can there be leftovers.
fn was_running(files: &FileRun, journal: &[u8]) -> Result<bool, CliError> {
    let run = files.run().clone();
    let replayed = replay(&run, journal, |path| files.read(path))
        .map_err(|source| CliError::Replay { run, source })?;
    let running = |state: &StepState| matches!(state, StepState::Running { .. });
    Ok(replayed.snapshot.state.active().any(|step| running(step.state)))
}

/// The policy in force, read anew with each commit. One that cannot be read does not count.
fn in_force(machine: Rc<Machine>) -> Box<dyn FnMut() -> Arc<Policy>> {
    let mut policy = Arc::clone(&machine.policy);
    let mut seen = machine.site.repo.head_commit().ok();
    Box::new(move || {
        let head = machine.site.repo.head_commit().ok();
        if head.is_some() && head != seen {
            seen = head;
            match machine.site.policy() {
                Ok(newer) => policy = Arc::new(newer),
                Err(error) => note(format!("note: the policy did not change: {error}")),
            }
        }
        Arc::clone(&policy)
    })
}

/// A new run's id.
///
/// # Errors
///
/// If the system gives no randomness.
pub(crate) fn new_run_id(now: Timestamp) -> Result<RunId, CliError> {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let random: [u8; 10] = random()?;
    // 256 is not a multiple of 36; the slight preference for early letters costs nothing here.
    let name: String =
        random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % 36])).collect();
    let text = now.to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{name}-{}-{}", &digits[..8], &digits[8..]).parse().map_err(|_| {
        CliError::usage("the clock of this machine is wrong", "set it, and run the command again")
    })
}

/// Text nobody can guess.
fn nonce() -> String {
    let random: [u8; 16] = random().expect("the machine drew from the same source to be made");
    random.iter().fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn random<const N: usize>() -> Result<[u8; N], CliError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| CliError::System {
        what: "the system gives no randomness",
        source: io::Error::other(error.to_string()),
    })?;
    Ok(bytes)
}

fn holder() -> Holder {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    // The verb alone: what else was typed may be what is refused later.
    let verb = env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let command = hardstop_engine::documents::sanitise::line(&format!("hardstop {verb}"), 40);
    Holder { pid: process::id(), host, since: SystemClock::now(), command }
}

/// Runs `work` on this thread.
///
/// # Errors
///
/// Those of `work`, and if the system gives no runtime.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|source| CliError::System { what: "the runtime cannot be started", source })?
        .block_on(work)
}
