//! `hardstop plugin docs`.

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_runbook::action::{Manifest, built_in, reference};

use super::add::locked;
use crate::{
    error::CliError,
    output::{PluginDocsView, Printer},
    plugins::{SHIPPED, present, source},
    wire::Site,
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
    /// Prints it.
    ///
    /// # Errors
    ///
    /// If there is no such plugin, or it cannot be used.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let lock = present(&site)?;
        let built_in = built_in();
        let mut manifests: Vec<Manifest> = Vec::new();
        if self.plugins.is_empty() {
            manifests.clone_from(&built_in);
        }
        if self.shipped {
            for it in SHIPPED {
                manifests.push(described(&site, it.name)?);
            }
        } else if self.plugins.is_empty() {
            manifests.extend(lock.plugins.into_values().map(|it| it.manifest));
        } else {
            for typed in &self.plugins {
                let locked = lock.plugins.get(typed).map(|it| &it.manifest);
                let known = built_in.iter().find(|it| it.name == *typed).or(locked);
                manifests.push(match known {
                    Some(manifest) => manifest.clone(),
                    None => described(&site, typed)?,
                });
            }
        }
        let markdown = manifests.iter().map(reference).collect::<Vec<_>>().join("\n");
        out.answer(&PluginDocsView { markdown }, |view| view.markdown.clone())?;
        Ok(ExitCode::Done)
    }
}

fn described(site: &Site, typed: &str) -> Result<Manifest, CliError> {
    Ok(locked(site, typed, source(site, typed)?, None)?.manifest)
}
