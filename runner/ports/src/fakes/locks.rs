//! Locks in memory.

use std::{
    io,
    sync::{Arc, Mutex},
};

use hardstop_core::time::Timestamp;

use super::handle::lock;
use crate::locks::{Asker, Locks, LocksError, Queue, Ticket};

/// The locks of one repository in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryLocks(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    queue: Queue,
    broken: bool,
}

impl MemoryLocks {
    /// From now on nothing can be read, or it can be again.
    pub fn set_broken(&self, broken: bool) {
        lock(&self.0).broken = broken;
    }

    fn with<T>(&self, work: impl FnOnce(&mut Queue) -> T) -> Result<T, LocksError> {
        let mut state = lock(&self.0);
        if state.broken {
            let source = io::Error::other("nobody can read them");
            return Err(LocksError { path: "memory".to_owned(), source });
        }
        Ok(work(&mut state.queue))
    }
}

impl Locks for MemoryLocks {
    fn ask(
        &self,
        asker: &Asker,
        names: &[String],
        now: Timestamp,
    ) -> Result<Vec<Ticket>, LocksError> {
        self.with(|queue| queue.ask(asker, names, now))
    }

    fn release(&self, asker: &Asker) -> Result<(), LocksError> {
        self.with(|queue| queue.release(asker))
    }

    fn list(&self) -> Result<Vec<Ticket>, LocksError> {
        self.with(|queue| queue.tickets().to_vec())
    }
}
