//! What a component says of itself.

#[cfg(feature = "plugins")]
use std::sync::Arc;

#[cfg(feature = "plugins")]
use hardstop_engine::documents::sanitise::line;
#[cfg(feature = "plugins")]
use hardstop_plugin_host::{Host, Options, Unusable};
use hardstop_runbook::action::Manifest;

use super::Store;
use crate::error::CliError;

/// Characters that are shown of why a component cannot be used: some of it are its own words.
#[cfg(feature = "plugins")]
const WHY_CHARS_MAX: usize = 1_000;

/// Asks a component for its manifest, and examines it. It may do nothing else.
///
/// # Errors
///
/// If it is no component, breaks the contract, or its manifest cannot be used.
#[cfg(feature = "plugins")]
pub(crate) fn describe(store: &Store, what: &str, bytes: &[u8]) -> Result<Manifest, CliError> {
    let options = Options { cache: Some(store.cache()), threads: 1, ..Options::default() };
    let host = Host::new(options, Arc::new(store.clone())).map_err(no_host)?;
    ask(&host, what, bytes)
}

/// The same of a host that is there already.
///
/// # Errors
///
/// As [`describe`].
#[cfg(feature = "plugins")]
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
#[cfg(feature = "plugins")]
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
#[cfg(feature = "plugins")]
pub(crate) fn no_host(error: Unusable) -> CliError {
    let (what, source) = (error.to_string(), error.source);
    CliError::usage(format!("{what}: {source}"), super::host::NEEDS)
}

/// This build runs no plugins.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "plugins"))]
pub(crate) fn describe(_store: &Store, what: &str, _bytes: &[u8]) -> Result<Manifest, CliError> {
    Err(super::host::runs_none(&format!("{what} cannot be asked what it is")))
}
