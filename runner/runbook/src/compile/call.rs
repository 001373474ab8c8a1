//! Calls of actions, against the manifests in the lock file.

use std::{cell::OnceCell, ops::Range};

use crate::{
    action::{Action, Complaint, Instance, InvalidLock, Lock, fit, is_built_in},
    spelling,
    yaml::{Kind, Node},
};

use super::{build::Builder, child::Files};

/// The lock file of a repository, read when the first call asks for it.
#[derive(Default)]
pub(super) struct Plugins(OnceCell<Result<Option<Lock>, InvalidLock>>);

impl Plugins {
    /// The lock file; `None` if there is none.
    pub(super) fn lock(&self, files: Files<'_>) -> Result<Option<&Lock>, &InvalidLock> {
        let read = || (files.load)(Lock::PATH).map(|text| Lock::parse(&text)).transpose();
        self.0.get_or_init(read).as_ref().map(Option::as_ref)
    }
}

impl<'n> Builder<'n, '_, '_> {
    /// Checks a call as far as the lock file tells of it; whether doing it twice equals doing it
    /// once.
    ///
    /// * `said`: what the step says of that.
    pub(super) fn call(&mut self, uses: &str, said: Option<bool>, node: &'n Node) -> bool {
        let written = said.unwrap_or(false);
        let family = self.family;
        let Some((plugin, name)) = uses.split_once('/') else { return written };
        if is_built_in(plugin) {
            let message = format!("`{plugin}` is built in, and no step `uses` it");
            let help = "write `run: [program, argument]`".to_owned();
            self.sink.error("runbook::built-in", &node.get("uses").at, message, Some(help));
            return written;
        }
        let lock = match family.plugins.lock(family.files) {
            Ok(lock) => lock,
            Err(error) => {
                let at = &node.get("uses").at;
                self.sink.error("runbook::lock", at, error.to_string(), None);
                return written;
            }
        };
        let Some(locked) = lock.and_then(|lock| lock.plugins.get(plugin)) else {
            self.not_locked(lock, plugin, uses, node);
            return written;
        };
        self.plugins.entry(plugin.to_owned()).or_insert_with(|| locked.pinned());
        let Some(action) = locked.manifest.actions.get(name) else {
            let at = self.sink.find(&node.get("uses").at, name);
            let message = format!("plugin `{plugin}` {} has no action `{name}`", locked.version);
            let known = locked.manifest.actions.keys().map(String::as_str);
            let help = spelling::suggest(name, known);
            self.sink.error("runbook::unknown-action", &at, message, help);
            return written;
        };
        self.parameters(uses, action, node);
        if said == Some(true) && !action.idempotent {
            let message = format!("doing `{uses}` twice is not doing it once");
            let help = "its manifest says so; a step may only claim less: leave `idempotent` out";
            let at = &node.get("idempotent").at;
            self.sink.error("runbook::idempotent", at, message, Some(help.to_owned()));
        }
        if action.long && node.find("until").is_some() {
            let message = format!(
                "`{uses}` goes on by itself, and `until` begins it again: a crash would leave one \
                 behind"
            );
            let help = "leave `until` out, the step waits for its end; ask again with an action that \
                        only looks";
            self.sink.error("runbook::until", node.name("until"), message, Some(help.to_owned()));
        }
        said.unwrap_or(action.idempotent)
    }

    /// A call nothing is known of: it can be rehearsed, and not run.
    fn not_locked(&mut self, lock: Option<&Lock>, plugin: &str, uses: &str, node: &Node) {
        let known = |of: &str| of.split_once('/').is_some_and(|(it, _)| it == plugin);
        let is_first = !self.unlocked.iter().any(|it| known(it));
        self.unlocked.insert(uses.to_owned());
        let Some(lock) = lock.filter(|_| is_first) else { return };
        let near = spelling::nearest(plugin, lock.plugins.keys().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "`hardstop plugin add {plugin}` locks it; until then it is rehearsed \
                             only"
            ),
        };
        let at = self.sink.find(&node.get("uses").at, plugin);
        let message = format!("plugin `{plugin}` is not locked, so its calls are not checked");
        self.sink.warning("runbook::plugin-not-locked", &at, message, Some(help));
    }

    fn parameters(&mut self, uses: &str, action: &Action, node: &Node) {
        let with = node.find("with");
        let complaints = match fit(&action.input, uses, &Instance::of_node(with)) {
            Ok(complaints) => complaints,
            Err(why) => {
                let message = format!("{}: the input of `{uses}`: {why}", Lock::PATH);
                self.sink.error("runbook::lock", &node.get("uses").at, message, None);
                return;
            }
        };
        for Complaint { code, at, key, message, help } in complaints {
            let at = match with.filter(|_| !at.is_empty()) {
                Some(with) => place(with, &at, key),
                None => node.get("uses").at.clone(),
            };
            self.sink.error(code, &at, message, help);
        }
    }
}

/// Where the part at a JSON pointer stands; its name, if that is what it is about.
fn place(with: &Node, pointer: &str, key: bool) -> Range<usize> {
    let mut at = with.at.clone();
    let mut node = with;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match &node.kind {
            Kind::Map(members) => members.iter().find(|(key, _)| key.name == part),
            Kind::List(items) => {
                let Some(item) = part.parse().ok().and_then(|index: usize| items.get(index)) else {
                    return at;
                };
                (at, node) = (item.at.clone(), item);
                continue;
            }
            Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Text(_) | Kind::Unfit => None,
        };
        let Some((name, member)) = next else { return at };
        at = if key { name.at.clone() } else { member.at.clone() };
        node = member;
    }
    // A long map is marked where it begins.
    if matches!(node.kind, Kind::Map(_) | Kind::List(_)) && !key {
        at.start..at.start + 1
    } else {
        at
    }
}
