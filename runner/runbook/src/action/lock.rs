//! `hardstop.lock`: the plugins a repository's runbooks may call, each by its digest.

use std::collections::BTreeMap;

use hardstop_core::{
    ids::Digest,
    limits::RUNBOOK_BYTES_MAX,
    model::{Grants, PinnedPlugin},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{
    built_in::is_built_in,
    examine::{UNPLAIN, is_name, plain, said, short},
    manifest::{Action, Manifest},
    source::Source,
};

/// The plugins that runbooks may call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// By name.
    pub plugins: BTreeMap<String, Locked>,
}

/// One plugin, exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// What its manifest calls its release.
    pub version: String,
    /// The digest of its component: no other is run.
    pub digest: Digest,
    /// Where the component comes from.
    pub source: Source,
    /// What it said of itself when it was locked.
    pub manifest: Manifest,
}

/// A lock file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {why}", Lock::PATH)]
pub struct InvalidLock {
    /// What is wrong, and what to do.
    pub why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u64,
    plugins: BTreeMap<String, Locked>,
}

/// What every version of the file has.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

impl Lock {
    /// Where it stands, from the top of the repository.
    pub const PATH: &'static str = "hardstop.lock";
    /// The most bytes it may have.
    pub const BYTES_MAX: usize = RUNBOOK_BYTES_MAX;
    const VERSION: u64 = 1;

    /// Reads the file. Schemas in it were examined when they were locked; they are again before
    /// one is used.
    ///
    /// # Errors
    ///
    /// If it is not what [`Lock::to_text`] writes, byte for byte: whatever readers of JSON differ
    /// on, such as a name that stands twice, is then refused.
    pub fn parse(text: &str) -> Result<Self, InvalidLock> {
        let wrong = |why: String| InvalidLock { why };
        if text.len() > Self::BYTES_MAX {
            let most = Self::BYTES_MAX;
            return Err(wrong(format!("it has {} bytes; at most {most} are read", text.len())));
        }
        if text.contains("<<<<<<<") {
            let help = "keep one side, and `hardstop plugin add` what the other had more";
            return Err(wrong(format!("a merge of two versions is not finished: {help}")));
        }
        let unreadable =
            |error: serde_json::Error| wrong(format!("it cannot be read: {}", said(&error)));
        let version = serde_json::from_str::<Versioned>(text).map_err(unreadable)?.version;
        if version != Self::VERSION {
            let known = Self::VERSION;
            return Err(wrong(format!(
                "it has version {version}; this release knows {known} only"
            )));
        }
        let File { plugins, .. } = serde_json::from_str(text).map_err(unreadable)?;
        for (name, locked) in &plugins {
            if !is_name(name) || *name != locked.manifest.name {
                let other = short(&locked.manifest.name);
                return Err(wrong(format!("`{}` holds the manifest of `{other}`", short(name))));
            }
            if is_built_in(name) {
                let help = "take it out; nothing is to be locked for it";
                return Err(wrong(format!("`{name}` is built in: {help}")));
            }
            if locked.version != locked.manifest.version {
                return Err(wrong(format!("`{name}` says two versions")));
            }
        }
        let lock = Self { plugins };
        let json = lock.to_json();
        if text_of(&json) != text {
            let help = "restore it with git, and change it by `hardstop plugin` alone";
            return Err(wrong(format!("it is not as hardstop writes it: {help}")));
        }
        plain("", &json).map_err(|at| wrong(format!("{at}: {UNPLAIN}")))?;
        Ok(lock)
    }

    /// The file's text: pretty JSON, names in order, a line break at the end.
    pub fn to_text(&self) -> String {
        text_of(&self.to_json())
    }

    fn to_json(&self) -> Value {
        let file = File { version: Self::VERSION, plugins: self.plugins.clone() };
        serde_json::to_value(file).expect("whatever is locked is JSON")
    }

    /// The plugin and the action that `uses` names, if both are there.
    pub fn action(&self, uses: &str) -> Option<(&Locked, &Action)> {
        let (plugin, action) = uses.split_once('/')?;
        let locked = self.plugins.get(plugin)?;
        Some((locked, locked.manifest.actions.get(action)?))
    }
}

fn text_of(json: &Value) -> String {
    format!("{json:#}\n")
}

impl Locked {
    /// What a plan keeps of it.
    pub fn pinned(&self) -> PinnedPlugin {
        let Self { version, digest, manifest, .. } = self;
        PinnedPlugin { version: version.clone(), digest: *digest, asks: manifest.asks() }
    }

    /// What it may do here, where it is granted `granted`: nothing if it is not granted anything.
    ///
    /// # Errors
    ///
    /// As [`effective`](super::effective).
    pub fn grants(&self, granted: Option<&Grants>) -> Result<Grants, Vec<super::Missing>> {
        let nothing = Grants::default();
        super::effective(&self.manifest, granted.unwrap_or(&nothing))
    }
}
