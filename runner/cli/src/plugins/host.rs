//! The host of plugins in this process.

use std::sync::Arc;

use hardstop_ports::plugin::Plugins;

use crate::wire::Site;

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
