//! From a digest to a plugin that is ready to be called.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use hardstop_core::{ids::Digest, limits};
use hardstop_ports::plugin::Failure;
use sha2::{Digest as _, Sha256};
use wasmtime::{
    Engine,
    component::{Component, Linker},
};

use crate::{
    cache::Cache,
    contract::{self, latest::Ready},
    failure::of_host,
    guest::Guest,
    options::Components,
};

/// How a component begins: WebAssembly, version 13 of its layer 1. A module is layer 0.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
/// Plugins kept ready: a repository has a dozen. When there are more, all are forgotten.
const READY_MAX: usize = 64;

/// Plugins by digest, made ready when they are first wanted.
pub(crate) struct Shelf {
    engine: Engine,
    linker: Linker<Guest>,
    cache: Option<Cache>,
    components: Arc<dyn Components>,
    places: Mutex<HashMap<Digest, Arc<Place>>>,
}

/// Where one plugin stands, or will.
#[derive(Default)]
pub(crate) struct Place {
    ready: OnceLock<Ready>,
    /// Held by the one who makes it ready.
    making: Mutex<()>,
}

impl Place {
    /// The plugin, if it is ready.
    pub(crate) fn ready(&self) -> Option<&Ready> {
        self.ready.get()
    }
}

impl Shelf {
    /// An empty one.
    pub(crate) fn new(
        engine: Engine,
        cache: Option<Cache>,
        components: Arc<dyn Components>,
    ) -> wasmtime::Result<Self> {
        let linker = contract::imports(&engine)?;
        Ok(Self { engine, linker, cache, components, places: Mutex::default() })
    }

    /// The engine whose guests these are.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where a plugin stands.
    pub(crate) fn place(&self, digest: Digest) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= READY_MAX && !places.contains_key(&digest) {
            places.clear();
        }
        Arc::clone(places.entry(digest).or_default())
    }

    /// Makes a plugin ready; one that is ready already stays. Takes seconds if it brings an
    /// interpreter and no machine code was kept.
    pub(crate) fn fill(&self, place: &Place, digest: &Digest) -> Result<(), Failure> {
        let _making = place.making.lock().unwrap_or_else(PoisonError::into_inner);
        if place.ready.get().is_some() {
            return Ok(());
        }
        // Machine code is kept by the digest of what it was made of, so nothing else need be looked at.
        let ready = match self.kept(digest) {
            Some(component) => contract::version(&self.linker, &component)?,
            None => self.make(digest, &self.bytes(digest)?)?,
        };
        place.ready.get_or_init(|| ready);
        Ok(())
    }

    /// The machine code of a component, from an earlier start.
    fn kept(&self, digest: &Digest) -> Option<Component> {
        self.cache.as_ref()?.load(&self.engine, digest)
    }

    /// A component itself: that one and no other.
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Failure> {
        let bytes = match self.components.component(digest) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                let message = format!("there is no component {digest} here");
                return Err(of_host("plugin_missing", message));
            }
            Err(error) => {
                let message = format!("component {digest} cannot be read: {error}");
                return Err(Failure { retryable: true, ..of_host("plugin_missing", message) });
            }
        };
        let found = digest_of(&bytes);
        if found != *digest {
            let message = format!("the component is {found}, not {digest} that was pinned");
            return Err(of_host("plugin_digest", message));
        }
        Ok(bytes)
    }

    /// Makes a component ready without keeping it so.
    pub(crate) fn make(&self, digest: &Digest, bytes: &[u8]) -> Result<Ready, Failure> {
        if bytes.len() > limits::COMPONENT_BYTES_MAX {
            let (size, max) = (bytes.len(), limits::COMPONENT_BYTES_MAX);
            let message = format!("it has {size} bytes; a component has at most {max}");
            return Err(of_host("plugin_not_component", message));
        }
        if !bytes.starts_with(COMPONENT) {
            let what = if bytes.starts_with(&COMPONENT[..4]) {
                "it is a WebAssembly module, not a component; `hardstop plugin wrap` makes one of it"
            } else {
                "it is no WebAssembly component"
            };
            return Err(of_host("plugin_not_component", what.to_owned()));
        }
        let component = if let Some(component) = self.kept(digest) {
            component
        } else {
            let component = Component::from_binary(&self.engine, bytes).map_err(|error| {
                let message = format!("it is no component that can be run: {error:#}");
                of_host("plugin_not_component", message)
            })?;
            if let Some(cache) = &self.cache {
                cache.keep(digest, &component);
            }
            component
        };
        contract::version(&self.linker, &component)
    }
}

/// The digest by which a component is pinned.
pub(crate) fn digest_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}
