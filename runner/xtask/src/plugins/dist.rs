//! `plugins/dist/`: the components, and what they were built with.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use hardstop_evidence::digest;
use serde_json::{Value, json};

use crate::place::remove;

/// Components by the plugin's name.
pub(super) type Components = BTreeMap<String, Vec<u8>>;

/// All of the folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dist {
    /// The compiler that made them.
    pub(super) compiler: String,
    /// The digest of what they were made of.
    pub(super) sources: String,
    /// The components.
    pub(super) components: Components,
}

impl Dist {
    /// Makes `folder` hold this and nothing else.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        remove(folder)?;
        fs::create_dir_all(folder).context("the folder cannot be made")?;
        for (name, bytes) in &self.components {
            let path = file(folder, name);
            fs::write(&path, bytes).with_context(|| format!("{name} cannot be written"))?;
        }
        let digests: BTreeMap<_, _> =
            self.components.iter().map(|(name, bytes)| (name, digest(bytes).to_string())).collect();
        let document =
            json!({ "compiler": self.compiler, "sources": self.sources, "plugins": digests });
        let text = format!("{document:#}\n");
        fs::write(folder.join("digests.json"), text).context("digests.json cannot be written")
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// If a file is missing, too many, or has another digest than is written down.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(folder.join("digests.json"))
            .context("plugins/dist/digests.json cannot be read: run `cargo xtask plugins`")?;
        let document: Value = serde_json::from_str(&text).context("digests.json is no JSON")?;
        let compiler = document["compiler"].as_str().context("digests.json: no compiler")?;
        let sources = document["sources"].as_str().context("digests.json: no sources")?;
        let digests = document["plugins"].as_object().context("digests.json: no plugins")?;
        let mut components = Components::new();
        for (name, written) in digests {
            let bytes = fs::read(file(folder, name))
                .with_context(|| format!("{name} of digests.json cannot be read"))?;
            if written.as_str() != Some(digest(&bytes).to_string().as_str()) {
                bail!("{name}.wasm has another digest than digests.json says");
            }
            components.insert(name.clone(), bytes);
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|it| it == "wasm") && !components.contains_key(name) {
                bail!("{name}.wasm is not in digests.json");
            }
        }
        Ok(Self { compiler: compiler.to_owned(), sources: sources.to_owned(), components })
    }
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.wasm"))
}
