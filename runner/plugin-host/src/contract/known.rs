//! Which contract a component keeps, read from its type before any of it runs.

use hardstop_ports::plugin::Failure;
use wasmtime::{
    Engine,
    component::{Component, Linker},
};

use super::latest;
use crate::{failure::of_host, guest::Guest, outgoing};

/// Everything a component of any known version may import.
pub(crate) fn imports(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    outgoing::bound(&mut linker)?;
    latest::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// The component, made ready under the version it was built for.
pub(crate) fn version(
    linker: &Linker<Guest>,
    component: &Component,
) -> Result<latest::Ready, Failure> {
    let kind = component.component_type();
    let exports: Vec<&str> = kind.exports(linker.engine()).map(|(name, _)| name).collect();
    if !exports.contains(&latest::EXPORT) {
        let exports = if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") };
        let known = latest::EXPORT;
        let message = format!(
            "it is no plugin that this version can run: it exports {exports}, known is {known}"
        );
        return Err(of_host("plugin_contract", message));
    }
    latest::Ready::new(linker, component).map_err(|error| {
        let message = format!("it does not keep contract {}: {error:#}", latest::VERSION);
        of_host("plugin_contract", message)
    })
}
