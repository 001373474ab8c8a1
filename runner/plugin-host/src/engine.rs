//! The engine all guests share: how they are compiled, where their memory lies, and the clock that
//! interrupts those that compute.

use std::{
    io,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use wasmtime::{Config, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::{
    meter::{MEMORIES_MAX, PARTS_MAX, TABLE_ELEMENTS_MAX},
    options::Options,
};

/// How often a guest that computes is interrupted.
const TICK: Duration = Duration::from_millis(1);
/// Ticks that the clock goes on when nobody needs it: calls come one after the other, and to wake it
/// costs as much as a short one.
const LINGERS: u32 = 50;
/// How often a clock that nobody needs looks whether its host is gone.
const IDLE: Duration = Duration::from_secs(1);

/// What wasmtime keeps of one instance beside its memory: interpreters have many functions.
const INSTANCE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes of a guest's memory that are wiped rather than given back: to give memory back halts the other
/// threads for a moment.
const KEPT_BYTES_MAX: usize = 128 * 1024;

/// An engine with room for as many guests as there are calls, whatever each of them takes.
pub(crate) fn new(options: &Options) -> wasmtime::Result<Engine> {
    let calls = options.calls.max(1);
    // How much of its 4 GiB of addresses a guest may use is asked when it grows: `Meter`.
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(calls.saturating_mul(PARTS_MAX))
        .total_memories(calls.saturating_mul(MEMORIES_MAX))
        .total_tables(calls.saturating_mul(PARTS_MAX))
        .max_component_instance_size(INSTANCE_BYTES_MAX)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_core_instances_per_component(PARTS_MAX)
        .max_memories_per_component(MEMORIES_MAX)
        .max_tables_per_component(PARTS_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .linear_memory_keep_resident(KEPT_BYTES_MAX)
        .table_keep_resident(KEPT_BYTES_MAX);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        // Why a guest broke is told by its kind; nobody reads addresses in its code.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false);
    Engine::new(&config)
}

/// Interrupts guests, as long as there are any.
#[derive(Debug)]
pub(crate) struct Clock {
    running: Arc<AtomicUsize>,
    thread: Thread,
}

impl Clock {
    /// Starts it. Its thread ends soon after the clock and the last guest are gone.
    pub(crate) fn start(engine: &Engine) -> io::Result<Self> {
        let running = Arc::new(AtomicUsize::new(0));
        let (engine, counted) = (engine.weak(), Arc::downgrade(&running));
        let thread = thread::Builder::new()
            .name("plugin-clock".to_owned())
            .spawn(move || tick(&engine, &counted))?
            .thread()
            .clone();
        Ok(Self { running, thread })
    }

    /// Ticks until what this gives is dropped.
    pub(crate) fn tick(&self) -> Ticking {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.thread.unpark();
        Ticking(Arc::clone(&self.running))
    }
}

/// Keeps the clock ticking.
#[derive(Debug)]
pub(crate) struct Ticking(Arc<AtomicUsize>);

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn tick(engine: &EngineWeak, running: &Weak<AtomicUsize>) {
    let mut lingers = 0;
    while let (Some(engine), Some(running)) = (engine.upgrade(), running.upgrade()) {
        if running.load(Ordering::Relaxed) > 0 {
            lingers = LINGERS;
            engine.increment_epoch();
        }
        drop((engine, running));
        if lingers == 0 {
            thread::park_timeout(IDLE);
        } else {
            lingers -= 1;
            thread::sleep(TICK);
        }
    }
}
