//! Memory and time of one guest, while it runs.
//!
//! The clock here ends a guest that computes. One that waits for the outside world is ended by a
//! timer around its call, in `host`.

use std::time::{Duration, Instant};

use wasmtime::{ResourceLimiter, UpdateDeadline};

use crate::{failure::Stopped, options::Options, spent::Spent};

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
    spent: Spent,
    deadline: Instant,
}

impl Meter {
    /// Nothing is used yet.
    pub(crate) fn new(options: &Options, deadline: Instant) -> Self {
        let (memory_max, cpu_max) = (options.memory, options.cpu);
        Self { memory_max, memory: 0, cpu_max, spent: Spent::default(), deadline }
    }

    /// Counts its processor time; what a guest does belongs into it.
    pub(crate) fn spent(&self) -> Spent {
        self.spent.clone()
    }

    /// A tick has passed while the guest ran: others get their turn, unless this one is over.
    pub(crate) fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        if Instant::now() >= self.deadline {
            return Err(Stopped::Time.into());
        }
        if self.spent.so_far() > self.cpu_max {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spent::compute;

    #[tokio::test]
    async fn what_the_host_does_for_a_guest_is_counted_too() {
        let options = Options { cpu: Duration::from_millis(20), ..Options::default() };
        let mut meter = Meter::new(&options, Instant::now() + Duration::from_mins(1));
        let spent = meter.spent();
        spent
            .on(async {
                assert!(meter.tick().is_ok());
                // A host call is not interrupted; the first tick after it ends the guest.
                compute(Duration::from_millis(30));
                let stopped = meter.tick().err().unwrap();
                assert_eq!(stopped.downcast_ref(), Some(&Stopped::Cpu(options.cpu)));
            })
            .await;
    }
}
