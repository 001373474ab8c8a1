//! The host: calls, each on one of its own threads, in a fresh instance, bounded in every way.

use std::{
    collections::BTreeMap,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use hardstop_core::{ids::Digest, limits, model::Grants};
use hardstop_egress::Gate;
use hardstop_ports::{
    plugin::{Answer, Call, Ended, Failure, Plugins},
    secrets::SecretValue,
};
use tokio::{
    runtime::{self, Runtime},
    sync::Semaphore,
    task::{JoinSet, spawn_blocking},
    time::timeout_at,
};
use wasmtime::Store;

use crate::{
    answer,
    artifacts::Artifacts,
    cache::Cache,
    engine::{self, Clock},
    failure::{Stopped, of_guest, of_host},
    guest::{Guest, Left, TALK_BYTES_MAX},
    http::WayOut,
    input,
    meter::Meter,
    options::{Components, Options, Unusable},
    printed::Printed,
    shelf::{Place, Shelf, digest_of},
    world::World,
};

/// Runs plugins. It has threads of its own, so that no guest slows the thread of its caller; they end
/// with it.
pub struct Host {
    shared: Arc<Shared>,
    /// At least one until it is dropped.
    threads: Vec<Thread>,
}

/// A thread for guests, with a runtime of its own: threads that share one wake each other for every
/// call, which costs twice as much as a short one.
struct Thread {
    runtime: Runtime,
    /// Held by all that runs on it.
    busy: Arc<()>,
}

impl Thread {
    fn start(options: &Options) -> io::Result<Self> {
        let runtime = runtime::Builder::new_multi_thread()
            .thread_name("plugin")
            .worker_threads(1)
            // What compiles, and what resolves names.
            .max_blocking_threads((options.calls as usize).saturating_add(1))
            // Looks at timers and sockets whenever a guest gave way, not after every 61st time.
            .event_interval(1)
            .enable_all()
            .build()?;
        Ok(Self { runtime, busy: Arc::new(()) })
    }
}

struct Shared {
    options: Options,
    shelf: Shelf,
    clock: Clock,
    room: Semaphore,
    world: Option<Arc<dyn World>>,
}

impl Host {
    /// A host of these bounds that takes components from `components`. It starts its threads;
    /// nothing is compiled yet.
    ///
    /// # Errors
    ///
    /// [`Unusable`] if this machine has no threads, address space or processor for it.
    pub fn new(options: Options, components: Arc<dyn Components>) -> Result<Self, Unusable> {
        Self::within(options, components, None)
    }

    /// The same without a network, in a world that is written down.
    ///
    /// # Errors
    ///
    /// As [`Host::new`].
    pub fn recorded(
        options: Options,
        components: Arc<dyn Components>,
        world: Arc<dyn World>,
    ) -> Result<Self, Unusable> {
        Self::within(options, components, Some(world))
    }

    fn within(
        options: Options,
        components: Arc<dyn Components>,
        world: Option<Arc<dyn World>>,
    ) -> Result<Self, Unusable> {
        let engine = engine::new(&options).map_err(|error| Unusable {
            what: "the engine",
            source: error.into_boxed_dyn_error(),
        })?;
        let clock = Clock::start(&engine)
            .map_err(|error| Unusable { what: "its clock", source: error.into() })?;
        let cache = options.cache.as_deref().and_then(|folder| Cache::open(folder, &engine));
        let shelf = Shelf::new(engine, cache, components).map_err(|error| Unusable {
            what: "the imports",
            source: error.into_boxed_dyn_error(),
        })?;
        let threads = (0..options.threads.max(1)).map(|_| Thread::start(&options));
        let threads = threads
            .collect::<io::Result<_>>()
            .map_err(|error| Unusable { what: "its threads", source: error.into() })?;
        let room = Semaphore::new(options.calls.max(1) as usize);
        let shared = Arc::new(Shared { options, shelf, clock, room, world });
        Ok(Self { shared, threads })
    }

    /// The manifest that a component gives of itself, as text. It is asked twice, in fresh instances
    /// that may do nothing.
    ///
    /// # Errors
    ///
    /// `plugin_manifest` if the two answers differ or are larger than
    /// [`MANIFEST_BYTES_MAX`](limits::MANIFEST_BYTES_MAX); else as a call fails.
    pub async fn describe(&self, bytes: Vec<u8>) -> Result<String, Failure> {
        let shared = Arc::clone(&self.shared);
        self.on_thread(async move { shared.describe(bytes).await })
            .await
            .unwrap_or_else(|| Err(broken()))
    }

    /// Makes the component ready, as its first call would: it is compiled and its contract looked at.
    ///
    /// # Errors
    ///
    /// As a call of it fails.
    pub async fn prepare(&self, digest: Digest) -> Result<(), Failure> {
        let shared = Arc::clone(&self.shared);
        let made = self.on_thread(async move { shared.place(digest).await.map(drop) }).await;
        made.unwrap_or_else(|| Err(broken()))
    }

    /// Runs it on the thread that has least to do; dropping the future ends it. `None` if it panicked.
    fn on_thread<T, W>(&self, work: W) -> impl Future<Output = Option<T>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let mut running = JoinSet::new();
        if let Some(thread) = self.threads.iter().min_by_key(|it| Arc::strong_count(&it.busy)) {
            let busy = Arc::clone(&thread.busy);
            let work = async move {
                let answer = work.await;
                drop(busy);
                answer
            };
            running.spawn_on(work, thread.runtime.handle());
        }
        async move { running.join_next().await?.ok() }
    }
}

