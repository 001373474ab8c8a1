//! Processor time of one guest: for its own code, and for what the host does on the same thread
//! because the guest asked. While it waits, none passes.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// What one guest has used. Clones are of the same guest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent(Arc<Mutex<Turns>>);

#[derive(Debug, Default)]
struct Turns {
    /// In all turns that are over.
    before: Duration,
    /// What the thread's clock said when this turn began.
    began: Duration,
}

impl Spent {
    /// Does `work`, counting each turn that it has on a thread.
    pub(crate) async fn on<W: Future>(&self, work: W) -> W::Output {
        let mut work = pin!(work);
        poll_fn(|context| {
            self.turns().began = thread_time();
            let polled = work.as_mut().poll(context);
            let used = self.so_far();
            self.turns().before = used;
            polled
        })
        .await
    }

    /// What was used until now. To be asked in a turn, on its thread.
    pub(crate) fn so_far(&self) -> Duration {
        let turns = self.turns();
        turns.before + thread_time().saturating_sub(turns.began)
    }

    /// The numbers are whole whatever thread panicked.
    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Processor time of the thread that asks.
fn thread_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// Computes for so long.
#[cfg(test)]
pub(crate) fn compute(span: Duration) {
    let end = thread_time() + span;
    while thread_time() < end {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn computing_counts_and_waiting_does_not() {
        let (spent, span) = (Spent::default(), Duration::from_millis(20));
        let mut seen = Vec::new();
        spent
            .on(async {
                for _ in 0..3 {
                    compute(span);
                    seen.push(spent.so_far());
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
            .await;
        // What others do on this thread meanwhile is theirs.
        compute(10 * span);
        spent.on(async { seen.push(spent.so_far()) }).await;
        for (turn, seen) in (1..=3).zip(&seen) {
            assert!((turn * span..(turn + 1) * span).contains(seen), "turn {turn}: {seen:?}");
        }
        assert!((3 * span..5 * span).contains(&seen[3]), "{seen:?}");
    }
}
