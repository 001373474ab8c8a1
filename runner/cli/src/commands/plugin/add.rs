//! `hardstop plugin add`.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use clap::Args;
use hardstop_core::{exit::ExitCode, ids::Digest};
use hardstop_evidence::digest;
use hardstop_runbook::action::{Lock, Locked, Source};

use crate::{
    error::CliError,
    output::{PluginChange, PluginsChangedView, Printer},
    plugins::{describe, fetch, present, source, write},
    wire::{CONFIG, Site, here},
};

/// Lock plugins: from now on runbooks may call them, and calls are checked against them.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Each the name of a shipped plugin, a file, or an address that begins with `https://`.
    #[arg(required = true, value_name = "PLUGIN")]
    plugins: Vec<String>,
    /// The digest that the component must have, `sha256:…`; for one plugin.
    #[arg(long, value_name = "DIGEST", value_parser = parse_digest)]
    digest: Option<Digest>,
}

impl Add {
    /// Fetches, describes and locks.
    ///
    /// # Errors
    ///
    /// If a component cannot be had or used, or one of its name is locked already. Nothing is
    /// locked then.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let mut lock = present(&site)?;
        if self.digest.is_some() && self.plugins.len() > 1 {
            let hint = "add them one after the other";
            return Err(CliError::usage("`--digest` is that of one plugin", hint));
        }
        let mut changed = Vec::new();
        for typed in &self.plugins {
            let source = source(&site.root, typed)?;
            let examined = examined(&site.root, typed, source, self.digest)?;
            let locked = &examined.locked;
            let name = locked.manifest.name.clone();
            if let Some(present) = lock.plugins.get(&name).filter(|it| *it != locked) {
                return Err(CliError::usage(
                    format!(
                        "plugin `{name}` is locked already: {} from {}",
                        present.version, present.source
                    ),
                    format!("`hardstop plugin update {name} --from {typed}` locks another"),
                ));
            }
            let change = change(&site, None, locked)?;
            lock.plugins.insert(name, locked.clone());
            changed.push((examined, change));
        }
        written(&site, &lock, changed, out)
    }
}

pub(super) fn parse_digest(text: &str) -> Result<Digest, String> {
    Digest::try_from(text.to_owned()).map_err(|error| format!("a digest is {}", error.rule))
}

/// A component that was looked into.
pub(super) struct Examined {
    /// As the lock file would have it.
    pub(super) locked: Locked,
    bytes: Vec<u8>,
}

/// Fetches a component and asks it what it is. Nothing of it is kept.
///
/// * `root`: the top of the repository.
/// * `name`: which of the shipped ones.
/// * `expected`: the digest it must have.
///
/// # Errors
///
/// If it cannot be had or used, or is another one.
pub(super) fn examined(
    root: &Path,
    name: &str,
    source: Source,
    expected: Option<Digest>,
) -> Result<Examined, CliError> {
    let bytes = fetch(root, name, &source)?;
    let digest = digest(&bytes);
    if let Some(expected) = expected.filter(|expected| *expected != digest) {
        return Err(CliError::usage(
            format!("the component is {digest}, not {expected}"),
            "somebody changed it: find out who and why before you use it",
        ));
    }
    let manifest = describe(name, &bytes)?;
    if source == Source::Shipped && manifest.name != name {
        let message = format!("the component shipped as `{name}` calls itself `{}`", manifest.name);
        return Err(CliError::usage(message, "this is a fault of this release: report it"));
    }
    let locked = Locked { version: manifest.version.clone(), digest, source, manifest };
    Ok(Examined { locked, bytes })
}

/// Writes the lock file, keeps the components that it names and that are not shipped, and tells.
///
/// # Errors
///
/// If something cannot be written.
pub(super) fn written(
    site: &Site,
    lock: &Lock,
    changed: Vec<(Examined, PluginChange)>,
    out: &Printer,
) -> Result<ExitCode, CliError> {
    write(site, lock)?;
    let store = site.store();
    let mut plugins = Vec::with_capacity(changed.len());
    for (Examined { locked, bytes }, change) in changed {
        if locked.source != Source::Shipped {
            store.keep(&bytes, &locked.manifest)?;
        }
        plugins.push(change);
    }
    // Git names files from the folder it is called in, or from the top.
    let top = if here()? == site.root { "" } else { ":/" };
    let view = PluginsChangedView { lock: Lock::PATH, plugins };
    out.answer(&view, |view| in_words(view, top))?;
    Ok(ExitCode::Done)
}

/// What is different about a plugin now.
///
/// # Errors
///
/// If the configuration cannot be read.
pub(super) fn change(
    site: &Site,
    before: Option<&Locked>,
    after: &Locked,
) -> Result<PluginChange, CliError> {
    let config = site.config()?;
    let missing = after.grants(config.plugins.get(&after.manifest.name)).err().unwrap_or_default();
    let old = before.map(|it| it.manifest.asks()).unwrap_or_default();
    let new = after.manifest.asks();
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>()
    };
    Ok(PluginChange {
        name: after.manifest.name.clone(),
        summary: after.manifest.summary.clone(),
        before: before.map(|it| it.version.clone()),
        version: after.version.clone(),
        digest: after.digest.to_string(),
        source: after.source.to_string(),
        changed: before.is_none_or(|it| it.digest != after.digest),
        actions: after.manifest.actions.keys().cloned().collect(),
        asks_more: only(&new, &old),
        asks_less: only(&old, &new),
        missing: missing.iter().map(ToString::to_string).collect(),
    })
}

/// What was locked, and what is to be done for it to work.
///
/// * `top`: what stands before a path of the repository.
fn in_words(view: &PluginsChangedView, top: &str) -> String {
    let mut text = String::new();
    for it in &view.plugins {
        let version = match &it.before {
            None => format!("locked {}", it.version),
            Some(_) if !it.changed => format!("{} as before", it.version),
            Some(before) => format!("{before} -> {}", it.version),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}: {version} ({})", it.name, it.source);
        let _ = writeln!(text, "  {}", it.summary);
        let _ = writeln!(text, "  {}", it.digest);
        let _ = writeln!(text, "  actions: {}", it.actions.join(", "));
        let more = if it.before.is_some() { "asks for more" } else { "asks for" };
        for (what, asks) in [(more, &it.asks_more), ("no longer asks for", &it.asks_less)] {
            for ask in asks {
                let _ = writeln!(text, "  {what}: {ask}");
            }
        }
        if !it.missing.is_empty() {
            let _ = writeln!(text, "  to be granted in {CONFIG}, at `plugins.{}`:", it.name);
            for missing in &it.missing {
                let _ = writeln!(text, "    {missing}");
            }
        }
    }
    let changed: Vec<&PluginChange> = view.plugins.iter().filter(|it| it.changed).collect();
    if !changed.is_empty() {
        let components = changed.iter().filter_map(|it| it.source.strip_prefix("path:"));
        let files = [view.lock].into_iter().chain(components);
        let files: Vec<String> = files.map(|path| format!("{top}{path}")).collect();
        let _ = writeln!(text, "next: git add {} && git commit", files.join(" "));
    }
    text
}
