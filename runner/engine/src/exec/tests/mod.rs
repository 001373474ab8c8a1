//! Attempts with real processes, and what every such test needs: a repository and a workspace of
//! its own, and a step to fill in.

mod collect;
mod environment;
mod live;
mod output;
mod places;
mod process;
mod reap;
mod secrets;

use std::{collections::BTreeMap, ffi::OsString, path::Path, sync::Arc, time::Duration};

use hardstop_core::{
    event::{Artifact, Cause, Command, EnvValue},
    ids::{AttemptNo, RunId},
    input::Outcome,
    model::{Capture, EvidenceFile, Program, Retry, Run, Secret, Shell},
    time::Millis,
    value::Value,
};
use hardstop_ports::secrets::Secrets;
use tempfile::TempDir;
use tokio::sync::watch;

use super::{Attempt, Exec, Keyring, Leg, Performed, Stop, inherited};

const RUN: &str = "k7f3q9xm2p-20261120-155332";

/// Knows the variable and the file of one secret.
struct OneSecret;

const TOKEN: &str = "correct-horse-battery";

impl Secrets for OneSecret {
    fn variable(&self, name: &str) -> Result<String, String> {
        match name {
            "TOKEN" => Ok(TOKEN.to_owned()),
            "SHORT" => Ok("12345".to_owned()),
            "EMPTY" => Ok(String::new()),
            _ => Err("set its variable".to_owned()),
        }
    }

    fn file(&self, path: &Path) -> Result<String, String> {
        Ok(format!("of {}\r\n", path.display()))
    }
}

/// A step about to be tried, in folders of its own.
struct Trial {
    repository: TempDir,
    workspace: TempDir,
    run: RunId,
    exec: Exec,
    spec: Run,
    command: Command,
    evidence: Vec<EvidenceFile>,
    secrets: BTreeMap<String, Secret>,
    remaining: Duration,
    stop: (watch::Sender<Option<Stop>>, watch::Receiver<Option<Stop>>),
    live: Option<watch::Sender<String>>,
}

impl Trial {
    fn new(program: Program, argv: Vec<String>) -> Self {
        let (repository, workspace) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let path = std::env::var_os("PATH").unwrap();
        let parent = [("PATH".into(), path), ("HARDSTOP_TEST_PARENT".into(), OsString::from("1"))];
        let exec = Exec {
            repository: repository.path().to_owned(),
            workspace: workspace.path().to_owned(),
            allow: None,
            inherited: inherited(parent, &[]),
            secrets: Arc::new(Keyring::new(OneSecret)),
            grace: Duration::from_millis(200),
        };
        let retry = Retry {
            max_attempts: 1,
            delay: Millis(0),
            backoff: 1,
            max_delay: Millis(0),
            on: Vec::new(),
        };
        let spec = Run {
            program,
            env: BTreeMap::new(),
            directory: None,
            timeout: Millis(0),
            retry,
            idempotent: false,
            capture: None,
            until: None,
        };
        let command = Command {
            argv,
            env: BTreeMap::new(),
            directory: String::new(),
            evidence: Vec::new(),
            grants: Vec::new(),
        };
        Self {
            repository,
            workspace,
            run: RUN.parse().unwrap(),
            exec,
            spec,
            command,
            evidence: Vec::new(),
            secrets: BTreeMap::new(),
            remaining: Duration::from_secs(20),
            stop: watch::channel(None),
            live: None,
        }
    }

    fn argv(argv: &[&str]) -> Self {
        let argv: Vec<_> = argv.iter().copied().map(String::from).collect();
        Self::new(Program::Argv(argv.clone()), argv)
    }

    fn sh(text: &str) -> Self {
        Self::new(Program::Script { shell: Shell::Sh, text: text.to_owned() }, Vec::new())
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env.insert(name.to_owned(), EnvValue::Text(value.to_owned()));
        self
    }

    /// Declares the secret `name`, of the variable of that name, and passes it as `SECRET`.
    fn secret(self, name: &str) -> Self {
        let source = Secret::Env(name.to_ascii_uppercase());
        self.secret_from(name, source)
    }

    fn secret_from(mut self, name: &str, source: Secret) -> Self {
        self.secrets.insert(name.to_owned(), source);
        self.command.env.insert("SECRET".to_owned(), EnvValue::Secret(name.to_owned()));
        self
    }

    fn capture(mut self, capture: Capture) -> Self {
        self.spec.capture = Some(capture);
        self
    }

    fn evidence(mut self, id: &str, path: &str) -> Self {
        let (id, file) = (id.to_owned(), path.to_owned());
        self.evidence.push(EvidenceFile {
            id,
            file,
            content: None,
            required: true,
            max_bytes: 1_000,
        });
        self.command.evidence.push(path.to_owned());
        self
    }

    async fn perform(&self) -> Performed {
        let attempt = Attempt {
            run: &self.run,
            step: &"main/try".parse().unwrap(),
            attempt: AttemptNo(2),
            spec: &self.spec,
            evidence: &self.evidence,
            plugins: &BTreeMap::new(),
            secrets: &self.secrets,
            work: &self.command,
            leg: &Leg::Begin { recovering: false },
            remaining: self.remaining,
            since: Millis(0),
            stop: self.stop.1.clone(),
            live: self.live.clone(),
        };
        let performed = self.exec.perform(attempt).await;
        let described: Vec<_> = performed.artifacts().iter().map(|a| a.path.clone()).collect();
        let kept: Vec<_> = performed.files.iter().map(|file| file.path.clone()).collect();
        assert_eq!(described, kept, "every file is described, and nothing else is");
        performed
    }

    /// Performs on a runtime of its own, as the driver does.
    fn run(&self) -> Performed {
        block_on(self.perform())
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Performed {
    fn artifacts(&self) -> Vec<Artifact> {
        self.outcome.clone().into_artifacts()
    }

    /// A kept file by the end of its path, as text.
    fn text(&self, name: &str) -> &str {
        let file = self.files.iter().find(|file| file.path.ends_with(name));
        file.map_or("", |file| std::str::from_utf8(&file.bytes).unwrap())
    }

    fn stdout(&self) -> &str {
        self.text("main/try/2/stdout.log")
    }

    #[track_caller]
    fn outputs(&self) -> &BTreeMap<String, Value> {
        let Outcome::Succeeded { outputs, .. } = &self.outcome else {
            panic!("did not succeed: {:?}", self.outcome)
        };
        outputs
    }

    #[track_caller]
    fn cause(&self) -> &Cause {
        let Outcome::Failed { cause, .. } = &self.outcome else { panic!("did not fail") };
        cause
    }

    /// Asserts that the cause, as it is journaled, holds `text`.
    #[track_caller]
    fn fails_with(&self, text: &str) {
        let cause = format!("{:?}", self.cause());
        assert!(cause.contains(text), "{cause}\ndoes not hold: {text}");
    }
}
