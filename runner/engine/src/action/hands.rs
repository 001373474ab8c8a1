//! The worker of a process: commands by itself, calls by the host of plugins.

use std::{collections::BTreeMap, sync::Arc};

use hardstop_core::{
    event::{Call, Cause},
    ids::RunId,
    model::{Grants, PinnedPlugin, Secret, Uses},
};
use hardstop_evidence::redact::Secrets;
use hardstop_ports::{clock::Clock, plugin::Plugins};

use crate::{
    driver::Worker,
    exec::{Attempt, Exec, Leg, Performed},
    resolve::Asked,
};

/// What a plugin may reach here: of what its pinned component asks for, what is granted. Or what is
/// missing, in words.
pub type Granted = Box<dyn Fn(&str, &PinnedPlugin) -> Result<Grants, String> + Send + Sync>;

/// Executes commands and calls plugins for one run.
pub struct Hands<C> {
    /// Executes commands, and knows the secrets.
    pub exec: Exec,
    /// Calls plugins; `None` where that is not built in.
    pub plugins: Option<Arc<dyn Plugins>>,
    /// What each of them may reach.
    pub granted: Granted,
    /// The secrets that the configuration brings, of all plugins: masked wherever they show.
    pub secrets: BTreeMap<String, Secret>,
    /// When something is asked again is said by the wall clock.
    pub clock: C,
}

impl<C: Clock> Worker for Hands<C> {
    async fn perform(&self, attempt: Attempt<'_>) -> Performed {
        self.exec.perform(attempt).await
    }

    async fn call(&self, attempt: Attempt<'_, Uses, Call>) -> Option<Performed> {
        let Some(plugins) = &self.plugins else {
            let message = "this build of hardstop has no plugins".to_owned();
            return Some(match attempt.leg {
                Leg::Probe => Performed::cannot_tell(message),
                Leg::Begin { .. } | Leg::Poll(_) | Leg::End { .. } => {
                    Performed::failure(Cause::NotStarted { message })
                }
            });
        };
        self.leg(&**plugins, attempt).await
    }

    fn grants(&self, asked: Asked<'_>) -> Vec<String> {
        match asked {
            Asked::Program(_) => self.exec.grants(asked),
            Asked::Plugin(plugin, pinned) => {
                (self.granted)(plugin, pinned).map(|grants| grants.words()).unwrap_or_default()
            }
        }
    }

    async fn known(
        &self,
        run: &RunId,
        declared: &BTreeMap<String, Secret>,
        blocked: Option<&str>,
    ) -> Secrets {
        let mut all = self.secrets.clone();
        all.extend(declared.iter().map(|(name, source)| (name.clone(), source.clone())));
        self.exec.known(run, &all, blocked).await
    }
}
