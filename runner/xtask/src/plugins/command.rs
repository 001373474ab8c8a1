//! What the two forms of the command do.

use std::{
    env, fs,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::{
    build::build,
    dist::{Components, Dist},
    toolchain::Toolchain,
};

/// What a plugin is built from.
const SOURCES: [&str; 2] = ["plugins", "schemas/wit"];
/// What lies among it and is not.
const PRODUCTS: [&str; 2] = ["plugins/target", "plugins/dist"];

/// Builds every plugin and makes `plugins/dist/` what it should be.
///
/// # Errors
///
/// If no compiler for WebAssembly is installed, or a plugin cannot be built.
pub(crate) fn write() -> anyhow::Result<()> {
    let toolchain = Toolchain::find()?.context(Toolchain::ADVICE)?;
    let components = build(&root().join("plugins"), &target()?, &toolchain)?;
    let dist = Dist { compiler: toolchain.version, components };
    dist.write(&root().join("plugins/dist"))?;
    for (name, component) in &dist.components {
        writeln!(io::stdout(), "{name}: {} KiB", component.len().div_ceil(1024))?;
    }
    Ok(())
}

/// Fails if what lies in `plugins/dist/` is not what its digests say, or, with the compiler that is
/// recorded there, not what [`write()`] would make. The sources are built in another directory, so
/// what depends on where they lie is found too.
///
/// # Errors
///
/// What differs, or why a plugin cannot be built.
pub(crate) fn check() -> anyhow::Result<()> {
    let committed = Dist::read(&root().join("plugins/dist"))?;
    let Some(toolchain) = Toolchain::find()? else {
        return skipped("no compiler for WebAssembly is installed");
    };
    if toolchain.version != committed.compiler {
        let (here, there) = (&toolchain.version, &committed.compiler);
        return skipped(&format!("this compiler is {here}, they were built with {there}"));
    }
    let elsewhere = target()?.join("elsewhere");
    let sources = elsewhere.join("sources");
    match fs::remove_dir_all(&sources) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        removed => removed.context("the folder cannot be emptied")?,
    }
    for folder in SOURCES {
        copy(&root().join(folder), &sources.join(folder)).context("sources cannot be copied")?;
    }
    let built = build(&sources.join("plugins"), &elsewhere.join("target"), &toolchain)?;
    let differing = differing(&committed.components, &built);
    if differing.is_empty() {
        return Ok(());
    }
    bail!("plugins/dist is not what `cargo xtask plugins` writes: {}", differing.join(", "))
}

/// Says that nothing was proved.
fn skipped(why: &str) -> anyhow::Result<()> {
    writeln!(io::stderr(), "plugins/dist was not compared with its sources: {why}")?;
    Ok(())
}

/// Names of components that are missing, different, or built from nothing.
pub(super) fn differing(committed: &Components, built: &Components) -> Vec<String> {
    let changed = built.iter().filter(|(name, bytes)| committed.get(*name) != Some(bytes));
    let stray = committed.iter().filter(|(name, _)| !built.contains_key(*name));
    changed.chain(stray).map(|(name, _)| name.clone()).collect()
}

/// The repository.
pub(super) fn root() -> PathBuf {
    let levels = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    levels.skip(2).take(1).collect()
}

/// Where plugins are built: below our own target directory, wherever that is.
fn target() -> anyhow::Result<PathBuf> {
    Ok(env::current_exe()?.ancestors().nth(2).context("no target directory")?.join("plugins"))
}

/// Copies files and folders, and what links stand for.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_file() {
            fs::copy(&path, &target)?;
        } else if !PRODUCTS.iter().any(|product| path.ends_with(product)) {
            copy(&path, &target)?;
        }
    }
    Ok(())
}
