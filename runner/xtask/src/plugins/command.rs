//! What the two forms of the command do.

use std::io::{self, Write as _};

use anyhow::{Context, bail};

use super::{build::build, dist::Dist, drift::drift, sources, toolchain::Toolchain};
use crate::place::{remove, root, target};

/// Builds every plugin and makes `plugins/dist/` what it should be.
///
/// # Errors
///
/// If no compiler for WebAssembly is installed, or a plugin cannot be built.
pub(crate) fn write() -> anyhow::Result<()> {
    let folder = root().join("plugins/dist");
    // Whoever has the compiler of last time changes no byte without need.
    let recorded = Dist::read(&folder).map(|dist| dist.compiler).ok();
    let toolchain = Toolchain::find(recorded.as_deref())?.context(Toolchain::ADVICE)?;
    let components = build(&root().join("plugins"), &target()?.join("plugins"), &toolchain)?;
    let sources = sources::digest_of(&root())?;
    let dist = Dist { compiler: toolchain.version, sources, components };
    dist.write(&folder)?;
    for (name, component) in &dist.components {
        writeln!(io::stdout(), "{name}: {} KiB", component.len().div_ceil(1024))?;
    }
    Ok(())
}

/// Fails if what lies in `plugins/dist/` is not what its digests say, was made of other sources, or,
/// with the compiler that is recorded there, is not what [`write()`] would make. The sources are
/// built in another directory, so what depends on where they lie is found too.
///
/// # Errors
///
/// What differs, or why a plugin cannot be built.
pub(crate) fn check() -> anyhow::Result<()> {
    let committed = Dist::read(&root().join("plugins/dist"))?;
    if committed.sources != sources::digest_of(&root())? {
        bail!("plugins/ changed since plugins/dist was built: run `cargo xtask plugins`");
    }
    let Some(toolchain) = Toolchain::find(Some(&committed.compiler))? else {
        return not_built("no compiler for WebAssembly is installed");
    };
    if toolchain.version != committed.compiler {
        let (here, there) = (&toolchain.version, &committed.compiler);
        return not_built(&format!(
            "another compiler may give other bytes\n  here: {here}\n  recorded: {there}"
        ));
    }
    let elsewhere = target()?.join("plugins/elsewhere");
    let copied = elsewhere.join("sources");
    remove(&copied)?;
    sources::copy(&root(), &copied).context("sources cannot be copied")?;
    let built = build(&copied.join("plugins"), &elsewhere.join("target"), &toolchain)?;
    let differing = drift(&built, &committed.components);
    if differing.is_empty() {
        return Ok(());
    }
    bail!("plugins/dist is not what `cargo xtask plugins` writes: {}", differing.join(", "))
}

/// Says what was not proved.
fn not_built(why: &str) -> anyhow::Result<()> {
    let proved =
        "plugins/dist was made of these sources by its own account, and was not built again";
    writeln!(io::stderr(), "{proved}: {why}")?;
    Ok(())
}
