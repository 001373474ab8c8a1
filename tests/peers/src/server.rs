//! One process of others: started on a free port, waited for, and ended with all it started.

use std::{
    fs,
    io::{self, Write as _},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;
use ureq::{Agent, Body, http::Response};

/// What a server has for its first answer: tens of times what it needs on a machine with nothing
/// else to do.
const READY_MAX: Duration = Duration::from_secs(50);
/// Between two looks at whether it answers.
const LOOK: Duration = Duration::from_millis(50);
/// A port that is free may be taken by somebody else before the server has it.
const TRIES: usize = 3;

/// A running server. Dropped, or left behind by a test that was killed, it ends; if the test failed,
/// what it printed is shown.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    url: String,
    /// Keeps cookies; errors of HTTP are answers.
    agent: Agent,
}

impl Server {
    /// Starts what `command` makes of a folder and a port, and waits until `ready` is answered.
    ///
    /// # Panics
    ///
    /// If it ends or does not answer in time, with what it printed.
    pub(crate) fn start(
        folder: TempDir,
        ready: &str,
        command: impl Fn(&Path, u16) -> Command,
    ) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = Agent::new_with_config(config.max_redirects_will_error(false).build());
        let mut folder = folder;
        for _ in 0..TRIES {
            let port = free_port();
            let child = spawn(&command(folder.path(), port), folder.path());
            let url = format!("http://127.0.0.1:{port}");
            let mut server = Self { child, folder, url, agent: agent.clone() };
            if server.answers(ready) {
                return server;
            }
            folder = server.abandon();
        }
        panic!("the server ended {TRIES} times: {}", traces(folder.path()));
    }

    /// Waits for the first answer; false if the process ended before.
    fn answers(&mut self, ready: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < READY_MAX {
            let asked = self.agent.get(format!("{}{ready}", self.url)).call();
            if asked.is_ok_and(|answer| answer.status() == 200) {
                return true;
            }
            if self.child.try_wait().expect("it can be waited for").is_some() {
                return false;
            }
            thread::sleep(LOOK);
        }
        panic!("no answer to {ready} within {} s", READY_MAX.as_secs());
    }

    /// Ends it and keeps the folder.
    fn abandon(mut self) -> TempDir {
        let empty = TempDir::new().expect("there is room");
        std::mem::replace(&mut self.folder, empty)
    }

    /// Where it is, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its folder, which vanishes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What keeps its cookies.
    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The JSON at `path`.
    pub(crate) fn get(&self, path: &str) -> Value {
        json(self.agent.get(format!("{}{path}", self.url)).call())
    }

    /// The JSON that is answered to `body`; null if there is none.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        json(self.agent.post(format!("{}{path}", self.url)).send_json(body))
    }
}

/// Waits until `look` finds something.
///
/// # Panics
///
/// If it never does.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < READY_MAX, "in vain: {what}");
        thread::sleep(LOOK);
    }
}

pub(crate) fn json(answer: Result<Response<Body>, ureq::Error>) -> Value {
    let mut answer = answer.expect("it answers");
    let status = answer.status();
    let text = answer.body_mut().read_to_string().expect("the answer is text");
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}

/// Runs a program until its own input ends, which is when whoever started it is gone, however that
/// went: a test killed by its time limit drops nothing.
const WHILE_WATCHED: &str = r#"exec 3<&0
(cat <&3 >/dev/null; kill -KILL 0) &
exec "$@" 3<&- </dev/null"#;

fn spawn(server: &Command, folder: &Path) -> Child {
    let traces = fs::File::create(folder.join("traces")).expect("there is room");
    let copy = traces.try_clone().expect("there are descriptors");
    let mut command = Command::new("sh");
    command.args(["-c", WHILE_WATCHED, "sh"]).arg(server.get_program()).args(server.get_args());
    command.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(folder).stdin(Stdio::piped()).stdout(traces).stderr(copy);
    // A group of its own, so that it can be ended with all it started.
    command.process_group(0).spawn().expect("an installed server can be started")
}

/// What it printed, and what it wrote into the log that those in Python keep.
fn traces(folder: &Path) -> String {
    let read = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
    ["traces", "twistd.log"].map(read).concat()
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // Fails only if nobody of the group is left.
            _ = kill_process_group(group, Signal::KILL);
        }
        drop(self.child.wait());
        if thread::panicking() {
            drop(writeln!(io::stderr(), "-- the server printed:\n{}", traces(self.folder.path())));
        }
    }
}
