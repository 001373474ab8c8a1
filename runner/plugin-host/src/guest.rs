//! What a guest sees of the world during one call: clocks, randomness, its configuration, and the one
//! way out. No files, no environment, no sockets.

use std::{collections::BTreeMap, sync::Arc};

use hardstop_core::{limits, model::Grants};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{
    artifacts::Artifacts,
    http::WayOut,
    meter::Meter,
    printed::Printed,
    world::{Told, World},
};

/// Bytes that a guest may hand over at once: an artifact fits, with its name.
pub(crate) const TALK_BYTES_MAX: usize = 11 * 1024 * 1024;
const _: () = assert!(TALK_BYTES_MAX as u64 > limits::EVIDENCE_FILE_BYTES_MAX);
/// Streams, requests and the like that a guest has open. One that leaves them to its garbage
/// collector has six of each request that is over.
///
/// They are memory that no meter sees. The largest is a request that was not handed over: headers,
/// trailers, two pieces of a body and three texts (`outgoing`), 272 KiB. So all of them are about as
/// much as the memory that a guest has.
const RESOURCES_MAX: usize = 1_000;
/// Bytes of the headers of one request, with what they take in memory beside their text. The gate
/// judges the text.
const HEADERS_BYTES_MAX: usize = limits::CALL_HEADER_BYTES_MAX / 2 * 3;
/// Random bytes at once.
const RANDOM_BYTES_MAX: u64 = 64 * 1024;
/// Before a secret's name in the configuration.
const SECRET: &str = "secret:";

/// What remains of a call when its guest is gone.
#[derive(Clone)]
pub(crate) struct Left {
    /// Files.
    pub(crate) artifacts: Artifacts,
    /// What it printed.
    pub(crate) printed: Printed,
    /// What it sent, and the secrets it knows by other names.
    pub(crate) way_out: WayOut,
}

/// The state of one instance.
pub(crate) struct Guest {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    resources: ResourceTable,
    /// What it uses.
    pub(crate) meter: Meter,
    /// Where its artifacts and messages go.
    pub(crate) left: Left,
    config: BTreeMap<String, String>,
}

impl Guest {
    /// One that may do what is granted, and leaves its traces in `left`.
    ///
    /// * `world`: what its clock says, if it is not the machine's.
    pub(crate) fn new(
        grants: &Grants,
        left: Left,
        meter: Meter,
        world: Option<Arc<dyn World>>,
    ) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(left.printed.clone())
            .stderr(left.printed.clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(RANDOM_BYTES_MAX);
        if let Some(world) = world {
            wasi.wall_clock(Told(world));
        }
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(HEADERS_BYTES_MAX);
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(RESOURCES_MAX);
        let config = grants.config.clone();
        Self { wasi: wasi.build(), http, resources, meter, left, config }
    }

    /// What `wasi:config/store` has under a name; a secret's placeholder under `secret:<name>`.
    pub(crate) fn config(&self, key: &str) -> Option<String> {
        match key.strip_prefix(SECRET) {
            Some(secret) => self.left.way_out.gate().placeholder(secret),
            None => self.config.get(key).cloned(),
        }
    }

    /// Everything it has, without secrets: they are asked for by name.
    pub(crate) fn all_config(&self) -> Vec<(String, String)> {
        self.config.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.resources }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.resources,
            hooks: &mut self.left.way_out,
        }
    }
}
