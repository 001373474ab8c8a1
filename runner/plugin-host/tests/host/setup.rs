//! A host over components in memory, and calls of them.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use hardstop_core::{ids::Digest, model::Grants};
use hardstop_plugin_host::{Components, Host, Options};
use hardstop_ports::plugin::{Answer, Call, Ended, Failure, Leg, Plugins as _};
use sha2::{Digest as _, Sha256};

use crate::guest::{ANSWER, Guest};

/// Components by digest; one may also be filed under a digest that is not its own.
#[derive(Default)]
pub(crate) struct Folder(Mutex<HashMap<Digest, Vec<u8>>>);

impl Folder {
    pub(crate) fn put(&self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::from_bytes(Sha256::digest(&bytes).into());
        self.put_as(digest, bytes);
        digest
    }

    pub(crate) fn put_as(&self, digest: Digest, bytes: Vec<u8>) {
        self.0.lock().expect("nobody panicked").insert(digest, bytes);
    }
}

impl Components for Folder {
    fn component(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().expect("nobody panicked").get(digest).cloned())
    }
}

pub(crate) struct Setup {
    pub(crate) host: Host,
    pub(crate) folder: Arc<Folder>,
}

/// Small bounds, so that tests are quick.
pub(crate) fn options() -> Options {
    Options {
        threads: 2,
        calls: 4,
        memory: 16 * 1024 * 1024,
        cpu: Duration::from_millis(300),
        ..Options::default()
    }
}

pub(crate) fn setup(options: Options) -> Setup {
    let folder = Arc::new(Folder::default());
    let components: Arc<dyn Components> = Arc::<Folder>::clone(&folder);
    Setup { host: Host::new(options, components).expect("plugins can be run here"), folder }
}

impl Setup {
    /// Invokes it.
    pub(crate) async fn invoke(&self, guest: &Guest) -> Ended {
        self.call(guest, INVOKE).await
    }

    pub(crate) async fn call(&self, guest: &Guest, leg: Leg) -> Ended {
        let call = call(self.folder.put(guest.build()), leg);
        self.host.call(call).await
    }

    /// The failure of an invocation, and proof that the host is well afterwards.
    pub(crate) async fn fails(&self, guest: &Guest) -> Failure {
        let failure = failure(self.invoke(guest).await);
        self.is_well().await;
        failure
    }

    /// A plugin that does nothing, does it.
    pub(crate) async fn is_well(&self) {
        let guest = Guest::new().done("{\"n\":1}").invoke(&format!("i32.const {ANSWER}"));
        let ended = self.invoke(&guest).await;
        assert!(
            matches!(&ended.answer, Answer::Done(output) if output.value == "{\"n\":1}"),
            "{ended:?}"
        );
    }
}

pub(crate) fn call(digest: Digest, leg: Leg) -> Call {
    Call {
        plugin: "demo".to_owned(),
        digest,
        action: "act".to_owned(),
        input: "{}".to_owned(),
        secret_inputs: BTreeMap::new(),
        key: "key-1".to_owned(),
        attempt: 1,
        leg,
        grants: Grants::default(),
        secrets: BTreeMap::new(),
        remaining: Duration::from_secs(20),
    }
}

#[track_caller]
pub(crate) fn failure(ended: Ended) -> Failure {
    let Answer::Failed(failure) = ended.answer else { panic!("it did not fail: {ended:?}") };
    failure
}

/// What it gave.
#[track_caller]
pub(crate) fn value(ended: &Ended) -> &str {
    let Answer::Done(output) = &ended.answer else { panic!("it is not done: {ended:?}") };
    &output.value
}

/// The first leg.
pub(crate) const INVOKE: Leg = Leg::Invoke { recovering: false };
