//! The host of plugins in this process.

use std::sync::Arc;

use hardstop_ports::plugin::Plugins;

use crate::{error::CliError, wire::Site};

/// Whether this build runs plugins.
pub(crate) const RUNS: bool = cfg!(feature = "plugins");
/// What one that does not says of itself.
pub(crate) const RUNS_NONE: &str = "this build of hardstop runs no plugins";
/// What to do where they are needed.
pub(crate) const RUNS_NONE_FIX: &str =
    "use a build with the feature `plugins`, which is there unless it was left out";

/// What a machine must be that runs plugins.
#[cfg(feature = "plugins")]
pub(super) const NEEDS: &str = "plugins need a 64-bit Linux";

/// Something that needs a host, which this build does not have.
///
/// * `what`: cannot be done.
pub(super) fn runs_none(what: &str) -> CliError {
    CliError::usage(format!("{what}: {RUNS_NONE}"), RUNS_NONE_FIX)
}

/// This build asks no component what it is.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "plugins"))]
pub(crate) fn describe(
    what: &str,
    _bytes: &[u8],
) -> Result<hardstop_runbook::action::Manifest, CliError> {
    Err(runs_none(&format!("{what} cannot be asked what it is")))
}

/// This build has no way out.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "plugins"))]
pub(super) fn download(
    address: &str,
    _source: &hardstop_runbook::action::Source,
) -> Result<Vec<u8>, CliError> {
    Err(runs_none(&format!("{address} cannot be downloaded")))
}

/// The one that calls plugins here; `None` in a build without them.
///
/// It is started with the first call: most commands call nothing, and a host takes memory and
/// threads.
#[cfg(feature = "plugins")]
#[expect(clippy::unnecessary_wraps, reason = "a build without plugins has none")]
pub(crate) fn host(site: &Site) -> Option<Arc<dyn Plugins>> {
    Some(Arc::new(late::Late::new(site.store())))
}

/// This build runs no plugins.
#[cfg(not(feature = "plugins"))]
pub(crate) fn host(_site: &Site) -> Option<Arc<dyn Plugins>> {
    None
}

/// Why plugins cannot be run here, and what to do about it; `None` if they can.
#[cfg(feature = "plugins")]
pub(crate) fn unusable(site: &Site) -> Option<(String, &'static str)> {
    use hardstop_plugin_host::{Host, Options};

    // Without a folder for machine code: looking changes nothing.
    let error = Host::new(Options::default(), Arc::new(site.store())).err()?;
    Some((format!("{error}: {}", error.source), NEEDS))
}

/// This build runs no plugins.
#[cfg(not(feature = "plugins"))]
#[expect(clippy::unnecessary_wraps, reason = "a build with plugins can")]
pub(crate) fn unusable(_site: &Site) -> Option<(String, &'static str)> {
    Some((RUNS_NONE.to_owned(), RUNS_NONE_FIX))
}

#[cfg(feature = "plugins")]
mod late {
    //! A host that is started with the first call.

    use std::{
        future::{Future, ready},
        pin::Pin,
        sync::{Arc, OnceLock},
    };

    use hardstop_plugin_host::{Host, Options};
    use hardstop_ports::plugin::{Call, Ended, Failure, Plugins};

    use crate::plugins::Store;

    pub(super) struct Late {
        store: Store,
        host: OnceLock<Result<Host, String>>,
    }

    impl Late {
        pub(super) const fn new(store: Store) -> Self {
            Self { store, host: OnceLock::new() }
        }

        fn start(&self) -> Result<Host, String> {
            let options = Options { cache: Some(self.store.cache()), ..Options::default() };
            Host::new(options, Arc::new(self.store.clone()))
                .map_err(|error| format!("{error}: {}", error.source))
        }
    }

    impl Plugins for Late {
        fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Ended> + Send>> {
            match self.host.get_or_init(|| self.start()) {
                Ok(host) => host.call(call),
                Err(message) => {
                    let failure = Failure::of_host("plugin_missing", message.clone());
                    Box::pin(ready(Ended::failed(failure)))
                }
            }
        }
    }
}
