//! What the plugins of a run may do here, and whether their components are here.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::model::{Grants, PinnedPlugin, Secret};
use hardstop_runbook::{
    Compiled, Config,
    action::{Lock, Locked, Missing, Source, effective},
};

use super::{
    Store, committed,
    host::{RUNS, runs_none},
    shipped,
};
use crate::{
    begin::quoted,
    error::CliError,
    wire::{CONFIG, Site},
};

/// What the configuration grants, for plugins by the digests that runs pinned.
pub(crate) struct Granted {
    /// What is configured for each plugin.
    pub(crate) plugins: BTreeMap<String, Grants>,
    /// The lock file in force.
    pub(crate) lock: Lock,
    /// Where manifests of other digests were kept.
    pub(crate) store: Store,
}

/// What the committed configuration grants.
///
/// # Errors
///
/// If the lock file cannot be understood.
pub(crate) fn granted(site: &Site, config: &Config) -> Result<Granted, CliError> {
    let (plugins, store) = (config.plugins.clone(), site.store());
    Ok(Granted { plugins, lock: committed(site, false)?, store })
}

impl Granted {
    /// The secrets that the configuration brings, each under the name of its plugin and its own.
    pub(crate) fn secrets(&self) -> BTreeMap<String, Secret> {
        let of_plugin = |(plugin, grants): (&String, &Grants)| {
            let sources = grants.secrets.iter().filter_map(|(name, grant)| {
                Some((format!("{plugin}.{name}"), grant.source.clone()?))
            });
            sources.collect::<Vec<_>>()
        };
        self.plugins.iter().flat_map(of_plugin).collect()
    }

    /// What a plugin may do: what the manifest of its pinned component asks for, as far as it is
    /// granted now.
    ///
    /// # Errors
    ///
    /// What is missing, in words.
    pub(crate) fn to(&self, name: &str, pinned: &PinnedPlugin) -> Result<Grants, String> {
        let locked = self.lock.plugins.get(name).filter(|it| it.digest == pinned.digest);
        let kept = || self.store.manifest(&pinned.digest);
        let Some(manifest) = locked.map(|it| it.manifest.clone()).or_else(kept) else {
            return Err(format!(
                "plugin `{name}` {} is not locked any more; bring back the {} that has it, or \
                 rebase the run",
                pinned.digest,
                Lock::PATH
            ));
        };
        let nothing = Grants::default();
        let granted = self.plugins.get(name).unwrap_or(&nothing);
        effective(&manifest, granted).map_err(|missing| in_words(name, &missing))
    }
}

/// Makes sure that a run of this runbook has what it calls: plugins that are locked, components
/// that are here, are what was locked, and are granted what they need. They are kept for as long as
/// the run may go on.
///
/// * `lock`: the one that the runbook was compiled with.
///
/// # Errors
///
/// What is missing, and how to get it.
pub(crate) fn ready(site: &Site, compiled: &Compiled, lock: &Lock) -> Result<(), CliError> {
    if !compiled.unlocked.is_empty() {
        return Err(unlocked(&compiled.unlocked));
    }
    let plugins = compiled.plan.all_plugins();
    if plugins.is_empty() {
        return Ok(());
    }
    if !RUNS {
        let names: Vec<&str> = plugins.into_keys().collect();
        return Err(runs_none(&format!("a run of this would call {}", names.join(", "))));
    }
    let (config, store) = (site.config()?, site.store());
    for (name, locked) in lock.plugins.iter().filter(|(name, _)| plugins.contains_key(&***name)) {
        locked.grants(config.plugins.get(name)).map_err(|missing| ungranted(name, &missing))?;
        let found = store.component(&locked.digest).map_err(|source| CliError::Path {
            path: format!("the component of `{name}`"),
            action: "cannot be read",
            source,
        })?;
        store.keep(&found.ok_or_else(|| absent(name, locked))?, &locked.manifest)?;
    }
    Ok(())
}

/// Actions are called of plugins that nobody locked.
fn unlocked(actions: &BTreeSet<String>) -> CliError {
    let plugins: BTreeSet<&str> = actions.iter().filter_map(|it| it.split('/').next()).collect();
    let plugins = plugins.into_iter().map(|name| match shipped(name) {
        Some(_) => name.to_owned(),
        None => format!("<file or address of {name}>"),
    });
    CliError::usage(
        format!("no plugin is locked for {}", quoted(actions)),
        format!(
            "`hardstop plugin add {}`, and commit the lock file: a run must be able to end, and to \
             be taken back; `hardstop simulate` rehearses it without",
            plugins.collect::<Vec<_>>().join(" ")
        ),
    )
}

/// The configuration keeps a plugin from working.
fn ungranted(name: &str, missing: &[Missing]) -> CliError {
    let is_wrong = |it: &Missing| match it {
        Missing::Unfit { .. } | Missing::Unknown { .. } | Missing::Header { .. } => true,
        Missing::Config { .. } | Missing::Http { .. } | Missing::Secret { .. } => false,
    };
    let hint = if missing.iter().any(is_wrong) {
        format!("correct `plugins.{name}` in {CONFIG} and commit it")
    } else {
        format!("add it to {CONFIG} and commit it")
    };
    CliError::usage(in_words(name, missing), hint)
}

/// The component that was locked is not on this machine.
fn absent(name: &str, locked: &Locked) -> CliError {
    let Locked { digest, source, .. } = locked;
    let (changed, hint) = match (source, shipped(name)) {
        (Source::Shipped, Some(other)) => (
            format!("; this release ships {}", other.digest()),
            format!(
                "`hardstop plugin update {name}` locks that one, or use the release it was locked with"
            ),
        ),
        (Source::Shipped, None) => (
            "; this release ships none of that name".to_owned(),
            "use the release it was locked with".to_owned(),
        ),
        (Source::Path(_) | Source::File(_) | Source::Https(_), _) => (
            String::new(),
            format!(
                "`hardstop plugin verify` fetches it from {source}; `hardstop plugin update {name}` \
                 locks the one that is there now"
            ),
        ),
    };
    CliError::usage(format!("the component of `{name}`, {digest}, is not here{changed}"), hint)
}

/// What is missing, on one line.
fn in_words(name: &str, missing: &[Missing]) -> String {
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("plugin `{name}`: {}", missing.join("; "))
}
