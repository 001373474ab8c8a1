//! What a component says of itself.

use std::{io, sync::Arc};

use hardstop_core::ids::Digest;
use hardstop_engine::documents::sanitise::line;
use hardstop_plugin_host::{Components, Host, Options, Unusable};
use hardstop_runbook::action::Manifest;

use super::cache::cache;
use crate::error::CliError;

/// Characters that are shown of why a component cannot be used: some of it are its own words.
const WHY_CHARS_MAX: usize = 1_000;

/// What is described is given, so no component is looked for.
struct Nowhere;

impl Components for Nowhere {
    fn component(&self, _: &Digest) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// Asks a component for its manifest, and examines it. It may do nothing else. No repository is
/// needed.
///
/// * `what`: what people call it.
///
/// # Errors
///
/// If it is no component, breaks the contract, or its manifest cannot be used.
pub(crate) fn describe(what: &str, bytes: &[u8]) -> Result<Manifest, CliError> {
    let options = Options { cache: cache(), threads: 1, ..Options::default() };
    let host = Host::new(options, Arc::new(Nowhere)).map_err(no_host)?;
    ask(&host, what, bytes)
}

/// The same of a host that is there already.
///
/// # Errors
///
/// As [`describe`].
pub(crate) fn ask(host: &Host, what: &str, bytes: &[u8]) -> Result<Manifest, CliError> {
    let described = crate::wire::block_on(async { Ok(host.describe(bytes.to_vec()).await) })?;
    let text = described.map_err(|failure| {
        let why = line(&failure.message, WHY_CHARS_MAX);
        CliError::usage(format!("{what} cannot be used: {why}"), hint(&failure.code))
    })?;
    Manifest::parse(&text).map_err(|error| {
        let why = line(&error.to_string(), WHY_CHARS_MAX);
        let message = format!("{what} has a manifest that cannot be used: {why}");
        CliError::usage(message, hint("plugin_manifest"))
    })
}

/// What to do about a component that did not say what it is, for whoever makes it as well.
fn hint(code: &str) -> String {
    match code {
        "plugin_not_component" => {
            "name a component; `hardstop plugin wrap` makes one of a module in Rust".to_owned()
        }
        "plugin_contract" => "build it against the contract that `hardstop plugin new` writes; a \
                              newer release of hardstop may know another"
            .to_owned(),
        code => format!("its `describe` has to be mended by whoever made it ({code})"),
    }
}

/// Says that there can be no host here.
pub(crate) fn no_host(error: Unusable) -> CliError {
    let (what, source) = (error.to_string(), error.source);
    CliError::usage(format!("{what}: {source}"), super::host::NEEDS)
}
