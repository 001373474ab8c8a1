//! What `plugin` prints with `--json`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::failure::FileProblem;

/// `hardstop plugin add` and `hardstop plugin update`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginsChangedView {
    /// The lock file, by its path in the repository.
    pub(crate) lock: &'static str,
    /// The plugins that were asked for.
    pub(crate) plugins: Vec<PluginChange>,
}

/// One plugin that was locked.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginChange {
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) summary: String,
    /// The version that was locked before; none if it was not.
    pub(crate) before: Option<String>,
    /// The version that is locked now.
    pub(crate) version: String,
    /// The digest of its component.
    pub(crate) digest: String,
    /// Where the component comes from.
    pub(crate) source: String,
    /// Whether it is another component than before.
    pub(crate) changed: bool,
    /// What it can do.
    pub(crate) actions: Vec<String>,
    /// What it asks to be granted and did not ask for before.
    pub(crate) asks_more: Vec<String>,
    /// What it no longer asks for.
    pub(crate) asks_less: Vec<String>,
    /// What it still lacks to work here.
    pub(crate) missing: Vec<String>,
}

/// `hardstop plugin list`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginListView {
    /// The plugins that runbooks may call, by name.
    pub(crate) locked: Vec<PluginView>,
    /// What runbooks have without locking anything.
    pub(crate) built_in: Vec<PluginView>,
    /// Those that are part of this program.
    pub(crate) shipped: Vec<ShippedView>,
    /// Whether this program runs plugins; a build without them only checks and rehearses.
    pub(crate) runs: bool,
}

/// A plugin that is part of this program.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShippedView {
    /// Its name.
    pub(crate) name: String,
    /// The digest of its component.
    pub(crate) digest: String,
    /// Whether this very component is locked.
    pub(crate) locked: bool,
}

/// `hardstop plugin info`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginView {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// What it is for.
    pub(crate) summary: String,
    /// The digest of its component; none for what is built in.
    pub(crate) digest: Option<String>,
    /// Where the component comes from; `built in` for what has none.
    pub(crate) source: String,
    /// Whether it is locked.
    pub(crate) locked: bool,
    /// Whether its component is on this machine.
    pub(crate) here: bool,
    /// What it asks to be granted.
    pub(crate) asks: Vec<String>,
    /// What it is granted here; nothing if it lacks something.
    pub(crate) granted: Vec<String>,
    /// What it lacks to work here.
    pub(crate) missing: Vec<String>,
    /// What it can do.
    pub(crate) actions: Vec<ActionView>,
}

/// One action of a plugin.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ActionView {
    /// Its name, without that of the plugin.
    pub(crate) name: String,
    /// What it does.
    pub(crate) summary: String,
    /// `action` or `notify`.
    pub(crate) role: &'static str,
    /// Whether doing it twice equals doing it once.
    pub(crate) idempotent: bool,
    /// Whether it may go on by itself once it was begun.
    pub(crate) long: bool,
    /// The JSON Schema of what it is given.
    pub(crate) input: Value,
    /// The JSON Schema of what it gives.
    pub(crate) output: Value,
}

/// `hardstop plugin verify`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginVerifyView {
    /// The plugins that are locked.
    pub(crate) plugins: Vec<VerifiedPlugin>,
}

/// One plugin that was verified.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerifiedPlugin {
    /// Its name.
    pub(crate) name: String,
    /// The version that is locked.
    pub(crate) version: String,
    /// The digest that is locked.
    pub(crate) digest: String,
    /// Where the component comes from.
    pub(crate) source: String,
    /// What is wrong; none if all is well.
    pub(crate) problem: Option<String>,
    /// What led to it, the nearest cause first.
    pub(crate) causes: Vec<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

/// `hardstop plugin docs`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginDocsView {
    /// The reference, in Markdown.
    pub(crate) markdown: String,
}

/// `hardstop plugin new`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginNewView {
    /// The plugin's name.
    pub(crate) name: String,
    /// The folder that was written.
    pub(crate) folder: String,
    /// The files in it.
    pub(crate) files: Vec<String>,
    /// What to do next, one command after the other, in that folder.
    pub(crate) next: Vec<String>,
}

/// `hardstop plugin wrap`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginWrapView {
    /// The component's file.
    pub(crate) component: String,
    /// How many bytes it has.
    pub(crate) bytes: usize,
    /// Its digest.
    pub(crate) digest: String,
}

/// `hardstop plugin test`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginTestView {
    /// The plugin's name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// What does not hold that must hold of every plugin.
    pub(crate) faults: Vec<String>,
    /// The recorded exchanges, in the order they were played.
    pub(crate) exchanges: Vec<PlayedView>,
    /// How many came out as expected.
    pub(crate) passed: usize,
    /// How many did not.
    pub(crate) failed: usize,
    /// How many could not be played, because a file is wrong.
    pub(crate) wrong: usize,
}

/// Recorded exchanges that were played.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlayedView {
    /// The file's path as typed or found.
    pub(crate) path: String,
    /// What they show.
    pub(crate) title: String,
    /// Whether all came out as expected.
    pub(crate) passed: bool,
    /// What did not, or is wrong with the file.
    pub(crate) problems: Vec<FileProblem>,
}
