//! `kind: Config`: what a repository grants and where it keeps evidence.

use std::collections::BTreeMap;

use hardstop_core::model::{Grants, programs};

use crate::{
    diagnostics::{Diagnostics, Sink},
    file::read,
    grants, path, syntax,
    trigger::{self, Triggers},
};

/// The configuration of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What `run` steps may execute.
    pub exec: Exec,
    /// Where evidence is kept and who may sign it.
    pub evidence: Evidence,
    /// What plugins are told and granted, by their names.
    pub plugins: BTreeMap<String, Grants>,
    /// What starts runs without a person's command.
    pub triggers: Triggers,
}

/// What `run` steps may execute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    /// Program names; any for `None`.
    pub allow: Option<Vec<String>>,
}

impl Exec {
    /// What may be executed, each in a line for people; nothing if nothing may.
    pub fn words(&self) -> Vec<String> {
        programs(self.allow.as_deref())
    }
}

/// Where evidence is kept and who may sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The branch.
    pub branch: String,
    /// The file of allowed signers, relative to the repository.
    pub allowed_signers: String,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            branch: "hardstop/evidence".to_owned(),
            allowed_signers: ".hardstop/allowed_signers".to_owned(),
        }
    }
}

/// A repository without a configuration: any program, evidence in the default place.
impl Default for Config {
    fn default() -> Self {
        Self {
            exec: Exec::default(),
            evidence: Evidence::default(),
            plugins: BTreeMap::new(),
            triggers: Triggers::default(),
        }
    }
}

/// Reads the text of a configuration.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX).
pub fn config(name: &str, text: &str) -> Result<Config, Diagnostics> {
    let mut sink = Sink::new(name, text);
    let schema = crate::schema::of::<syntax::Config>();
    let Some((file, tree)) = read::<syntax::Config>(&mut sink, &schema) else {
        return Err(sink.failed());
    };
    let defaults = Evidence::default();
    let evidence = match file.evidence {
        Some(place) => {
            let node = tree.get("evidence");
            if let Some(signers) = &place.allowed_signers
                && let Err(why) = path::inside(signers)
            {
                sink.error("config::path", &node.get("allowed_signers").at, why, None);
            }
            if let Some(branch) = &place.branch
                && !is_branch(branch)
            {
                let message = format!("`{branch}` is not the name of a branch");
                sink.error("config::branch", &node.get("branch").at, message, None);
            }
            Evidence {
                branch: place.branch.unwrap_or(defaults.branch),
                allowed_signers: place.allowed_signers.unwrap_or(defaults.allowed_signers),
            }
        }
        None => defaults,
    };
    let exec = Exec { allow: file.exec.and_then(|exec| exec.allow) };
    let plugins = grants::plugins(file.plugins, tree.get("plugins"), &mut sink);
    let triggers = file.triggers.map(|it| trigger::triggers(it, tree.get("triggers"), &mut sink));
    sink.finish()?;
    Ok(Config { exec, evidence, plugins, triggers: triggers.unwrap_or_default() })
}

/// The rules of `git check-ref-format --branch`, narrowed to names nobody has to quote.
pub(crate) fn is_branch(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.ends_with('.')
            && part.rsplit_once('.').is_none_or(|(_, end)| end != "lock")
            && !part.contains("..")
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    name.len() <= 200 && !name.starts_with("refs/") && name.split('/').all(part)
}
