//! `hardstop plugin docs`.

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_runbook::action::{Manifest, reference};

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
    /// Plugins that are locked or shipped, files, or addresses; all that are locked if none is named.
    plugins: Vec<String>,
    /// All that are shipped with this program.
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
        let mut manifests: Vec<Manifest> = Vec::new();
        if self.shipped {
            for it in SHIPPED {
                manifests.push(described(&site, it.name)?);
            }
        } else if self.plugins.is_empty() {
            manifests.extend(lock.plugins.into_values().map(|it| it.manifest));
        } else {
            for typed in &self.plugins {
                manifests.push(match lock.plugins.get(typed) {
                    Some(it) => it.manifest.clone(),
                    None => described(&site, typed)?,
                });
            }
        }
        if manifests.is_empty() {
            return Err(CliError::usage(
                "no plugin is locked",
                "name one, or `hardstop plugin docs --shipped`",
            ));
        }
        let markdown = manifests.iter().map(reference).collect::<Vec<_>>().join("\n");
        out.answer(&PluginDocsView { markdown }, |view| view.markdown.clone())?;
        Ok(ExitCode::Done)
    }
}

fn described(site: &Site, typed: &str) -> Result<Manifest, CliError> {
    Ok(locked(site, typed, source(site, typed)?, None)?.manifest)
}
