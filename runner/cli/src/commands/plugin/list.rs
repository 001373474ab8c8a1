//! `hardstop plugin list`.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::exit::ExitCode;

use super::info::{built_in, view};
use crate::{
    error::CliError,
    output::{PluginListView, Printer, ShippedView},
    plugins::{RUNS, RUNS_NONE, RUNS_NONE_FIX, SHIPPED, present},
    wire::Site,
};

/// List what is built in, the plugins that are locked, and those that are shipped with this program.
#[derive(Args, Debug)]
pub(crate) struct List {}

impl List {
    /// Prints them.
    ///
    /// # Errors
    ///
    /// If the lock file or the configuration cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let Self {} = self;
        let site = Site::open()?;
        let lock = present(&site)?;
        let mut locked = Vec::new();
        for it in lock.plugins.values() {
            locked.push(view(&site, it, true)?);
        }
        let shipped = SHIPPED.iter().map(|it| ShippedView {
            name: it.name.to_owned(),
            digest: it.digest().to_string(),
            locked: lock.plugins.get(it.name).is_some_and(|locked| locked.digest == it.digest()),
        });
        let (built_in, shipped) = (built_in(&site)?, shipped.collect());
        let view = PluginListView { locked, built_in, shipped, runs: RUNS };
        out.answer(&view, in_words)?;
        Ok(ExitCode::Done)
    }
}

fn in_words(view: &PluginListView) -> String {
    let mut text = String::new();
    for it in view.built_in.iter().chain(&view.locked) {
        let stands = match (it.here, it.missing.len()) {
            (false, _) => ", its component is not here".to_owned(),
            (true, 0) => String::new(),
            (true, missing) => format!(", {missing} to be granted"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {} ({}{stands})", it.name, it.version, it.source);
        let _ = writeln!(text, "  {}", it.summary);
        let actions: Vec<&str> = it.actions.iter().map(|it| it.name.as_str()).collect();
        let _ = writeln!(text, "  actions: {}", actions.join(", "));
    }
    let others: Vec<&str> =
        view.shipped.iter().filter(|it| !it.locked).map(|it| it.name.as_str()).collect();
    if view.locked.is_empty() {
        let _ = writeln!(text, "no plugin is locked");
    }
    if !others.is_empty() {
        let _ = writeln!(text, "shipped: {}", others.join(", "));
    }
    if !view.runs {
        let _ = writeln!(text, "{RUNS_NONE}: {RUNS_NONE_FIX}");
    } else if !others.is_empty() {
        let _ = writeln!(text, "next: hardstop plugin add <name>");
    }
    text
}
