//! `hardstop plugin verify`.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_evidence::digest;
use hardstop_runbook::action::{Lock, Locked};

use crate::{
    error::CliError,
    output::{PluginVerifyView, Printer, VerifiedPlugin},
    plugins::{Store, describe, fetch, present},
    report,
    wire::Site,
};

/// Check that each locked component is here and says of itself what was locked. What is not here is
/// fetched; a component of another digest is refused.
///
/// Ends with 5 if something is not what was locked, and with 2 if a component cannot be had or asked.
#[derive(Args, Debug)]
pub(crate) struct Verify {}

impl Verify {
    /// Checks all that is locked. Ends with 5 if anything is not as it was locked, else with 2 if
    /// anything could not be looked at.
    ///
    /// # Errors
    ///
    /// If the lock file cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let Self {} = self;
        let site = Site::open()?;
        let (lock, store) = (present(&site)?, site.store());
        let (mut plugins, mut code) = (Vec::new(), ExitCode::Done);
        for (name, locked) in &lock.plugins {
            let found = difference(&site, &store, name, locked);
            code = match &found {
                Ok(Some(_)) => ExitCode::Evidence,
                Err(_) if code == ExitCode::Done => ExitCode::Usage,
                Ok(None) | Err(_) => code,
            };
            let error = found.as_ref().map_or_else(Some, Option::as_ref);
            plugins.push(VerifiedPlugin {
                name: name.clone(),
                version: locked.version.clone(),
                digest: locked.digest.to_string(),
                source: locked.source.to_string(),
                problem: error.map(ToString::to_string),
                causes: error.map(report::causes).unwrap_or_default(),
                hint: error.and_then(report::hint),
            });
        }
        out.answer(&PluginVerifyView { plugins }, in_words)?;
        Ok(code)
    }
}

/// In what a component is not what was locked, and what to do about it. One that is, is kept.
///
/// # Errors
///
/// If it cannot be had, asked or kept.
fn difference(
    site: &Site,
    store: &Store,
    name: &str,
    locked: &Locked,
) -> Result<Option<CliError>, CliError> {
    let present = store.component(&locked.digest).ok().flatten();
    let bytes = match present {
        Some(bytes) => bytes,
        None => fetch(&site.root, name, &locked.source)?,
    };
    let found = digest(&bytes);
    if found != locked.digest {
        let message = format!("the component is {found} now, and {} was locked", locked.digest);
        let hint = format!(
            "somebody changed it: find out who; `hardstop plugin update {name}` locks the one that \
             is there now"
        );
        return Ok(Some(CliError::usage(message, hint)));
    }
    let manifest = describe(name, &bytes)?;
    if manifest != locked.manifest {
        let message = "the component says something else of itself than the lock file";
        let hint = format!("{0} was edited: `git restore :/{0}` brings it back", Lock::PATH);
        return Ok(Some(CliError::usage(message, hint)));
    }
    store.keep(&bytes, &manifest)?;
    Ok(None)
}

fn in_words(view: &PluginVerifyView) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for it in &view.plugins {
        let verdict = it.problem.as_deref().unwrap_or("ok");
        let _ = writeln!(text, "{} {}: {verdict}", it.name, it.version);
        for cause in &it.causes {
            let _ = writeln!(text, "  because {cause}");
        }
        if let Some(hint) = &it.hint {
            let _ = writeln!(text, "  hint: {hint}");
        }
    }
    if view.plugins.is_empty() {
        text.push_str("no plugin is locked\n");
    }
    text
}
