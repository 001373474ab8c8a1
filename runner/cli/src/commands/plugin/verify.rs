//! `hardstop plugin verify`.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_evidence::digest;
use hardstop_runbook::action::Locked;

use crate::{
    error::CliError,
    output::{PluginVerifyView, Printer, VerifiedPlugin},
    plugins::{Store, describe, fetch, present},
    wire::Site,
};

/// Check that each locked component is here and says of itself what was locked. What is not here is
/// fetched; a component of another digest is refused.
#[derive(Args, Debug)]
pub(crate) struct Verify {}

impl Verify {
    /// Checks all that is locked. Ends with 5 if anything is not as it was locked.
    ///
    /// # Errors
    ///
    /// If the lock file cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let Self {} = self;
        let site = Site::open()?;
        let (lock, store) = (present(&site)?, site.store());
        let plugins = lock.plugins.iter().map(|(name, locked)| {
            let problem = verified(&site, &store, name, locked).err();
            VerifiedPlugin {
                name: name.clone(),
                version: locked.version.clone(),
                digest: locked.digest.to_string(),
                source: locked.source.to_string(),
                problem: problem.map(|error| error.to_string()),
            }
        });
        let view = PluginVerifyView { plugins: plugins.collect() };
        let wrong = view.plugins.iter().any(|it| it.problem.is_some());
        out.answer(&view, in_words)?;
        Ok(if wrong { ExitCode::Evidence } else { ExitCode::Done })
    }
}

fn verified(site: &Site, store: &Store, name: &str, locked: &Locked) -> Result<(), CliError> {
    let present = store.component(&locked.digest).ok().flatten();
    let bytes = match present {
        Some(bytes) => bytes,
        None => fetch(site, name, &locked.source)?,
    };
    let found = digest(&bytes);
    if found != locked.digest {
        return Err(CliError::usage(
            format!("the component is {found} now, and {} was locked", locked.digest),
            "",
        ));
    }
    let manifest = describe(store, name, &bytes)?;
    if manifest != locked.manifest {
        let message = "the component says something else of itself than the lock file";
        return Err(CliError::usage(message, ""));
    }
    store.keep(&bytes, &manifest).map_err(|source| CliError::Path {
        path: format!("the component of `{name}`"),
        action: "cannot be kept",
        source,
    })
}

fn in_words(view: &PluginVerifyView) -> String {
    let mut text = String::new();
    for it in &view.plugins {
        let verdict = it.problem.as_deref().unwrap_or("ok");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {}: {verdict}", it.name, it.version);
    }
    if view.plugins.is_empty() {
        text.push_str("no plugin is locked\n");
    }
    text
}
