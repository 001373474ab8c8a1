//! `hardstop plugin update`.

use clap::Args;
use hardstop_core::{exit::ExitCode, ids::Digest};
use hardstop_runbook::action::{Lock, Locked};

use super::add::{change, examined, parse_digest, written};
use crate::{
    error::CliError,
    output::Printer,
    plugins::{present, source},
    wire::Site,
};

/// Lock the components that their sources have now, and tell what they ask for more.
#[derive(Args, Debug)]
pub(crate) struct Update {
    /// The plugins; all that are locked if none is named.
    plugins: Vec<String>,
    /// Take one plugin from elsewhere: `shipped`, a file, or an address.
    #[arg(long, value_name = "SOURCE")]
    from: Option<String>,
    /// The digest that the component must have, `sha256:…`; for one plugin.
    #[arg(long, value_name = "DIGEST", value_parser = parse_digest)]
    digest: Option<Digest>,
}

impl Update {
    /// Fetches, describes and locks anew.
    ///
    /// # Errors
    ///
    /// If a plugin is not locked, or its component cannot be had or used. Nothing is changed then.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let mut lock = present(&site)?;
        if (self.from.is_some() || self.digest.is_some()) && self.plugins.len() != 1 {
            let hint = "`hardstop plugin update <name> --from <source> --digest <digest>`";
            return Err(CliError::usage("`--from` and `--digest` are those of one plugin", hint));
        }
        let names: Vec<String> = if self.plugins.is_empty() {
            lock.plugins.keys().cloned().collect()
        } else {
            self.plugins
        };
        let mut changed = Vec::new();
        for name in names {
            let before = known(&lock, &name)?;
            let source = match &self.from {
                Some(typed) => source(&site.root, typed)?,
                None => before.source.clone(),
            };
            let examined = examined(&site.root, &name, source, self.digest)?;
            let after = &examined.locked;
            if after.manifest.name != name {
                let message = format!("that is plugin `{}`, not `{name}`", after.manifest.name);
                return Err(CliError::usage(message, "`hardstop plugin add` locks it beside"));
            }
            let change = change(&site, Some(before), after)?;
            lock.plugins.insert(name, after.clone());
            changed.push((examined, change));
        }
        written(&site, &lock, changed, out)
    }
}

/// The plugin of that name.
///
/// # Errors
///
/// If it is not locked.
fn known<'l>(lock: &'l Lock, name: &str) -> Result<&'l Locked, CliError> {
    lock.plugins.get(name).ok_or_else(|| {
        let names: Vec<&str> = lock.plugins.keys().map(String::as_str).collect();
        let hint = if names.is_empty() {
            format!("nothing is locked: `hardstop plugin add {name}`")
        } else {
            format!("locked are {}; `hardstop plugin add` locks others", names.join(", "))
        };
        CliError::usage(format!("plugin `{name}` is not locked"), hint)
    })
}