impl Plugins for Host {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Ended> + Send>> {
        let shared = Arc::clone(&self.shared);
        let ended = self.on_thread(async move { shared.call(call).await });
        Box::pin(async move { ended.await.unwrap_or_else(|| Ended::failed(broken())) })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for thread in self.threads.drain(..) {
            // Waiting for it is not allowed on threads of another runtime, and nothing is lost.
            thread.runtime.shutdown_background();
        }
    }
}

impl Shared {
    async fn call(self: Arc<Self>, mut call: Call) -> Ended {
        let longest = Duration::from_millis(limits::SPAN_MAX.0);
        let deadline = Instant::now() + call.remaining.min(longest);
        let secrets = std::mem::take(&mut call.secrets);
        let left = match self.left(&call.plugin, &call.grants, secrets) {
            Ok(left) => left,
            Err(failure) => return Ended::failed(failure),
        };
        let leg = self.leg(&call, &left, deadline);
        let answer = timeout_at(deadline.into(), leg).await.unwrap_or(Err(Stopped::Time.into()));
        let answer = match answer {
            Ok(answer) => explained(answer, left.way_out.refused()),
            Err(failure) => Answer::Failed(failure),
        };
        Ended {
            answer,
            artifacts: left.artifacts.take(),
            requests: left.way_out.gate().records(),
            printed: left.printed.take(),
        }
    }

    async fn leg(
        self: &Arc<Self>,
        call: &Call,
        left: &Left,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let _room = self.room.acquire().await.map_err(|_| broken())?;
        let place = self.place(call.digest).await?;
        let ready = place.ready().ok_or_else(broken)?;
        let input = input::with_placeholders(call, left.way_out.gate())?;
        let _ticking = self.clock.tick();
        let mut store = self.store(&call.grants, left.clone(), deadline);
        let spent = store.data().meter.spent();
        let answer = spent.on(ready.call(&mut store, call, input)).await;
        Ok(answer::bounded(answer.map_err(|error| of_guest(&error))?)?)
    }

    /// Where the plugin stands, ready.
    async fn place(self: &Arc<Self>, digest: Digest) -> Result<Arc<Place>, Failure> {
        let place = self.shelf.place(digest);
        if place.ready().is_none() {
            let (shared, filled) = (Arc::clone(self), Arc::clone(&place));
            // It goes on if nobody waits any more, so that the next call finds it ready.
            let making = spawn_blocking(move || shared.shelf.fill(&filled, &digest));
            making.await.map_err(|_| broken())??;
        }
        Ok(place)
    }

    async fn describe(self: Arc<Self>, bytes: Vec<u8>) -> Result<String, Failure> {
        let shared = Arc::clone(&self);
        let making = spawn_blocking(move || shared.shelf.make(&digest_of(&bytes), &bytes));
        let ready = making.await.map_err(|_| broken())??;
        let _room = self.room.acquire().await.map_err(|_| broken())?;
        let _ticking = self.clock.tick();
        let mut said = Vec::with_capacity(2);
        for _ in 0..2 {
            let deadline = Instant::now() + Duration::from_millis(limits::DESCRIBE_TIME.0);
            let nothing = Grants::default();
            let left = self.left("", &nothing, BTreeMap::new())?;
            let mut store = self.store(&nothing, left, deadline);
            let spent = store.data().meter.spent();
            let manifest = spent.on(ready.describe(&mut store));
            let manifest = timeout_at(deadline.into(), manifest).await;
            let manifest =
                manifest.map_err(|_| Stopped::Time)?.map_err(|error| of_guest(&error))?;
            if manifest.len() > limits::MANIFEST_BYTES_MAX {
                let (size, max) = (manifest.len(), limits::MANIFEST_BYTES_MAX);
                let message = format!("its manifest has {size} bytes; at most {max} are allowed");
                return Err(of_host("plugin_manifest", message));
            }
            said.push(manifest);
        }
        if said[0] != said[1] {
            let message = "it describes itself differently each time".to_owned();
            return Err(of_host("plugin_manifest", message));
        }
        Ok(said.swap_remove(0))
    }

    fn left(
        &self,
        plugin: &str,
        grants: &Grants,
        secrets: BTreeMap<String, SecretValue>,
    ) -> Result<Left, Failure> {
        let place = format!("plugins.{plugin}");
        let gate = match self.world.clone() {
            Some(world) => Gate::recorded(&place, grants, secrets, world),
            None => Gate::new(&place, grants, secrets),
        };
        let gate = gate.map_err(|error| of_host("plugin_denied", error.to_string()))?;
        let printed = Printed::default();
        let way_out = WayOut::new(Arc::new(gate), printed.clone());
        Ok(Left { artifacts: Artifacts::default(), printed, way_out })
    }

    fn store(&self, grants: &Grants, left: Left, deadline: Instant) -> Store<Guest> {
        let meter = Meter::new(&self.options, deadline);
        let mut store =
            Store::new(self.shelf.engine(), Guest::new(grants, left, meter, self.world.clone()));
        store.limiter(|guest| &mut guest.meter);
        store.set_hostcall_fuel(TALK_BYTES_MAX);
        store.epoch_deadline_callback(|mut context| context.data_mut().meter.tick());
        store.set_epoch_deadline(1);
        store
    }
}

/// A failure of the action, with what the gate said last: what a guest makes of a request without an
/// answer seldom says what to grant, to raise or to install.
fn explained(answer: Answer, refused: Option<String>) -> Answer {
    match (answer, refused) {
        (Answer::Failed(failure), Some(why)) => {
            let message = format!("{} (hardstop: {why})", failure.message);
            Answer::Failed(Failure { message, ..failure })
        }
        (answer, _) => answer,
    }
}

/// A mistake of ours, never the plugin's.
fn broken() -> Failure {
    of_host("plugin_trap", "the host itself broke; please report it".to_owned())
}
