//! Memory and time of one guest, while it runs.
//!
//! The clock here ends a guest that computes. One that waits for the outside world is ended by a
//! timer around its call, in `host`.

use std::time::{Duration, Instant};

use wasmtime::{ResourceLimiter, UpdateDeadline};

use crate::{engine::TICK, failure::Stopped, options::Options};

/// Entries of one table: interpreters have some ten thousand functions.
pub(crate) const TABLE_ELEMENTS_MAX: usize = 100_000;
/// Instances and tables of one guest. An interpreter with its libraries has some thirty instances.
pub(crate) const PARTS_MAX: u32 = 64;
/// Memories of one guest. What any compiler makes has one, which its adapters share.
pub(crate) const MEMORIES_MAX: u32 = 2;

/// What one guest may use, and has used.
#[derive(Debug)]
pub(crate) struct Meter {
    memory_max: usize,
    memory: usize,
    cpu_max: Duration,
    ticks: u32,
    deadline: Instant,
}

impl Meter {
    /// Nothing is used yet.
    pub(crate) fn new(options: &Options, deadline: Instant) -> Self {
        Self { memory_max: options.memory, memory: 0, cpu_max: options.cpu, ticks: 0, deadline }
    }

    /// A tick has passed while the guest ran: others get their turn, unless this one is over.
    pub(crate) fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        self.ticks = self.ticks.saturating_add(1);
        if Instant::now() >= self.deadline {
            return Err(Stopped::Time.into());
        }
        if TICK.saturating_mul(self.ticks) > self.cpu_max {
            return Err(Stopped::Cpu(self.cpu_max).into());
        }
        Ok(UpdateDeadline::Yield(1))
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let memory = self.memory.saturating_sub(current).saturating_add(desired);
        if memory > self.memory_max {
            return Err(Stopped::Memory(self.memory_max).into());
        }
        // A bound that the guest set itself is its own affair.
        let allowed = maximum.is_none_or(|maximum| desired <= maximum);
        if allowed {
            self.memory = memory;
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Ok(())
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS_MAX {
            return Err(Stopped::Table.into());
        }
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn instances(&self) -> usize {
        PARTS_MAX as usize
    }

    fn tables(&self) -> usize {
        PARTS_MAX as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX as usize
    }
}
