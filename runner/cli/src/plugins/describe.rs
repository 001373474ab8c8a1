//! What a component says of itself.

#[cfg(feature = "plugins")]
use std::sync::Arc;

#[cfg(feature = "plugins")]
use hardstop_plugin_host::{Host, Options, Unusable};
use hardstop_runbook::action::Manifest;

use super::Store;
use crate::error::CliError;

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
        let hint = format!("whoever made it has to mend it ({})", failure.code);
        CliError::usage(format!("{what} cannot be used: {}", failure.message), hint)
    })?;
    Manifest::parse(&text).map_err(|error| {
        let message = format!("{what} has a manifest that cannot be used: {error}");
        CliError::usage(message, "whoever made it has to mend it")
    })
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
