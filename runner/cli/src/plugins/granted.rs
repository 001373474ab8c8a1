//! What the plugins of a run may do here, and whether their components are here.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::model::{Grants, PinnedPlugin, Secret};
use hardstop_runbook::{
    Compiled, Config,
    action::{Lock, Missing, effective},
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
            return Err(format!("plugin `{name}` {} is not locked any more", pinned.digest));
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
pub(crate) fn ready(site: &Site, compiled: &Compiled, lock: Lock) -> Result<(), CliError> {
    let unlocked = &compiled.unlocked;
    if !unlocked.is_empty() {
        let plugins: BTreeSet<&str> =
            unlocked.iter().filter_map(|it| it.split('/').next()).collect();
        let plugins: Vec<&str> = plugins.into_iter().collect();
        return Err(CliError::usage(
            format!("no plugin is locked for {}", quoted(unlocked)),
            format!(
                "`hardstop plugin add {}`, and commit the lock file: a run must be able to end, and \
                 to be taken back; `hardstop simulate` rehearses it without",
                plugins.join(" ")
            ),
        ));
    }
    let plugins = compiled.plan.all_plugins();
    if plugins.is_empty() {
        return Ok(());
    }
    if !RUNS {
        let names: Vec<&str> = plugins.into_keys().collect();
        return Err(runs_none(&format!("a run of this would call {}", names.join(", "))));
    }
    let granted = Granted { plugins: site.config()?.plugins, lock, store: site.store() };
    for (name, pinned) in plugins {
        granted
            .to(name, pinned)
            .map_err(|why| CliError::usage(why, format!("add it to {CONFIG} and commit it")))?;
        let Some(locked) = granted.lock.plugins.get(name) else { continue };
        let failed = |source| CliError::Path {
            path: format!("the component of `{name}`"),
            action: "cannot be read or kept",
            source,
        };
        let Some(bytes) = granted.store.component(&pinned.digest).map_err(failed)? else {
            let changed = match shipped(name) {
                Some(other) => format!("; this release ships {}", other.digest()),
                None => String::new(),
            };
            return Err(CliError::usage(
                format!("the component of `{name}`, {}, is not here{changed}", pinned.digest),
                format!(
                    "`hardstop plugin verify` fetches it from {}; `hardstop plugin update {name}` \
                     locks the one that is there now",
                    locked.source
                ),
            ));
        };
        granted.store.keep(&bytes, &locked.manifest).map_err(failed)?;
    }
    Ok(())
}

/// What is missing, on one line.
pub(crate) fn in_words(name: &str, missing: &[Missing]) -> String {
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("plugin `{name}`: {}", missing.join("; "))
}
