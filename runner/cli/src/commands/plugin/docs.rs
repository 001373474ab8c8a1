//! `hardstop plugin docs`.

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_runbook::action::{Manifest, built_in, reference};

use super::add::examined;
use crate::{
    error::CliError,
    output::{PluginDocsView, Printer},
    plugins::{SHIPPED, describe, present, source},
    wire::{Site, here},
};

/// Print the reference of actions, in Markdown: what each takes and gives, with examples.
#[derive(Args, Debug)]
pub(crate) struct Docs {
    /// Plugins that are built in, locked or shipped, files, or addresses; what is built in and all
    /// that are locked if none is named.
    plugins: Vec<String>,
    /// What is built in, and all that are shipped with this program.
    #[arg(long, conflicts_with = "plugins")]
    shipped: bool,
}

impl Docs {
    /// Prints it. Only what is locked needs a repository.
    ///
    /// # Errors
    ///
    /// If there is no such plugin, or it cannot be used.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let mut manifests = built_in();
        if self.shipped {
            for it in SHIPPED {
                manifests.push(describe(it.name, it.bytes)?);
            }
        } else if self.plugins.is_empty() {
            let lock = present(&Site::open()?)?;
            manifests.extend(lock.plugins.into_values().map(|it| it.manifest));
        } else {
            manifests = self.named(&manifests)?;
        }
        let markdown = manifests.iter().map(reference).collect::<Vec<_>>().join("\n");
        out.answer(&PluginDocsView { markdown }, |view| view.markdown.clone())?;
        Ok(ExitCode::Done)
    }

    /// Those that were named. Outside of a repository nothing is locked.
    fn named(&self, built_in: &[Manifest]) -> Result<Vec<Manifest>, CliError> {
        let site = Site::open().ok();
        let lock = site.as_ref().map(present).transpose()?.unwrap_or_default();
        let root = site.map_or_else(here, |site| Ok(site.root))?;
        let manifest = |typed: &String| {
            let locked = lock.plugins.get(typed).map(|it| &it.manifest);
            if let Some(known) = built_in.iter().find(|it| it.name == *typed).or(locked) {
                return Ok(known.clone());
            }
            Ok(examined(&root, typed, source(&root, typed)?, None)?.locked.manifest)
        };
        self.plugins.iter().map(manifest).collect()
    }
}
