//! From the workspace of the plugins to components, reproducibly.

use std::{env, fs, path::Path};

use anyhow::{Context, bail};
use serde_json::Value;
use wit_component::ComponentEncoder;

use super::{dist::Components, toolchain::Toolchain};
use crate::place::cargo;

/// What guests are compiled for: no part of WASI's libc is needed.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// A package of this prefix is a plugin.
const PREFIX: &str = "hardstop-plugin-";

/// Builds every plugin of the workspace.
///
/// * `plugins`: the workspace.
/// * `target`: where the compiler works.
///
/// # Errors
///
/// If one does not compile, or breaks the contract.
pub(super) fn build(
    plugins: &Path,
    target: &Path,
    toolchain: &Toolchain,
) -> anyhow::Result<Components> {
    let names = names(plugins)?;
    let mut cargo = toolchain.cargo_build();
    for name in &names {
        cargo.args(["--package", &format!("{PREFIX}{name}")]);
    }
    let built = cargo
        .current_dir(plugins)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_ENCODED_RUSTFLAGS", remapped(plugins)?.join("\u{1f}"))
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .status()
        .context("cargo cannot be started")?;
    if !built.success() {
        bail!("the plugins cannot be built");
    }
    let folder = target.join(TARGET).join("release");
    names.into_iter().map(|name| Ok((name.clone(), component(&folder, &name)?))).collect()
}

/// The plugins of the workspace: all packages but those they share.
fn names(plugins: &Path) -> anyhow::Result<Vec<String>> {
    let asked = cargo()
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(plugins)
        .output()
        .context("cargo cannot be started")?;
    if !asked.status.success() {
        bail!("the plugins' workspace: {}", String::from_utf8_lossy(&asked.stderr));
    }
    let metadata: Value = serde_json::from_slice(&asked.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo lists packages")?;
    let name = |package: &Value| Some(package["name"].as_str()?.strip_prefix(PREFIX)?.to_owned());
    Ok(packages.iter().filter_map(name).collect())
}

/// Takes out of panic messages where this machine keeps its sources.
fn remapped(plugins: &Path) -> anyhow::Result<Vec<String>> {
    let home = |variable: &str, folder: &str| {
        let given = env::var_os(variable).map(Into::into);
        given.or_else(|| Some(env::home_dir()?.join(folder)))
    };
    let cargo = home("CARGO_HOME", ".cargo").context("there is no home directory")?;
    let flag = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    Ok(vec![flag(plugins, "/plugins"), flag(&cargo, "/cargo")])
}

fn component(folder: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
    let file = format!("{PREFIX}{name}.wasm").replace('-', "_");
    let module = fs::read(folder.join(&file)).with_context(|| format!("{file} was not built"))?;
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    encoder
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| error.context(format!("{name} is not what the contract asks for")))
}
