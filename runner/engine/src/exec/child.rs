//! A process from its start to its end: its group, its deadline, its output.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    ffi::OsString,
    future::{Future, pending},
    io,
    os::unix::process::ExitStatusExt,
    pin::Pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use hardstop_core::event::Cause;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::{
    process::{Child, Command},
    select,
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use super::{
    cause,
    program::{self, Invocation},
    stream::Stream,
};

/// How long output is still read once the command has ended: what it printed last is in the pipes
/// already, so whoever holds them open longer is a process it left behind.
const DRAIN: Duration = Duration::from_secs(1);
/// How often a stopped group is looked at until it is gone.
const POLL: Duration = Duration::from_millis(10);

/// Why a command is to end before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The run was aborted.
    Aborted,
    /// A person stops the runner.
    Interrupted,
}

impl Stop {
    pub(super) const fn cause(self) -> Cause {
        match self {
            Self::Aborted => Cause::Aborted,
            Self::Interrupted => Cause::Interrupted,
        }
    }
}

/// When and how a command is ended from outside.
pub(super) struct Limits {
    /// It is given up at this instant.
    pub(super) deadline: Instant,
    /// From TERM to KILL.
    pub(super) grace: Duration,
    /// Says when it is to end early.
    pub(super) stop: watch::Receiver<Option<Stop>>,
}

impl Limits {
    /// Returns when the command is to end, and why. A sender that is gone can no longer ask for
    /// an early end, so only the deadline is left.
    async fn reached(&mut self) -> Cause {
        let stopped = async {
            let stop = self.stop.wait_for(Option::is_some).await.ok().and_then(|stop| *stop);
            match stop {
                Some(stop) => stop.cause(),
                None => pending().await,
            }
        };
        select! {
            biased;
            cause = stopped => cause,
            () = sleep_until(self.deadline) => Cause::TimedOut,
        }
    }
}

/// A process group. Unless it is released, dropping it kills it: a driver that gives an attempt
/// up leaves nothing running. Its number stays its own while a member lives; for the second in
/// which an empty group may still be signalled, systems do not hand the number out again.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// The system refuses only if nobody is left to receive the signal, which is as good.
    fn signal(&self, signal: Signal) {
        self.0.map(|id| kill_process_group(id, signal));
    }

    fn is_gone(&self) -> bool {
        self.0.is_none_or(|id| test_kill_process_group(id).is_err())
    }

    fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Both streams of a command being read. Every method may be dropped and called again.
struct Output<'a> {
    reading: Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>>,
    ended: Option<io::Result<()>>,
}

impl<'a> Output<'a> {
    fn of(child: &mut Child, stdout: &'a mut Stream, stderr: &'a mut Stream) -> Self {
        let out = child.stdout.take().expect("stdout is a pipe");
        let err = child.stderr.take().expect("stderr is a pipe");
        let reading = async { tokio::try_join!(stdout.fill(out), stderr.fill(err)).map(drop) };
        Self { reading: Box::pin(reading), ended: None }
    }

    /// Reads until nobody holds the pipes open any more.
    async fn end(&mut self) {
        if self.ended.is_none() {
            self.ended = Some(self.reading.as_mut().await);
        }
    }

    /// Reads for as long as the caller is interested.
    async fn forever(&mut self) -> Infallible {
        self.end().await;
        pending().await
    }

    /// Waits for the command itself, and reads meanwhile: it would block on a full pipe.
    async fn until_exit(&mut self, child: &mut Child) -> io::Result<ExitStatus> {
        select! {
            biased;
            status = child.wait() => status,
            never = self.forever() => match never {},
        }
    }
}

/// Starts `invocation` in a process group of its own and follows it to its end. The streams then
/// hold what it printed.
///
/// Comes back at the latest `grace` and two seconds after the deadline, whatever the command does.
/// Processes that it leaves behind may live on if they let go of its output; those that hold on
/// are killed. Dropped, it kills the whole group at once.
///
/// # Errors
///
/// Why it did not end with code 0.
pub(super) async fn follow(
    invocation: &Invocation,
    environment: BTreeMap<OsString, OsString>,
    mut limits: Limits,
    stdout: &mut Stream,
    stderr: &mut Stream,
) -> Result<(), Cause> {
    let mut child = start(invocation, environment)?;
    let group = Group::of(&child);
    let mut output = Output::of(&mut child, stdout, stderr);
    let early = select! {
        biased;
        status = output.until_exit(&mut child) => Ok(status),
        cause = limits.reached() => Err(cause),
    };
    match early {
        Ok(status) => {
            if timeout(DRAIN, output.end()).await.is_ok() {
                group.release();
            }
            verdict(status, output.ended)
        }
        Err(cause) => {
            end(&mut child, group, &mut output, limits.grace).await;
            Err(cause)
        }
    }
}

fn start(
    invocation: &Invocation,
    environment: BTreeMap<OsString, OsString>,
) -> Result<Child, Cause> {
    Command::new(&invocation.file)
        .arg0(&invocation.argv[0])
        .args(&invocation.argv[1..])
        .current_dir(&invocation.directory)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| program::refused(invocation, &error))
}

/// Asks the whole group to end, and ends what has not after `grace`.
async fn end(child: &mut Child, group: Group, output: &mut Output<'_>, grace: Duration) {
    group.signal(Signal::TERM);
    let over = async {
        // How it ends no longer matters: that it had to be stopped is the outcome.
        drop(output.until_exit(child).await);
        while !group.is_gone() {
            drop(timeout(POLL, output.forever()).await);
        }
    };
    drop(timeout(grace, over).await);
    drop(group);
    // Even a killed process may be stuck in the kernel, on a dead network file system for one.
    drop(timeout(DRAIN, output.until_exit(child)).await);
    drop(timeout(DRAIN, output.end()).await);
}

fn verdict(status: io::Result<ExitStatus>, read: Option<io::Result<()>>) -> Result<(), Cause> {
    let status = status.map_err(|error| {
        cause::storage(format!("nobody can tell how the command ended: {error}"))
    })?;
    match (status.code(), status.signal()) {
        (Some(0), _) => read
            .unwrap_or(Ok(()))
            .map_err(|error| cause::storage(format!("its output could not be read: {error}"))),
        (Some(code), _) => Err(Cause::Exit { code }),
        (None, signal) => Err(Cause::Signal { signal: signal.unwrap_or_default() }),
    }
}
