//! `hardstop plugin wrap`.

use std::{fs, path::PathBuf};

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_evidence::digest;
use wit_component::ComponentEncoder;

use crate::{
    error::CliError,
    output::{PluginWrapView, Printer},
    plugins::built,
};

/// Make a component of a module that a compiler for `wasm32-unknown-unknown` made.
///
/// A plugin in Rust needs it; `componentize-js` and `componentize-py` make components themselves.
#[derive(Args, Debug)]
pub(crate) struct Wrap {
    /// The module, `target/wasm32-unknown-unknown/release/plugin.wasm`.
    module: PathBuf,
    /// Where the component goes. What is there is written over.
    #[arg(long, value_name = "FILE", default_value = "plugin.wasm")]
    out: PathBuf,
}

impl Wrap {
    /// Writes the component.
    ///
    /// # Errors
    ///
    /// If the module cannot be read, or does not keep the contract.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let module = built(&self.module, "module")?;
        let encoder = ComponentEncoder::default().validate(true).module(&module);
        let component = encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| {
            CliError::usage(
                format!("{} cannot be made a component: {error:#}", self.module.display()),
                "name what `cargo build --release --target wasm32-unknown-unknown` wrote",
            )
        })?;
        fs::write(&self.out, &component).map_err(|source| {
            let path = self.out.display().to_string();
            CliError::Path { path, action: "cannot be written", source }
        })?;
        let view = PluginWrapView {
            component: self.out.display().to_string(),
            bytes: component.len(),
            digest: digest(&component).to_string(),
        };
        out.answer(&view, |it| {
            let size = it.bytes.div_ceil(1024);
            format!(
                "{}: {size} KiB, {}\nnext: hardstop plugin test {}\n",
                it.component, it.digest, it.component
            )
        })?;
        Ok(ExitCode::Done)
    }
}
