//! A host over components from files, calls of them, and the middle of many measurements.

use std::{
    collections::BTreeMap,
    fs, io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use hardstop_core::{ids::Digest, model::Grants};
use hardstop_plugin_host::{Components, Host, Options};
use hardstop_ports::plugin::{Call, Leg, Plugins as _};
use tokio::runtime::{Builder, Runtime};

use crate::Fallible;

/// Components by digest, read when they are asked for.
struct Files(BTreeMap<Digest, PathBuf>);

impl Components for Files {
    fn component(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        self.0.get(digest).map(fs::read).transpose()
    }
}

/// A host and the components it has, in the order they were given.
pub(crate) struct Setup {
    pub(crate) host: Host,
    pub(crate) digests: Vec<Digest>,
    /// As that of `hardstop`: one thread, that of the caller.
    pub(crate) runtime: Runtime,
}

/// A host of these bounds.
///
/// * `components`: each as `digest@path`, the digest in hexadecimal digits: who calls a plugin knows
///   its digest.
///
/// # Errors
///
/// If a component is written otherwise, or plugins cannot be run here.
pub(crate) fn setup(options: Options, components: &[&str]) -> Fallible<Setup> {
    let mut files = BTreeMap::new();
    let mut digests = Vec::new();
    for component in components {
        let (digest, path) = component.split_once('@').ok_or("a component is `digest@path`")?;
        let digest = Digest::from_hex(digest)?;
        files.insert(digest, PathBuf::from(path));
        digests.push(digest);
    }
    let host = Host::new(options, Arc::new(Files(files)))?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(Setup { host, digests, runtime })
}

impl Setup {
    /// Calls a component and waits for the answer.
    ///
    /// * Returns how long it took, in microseconds, whatever the answer was.
    pub(crate) fn time(&self, component: usize) -> f64 {
        let call = call(self.digests[component]);
        let start = Instant::now();
        let ended = self.runtime.block_on(self.host.call(call));
        let took = start.elapsed();
        drop(ended);
        micros(took)
    }
}

/// The first leg of an attempt at `act`, with nothing granted.
pub(crate) fn call(digest: Digest) -> Call {
    Call {
        plugin: "demo".to_owned(),
        digest,
        action: "act".to_owned(),
        input: "{}".to_owned(),
        secret_inputs: BTreeMap::new(),
        key: "key-1".to_owned(),
        attempt: 1,
        leg: Leg::Invoke { recovering: false },
        grants: Grants::default(),
        secrets: BTreeMap::new(),
        remaining: Duration::from_mins(1),
    }
}

pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// What `percent` of the measurements do not exceed; 0 if there are none.
pub(crate) fn percentile(samples: &mut [f64], percent: usize) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    samples.get(last * percent / 100).copied().unwrap_or_default()
}
