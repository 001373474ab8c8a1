//! `hardstop plugin info`.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_runbook::action::{self, Locked, Manifest};

use super::add::examined;
use crate::{
    error::CliError,
    output::{ActionView, PluginView, Printer},
    plugins::{present, source},
    wire::{CONFIG, Site},
};

/// Show what a plugin is, what it asks for, what it is granted here, and what it can do.
#[derive(Args, Debug)]
pub(crate) struct Info {
    /// A plugin that is built in, locked or shipped, a file, or an address.
    plugin: String,
}

impl Info {
    /// Prints it. Nothing is locked.
    ///
    /// # Errors
    ///
    /// If there is no such plugin, or it cannot be used.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let lock = present(&site)?;
        let built_in = built_in(&site)?.into_iter().find(|it| it.name == self.plugin);
        let view = if let Some(view) = built_in {
            view
        } else if let Some(it) = lock.plugins.get(&self.plugin) {
            view(&site, it, true)?
        } else {
            let source = source(&site.root, &self.plugin)?;
            view(&site, &examined(&site.root, &self.plugin, source, None)?.locked, false)?
        };
        let verb = if lock.plugins.contains_key(&view.name) {
            format!("update {} --from", view.name)
        } else {
            "add".to_owned()
        };
        out.answer(&view, |view| in_words(view, &verb, &self.plugin))?;
        Ok(ExitCode::Done)
    }
}

/// What there is to know of a plugin.
///
/// # Errors
///
/// If the configuration cannot be read.
pub(super) fn view(site: &Site, it: &Locked, is_locked: bool) -> Result<PluginView, CliError> {
    let config = site.config()?;
    let (granted, missing) = match it.grants(config.plugins.get(&it.manifest.name)) {
        Ok(grants) => {
            let http = grants.http.iter().map(|it| format!("http {it}"));
            let secrets = grants.secrets.iter().map(|(name, it)| {
                format!("secret {name} in {} to {}", it.header, it.hosts.join(", "))
            });
            (http.chain(secrets).collect(), Vec::new())
        }
        Err(missing) => (Vec::new(), missing.iter().map(ToString::to_string).collect()),
    };
    Ok(PluginView {
        digest: Some(it.digest.to_string()),
        source: it.source.to_string(),
        locked: is_locked,
        // What is not locked was fetched this moment.
        here: !is_locked || site.store().component(&it.digest).is_ok_and(|found| found.is_some()),
        granted,
        missing,
        ..described(&it.manifest)
    })
}

/// What there is to know of what is built in.
///
/// # Errors
///
/// If the configuration cannot be read.
pub(super) fn built_in(site: &Site) -> Result<Vec<PluginView>, CliError> {
    let granted = site.config()?.exec.words();
    let missing = if granted.is_empty() {
        vec!["`exec.allow` is empty, so no program may be executed".to_owned()]
    } else {
        Vec::new()
    };
    let view = |manifest| PluginView {
        granted: granted.clone(),
        missing: missing.clone(),
        ..described(&manifest)
    };
    Ok(action::built_in().into_iter().map(view).collect())
}

/// What a manifest says, of something that is built in unless more is known.
fn described(manifest: &Manifest) -> PluginView {
    let actions = manifest.actions.iter().map(|(name, action)| ActionView {
        name: name.clone(),
        summary: action.summary.clone(),
        role: action.role.name(),
        idempotent: action.idempotent,
        long: action.long,
        input: action.input.clone(),
        output: action.output.clone(),
    });
    PluginView {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        summary: manifest.summary.clone(),
        digest: None,
        source: "built in".to_owned(),
        locked: false,
        here: true,
        asks: manifest.asks().into_iter().collect(),
        granted: Vec::new(),
        missing: Vec::new(),
        actions: actions.collect(),
    }
}

/// * `verb`: what locks it, followed by what it is.
/// * `typed`: what it was asked for by, which every command understands.
fn in_words(view: &PluginView, verb: &str, typed: &str) -> String {
    let mut text = format!("{} {}: {}\n", view.name, view.version, view.summary);
    // Writing to a String cannot fail.
    let _ = match &view.digest {
        Some(digest) => writeln!(text, "  from {}, {digest}", view.source),
        None => writeln!(text, "  {}", view.source),
    };
    if !view.locked && view.digest.is_some() {
        let _ = writeln!(text, "  not locked: `hardstop plugin {verb} {typed}`");
    }
    if !view.here {
        let _ = writeln!(text, "  its component is not here: `hardstop plugin verify` fetches it");
    }
    for (what, lines) in [("asks for", &view.asks), ("granted", &view.granted)] {
        for line in lines {
            let _ = writeln!(text, "  {what}: {line}");
        }
    }
    if !view.missing.is_empty() {
        let at = match view.digest {
            Some(_) => format!("plugins.{}", view.name),
            None => view.name.clone(),
        };
        let _ = writeln!(text, "  to be granted in {CONFIG}, at `{at}`:");
        for missing in &view.missing {
            let _ = writeln!(text, "    {missing}");
        }
    }
    for it in &view.actions {
        let marks = [
            (it.role != "action").then_some(it.role),
            it.idempotent.then_some("idempotent"),
            it.long.then_some("long"),
        ];
        let marks: Vec<&str> = marks.into_iter().flatten().collect();
        let marks =
            if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
        let _ = writeln!(text, "\n  {}/{}{marks}\n    {}", view.name, it.name, it.summary);
    }
    let _ = writeln!(text, "\nnext: hardstop plugin docs {typed}");
    text
}
