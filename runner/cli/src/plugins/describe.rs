//! What a component says of itself.

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
    use std::sync::Arc;

    use hardstop_plugin_host::{Host, Options};

    let options = Options { cache: Some(store.cache()), threads: 1, ..Options::default() };
    let host = Host::new(options, Arc::new(store.clone()));
    let host = host.map_err(|error| {
        let cause = error.source.to_string();
        CliError::usage(format!("{error}: {cause}"), "plugins need a 64-bit Linux")
    })?;
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

/// This build runs no plugins.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "plugins"))]
pub(crate) fn describe(_store: &Store, what: &str, _bytes: &[u8]) -> Result<Manifest, CliError> {
    Err(super::host::runs_none(&format!("{what} cannot be asked what it is")))
}
