//! The generated files of `schemas/`.
//!
//! The crate that owns a format makes its schema, and a test of it compares; here it only becomes a
//! file. Nobody edits these files.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::PathBuf, process::Stdio};

use anyhow::{Context, bail};

use crate::place::{cargo, root};

/// Schemas by file name.
type Schemas = BTreeMap<String, String>;

/// Every schema, as the crates of this build make it.
pub(crate) fn generated() -> anyhow::Result<Schemas> {
    let written_by_people = hardstop_runbook::schemas();
    let mut all: Schemas =
        written_by_people.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    all.insert("output.schema.json".to_owned(), printed_by_programs()?);
    Ok(all)
}

/// The schema of what commands print, by asking the command itself. Were it linked in, each test
/// of this crate would wait for all of the program to be built.
fn printed_by_programs() -> anyhow::Result<String> {
    let asked = cargo()
        .args(["run", "--quiet", "--package", "hardstop-cli", "--", "dev", "schema", "output"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be run")?;
    if !asked.status.success() {
        bail!("`hardstop dev schema output` failed");
    }
    String::from_utf8(asked.stdout).context("`hardstop dev schema output` did not print text")
}

/// Makes `schemas/*.json` what they should be; files nobody generates any more are removed.
pub(crate) fn write(wanted: &Schemas) -> anyhow::Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder).context("schemas/ cannot be made")?;
    for name in present()?.keys().filter(|name| !wanted.contains_key(*name)) {
        fs::remove_file(folder.join(name)).with_context(|| format!("{name} cannot be removed"))?;
    }
    for (name, text) in wanted {
        fs::write(folder.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}

fn present() -> anyhow::Result<Schemas> {
    let mut found = Schemas::new();
    let entries = match fs::read_dir(folder()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        entries => entries.context("schemas/ cannot be listed")?,
    };
    for entry in entries {
        let path = entry.context("schemas/ cannot be listed")?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path).with_context(|| format!("{name} is not text"))?;
            found.insert(name, text);
        }
    }
    Ok(found)
}

fn folder() -> PathBuf {
    root().join("schemas")
}
