//! Calls of a shipped component through the real host.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use hardstop_core::{
    ids::Digest,
    model::{Caps, Grants, HttpGrant, SecretGrant},
    time::Millis,
};
use hardstop_plugin_host::{Components, Host, Options};
use hardstop_ports::{
    plugin::{Answer, Call, Ended, Failure, Leg, Plugins as _},
    secrets::SecretValue,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::runtime;

/// The first leg.
pub(crate) const INVOKE: Leg = Leg::Invoke { recovering: false };
/// The key of every attempt.
pub(crate) const KEY: &str = "k7f3q9xm2p-20261120-155332.links.1";
/// The value of every secret, if a test says nothing else.
pub(crate) const SECRET: &str = "correct horse";

/// One shipped plugin, ready.
pub(crate) struct Plugin {
    name: &'static str,
    bytes: Vec<u8>,
    digest: Digest,
    host: Host,
    manifest: OnceLock<Value>,
    /// The value of each of its secrets.
    pub(crate) secret: String,
}

struct One(Digest, Vec<u8>);

impl Components for One {
    fn component(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        Ok((*digest == self.0).then(|| self.1.clone()))
    }
}

impl Plugin {
    /// The component in `plugins/dist`.
    pub(crate) fn shipped(name: &'static str) -> Self {
        let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist");
        let bytes = fs::read(dist.join(format!("{name}.wasm"))).expect("it is shipped");
        let digest = Digest::from_bytes(Sha256::digest(&bytes).into());
        let components = Arc::new(One(digest, bytes.clone()));
        let cache = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("components"));
        let options = Options { threads: 2, cache, ..Options::default() };
        let host = Host::new(options, components).expect("plugins can be run here");
        Self { name, bytes, digest, host, manifest: OnceLock::new(), secret: SECRET.to_owned() }
    }

    /// What it says of itself; the host asks twice and compares.
    pub(crate) fn manifest(&self) -> &Value {
        self.manifest.get_or_init(|| {
            let said = block_on(self.host.describe(self.bytes.clone()));
            serde_json::from_str(&said.expect("it describes itself")).expect("it says JSON")
        })
    }

    /// Names of its actions.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.manifest()["actions"].as_object().expect("it has actions").keys().cloned().collect()
    }

    /// The first way to use an action that its manifest shows.
    pub(crate) fn example(&self, action: &str) -> Value {
        self.manifest()["actions"][action]["examples"][0]["with"].clone()
    }

    /// What it asks for: its settings say `url` wherever they want one, and may send it anything.
    pub(crate) fn grants(&self, url: &str) -> Grants {
        let table = |key: &str| self.manifest()[key].as_object().cloned().unwrap_or_default();
        let config = table("config").into_iter().map(|(key, setting)| {
            let example = setting["example"].as_str().unwrap_or_default().to_owned();
            (key, if example.starts_with("https://") { url.to_owned() } else { example })
        });
        let secrets = table("secrets").into_iter().map(|(name, secret)| {
            let header = secret["header"].as_str().unwrap_or_default().to_owned();
            (name, SecretGrant { source: None, header, hosts: vec!["127.0.0.1".to_owned()] })
        });
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
        let http = HttpGrant {
            scheme: "http".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: port.expect("the URL ends with a port"),
            methods: Vec::new(),
            private: true,
        };
        Grants {
            config: config.collect(),
            http: vec![http],
            secrets: secrets.collect(),
            caps: Caps::default(),
        }
    }

    /// Makes a call with these grants.
    pub(crate) fn call(&self, grants: &Grants, action: &str, with: &Value, leg: Leg) -> Ended {
        let secret = |name: &String| (name.clone(), SecretValue::new(self.secret.clone()));
        let call = Call {
            plugin: self.name.to_owned(),
            digest: self.digest,
            action: action.to_owned(),
            input: with.to_string(),
            secret_inputs: BTreeMap::new(),
            key: KEY.to_owned(),
            attempt: 1,
            leg,
            secrets: grants.secrets.keys().map(secret).collect(),
            grants: grants.clone(),
            remaining: Duration::from_secs(40),
        };
        let ended = block_on(self.host.call(call));
        assert!(!format!("{ended:?}").contains(&self.secret), "a secret came out: {ended:?}");
        ended
    }
}

/// Requests take no longer than this.
pub(crate) fn hurried(mut grants: Grants, time: Duration) -> Grants {
    grants.caps.request_time = Millis(u64::try_from(time.as_millis()).expect("it is short"));
    grants
}

/// The failure a call came to.
#[track_caller]
pub(crate) fn failure(ended: &Ended) -> &Failure {
    match &ended.answer {
        Answer::Failed(failure) | Answer::Over(failure) => failure,
        Answer::Done(_)
        | Answer::Pending(_)
        | Answer::NotStarted
        | Answer::CannotTell(_)
        | Answer::Cancelled => panic!("it did not fail: {ended:?}"),
    }
}

/// What a call gave.
#[track_caller]
pub(crate) fn output(ended: &Ended) -> Value {
    let Answer::Done(output) = &ended.answer else { panic!("it is not done: {ended:?}") };
    serde_json::from_str(&output.value).expect("outputs are JSON")
}

/// With what a call goes on.
#[track_caller]
pub(crate) fn state(ended: &Ended) -> String {
    let Answer::Pending(pending) = &ended.answer else { panic!("it does not go on: {ended:?}") };
    pending.state.clone()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be had").block_on(future)
}
