//! What works for a run here: commands, and calls of plugins.

use std::{env, path::PathBuf, sync::Arc, time::Duration};

use hardstop_core::{limits::KILL_GRACE, model::PinnedPlugin};
use hardstop_engine::{
    action::Hands,
    exec::{Exec, Keyring, inherited},
};

use crate::{clock::SystemClock, error::CliError, plugins, wire::Machine};

impl Machine {
    /// Commands in the run's workspace, and the plugins this build has.
    ///
    /// # Errors
    ///
    /// If the lock file cannot be understood.
    pub(crate) fn hands(&self, workspace: PathBuf) -> Result<Hands<SystemClock>, CliError> {
        let exec = Exec {
            repository: self.site.root.clone(),
            workspace,
            allow: self.config.exec.allow.clone(),
            inherited: inherited(env::vars_os(), &[]),
            secrets: Arc::new(Keyring::new(self.site.secrets())),
            grace: Duration::from_millis(KILL_GRACE.0),
        };
        let granted = plugins::granted(&self.site, &self.config)?;
        let secrets = granted.secrets();
        let granted =
            Box::new(move |plugin: &str, pinned: &PinnedPlugin| granted.to(plugin, pinned));
        let plugins = plugins::host(&self.site);
        Ok(Hands { exec, plugins, granted, secrets, clock: SystemClock })
    }
}
