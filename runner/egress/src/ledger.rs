//! What was sent and refused, for the evidence.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use hardstop_core::time::Timestamp;
use hardstop_evidence::digest;
use hardstop_ports::plugin::{Body, Request};

/// The records of one gate. One is made before its request is sent, so that it is there even if
/// nobody waits for the answer any more.
///
/// There is one more than requests are granted at most, whatever a guest does. A record repeats of what
/// it asked for a method of 32 bytes, an origin and a message of 1 KiB each, and no more: 101 records,
/// which are granted by default, are a few hundred KiB of JSON at most.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Vec<Request>>);

/// A record that is not complete.
#[derive(Debug)]
pub(crate) struct Entry {
    index: usize,
    began: Instant,
}

impl Ledger {
    /// Records a request that is about to be judged.
    pub(crate) fn begin(&self, method: &str, origin: String, path: &str, body: &[u8]) -> Entry {
        let mut records = self.records();
        records.push(Request {
            at: now(),
            method: method.to_owned(),
            origin,
            path: digest(path.as_bytes()),
            sent: of(body),
            status: None,
            received: None,
            took_ms: 0,
            secrets: Vec::new(),
            error: Some("nobody waited for the answer".to_owned()),
        });
        Entry { index: records.len() - 1, began: Instant::now() }
    }

    /// The names of the secrets that are about to be sent.
    pub(crate) fn secrets(&self, entry: &Entry, names: Vec<String>) {
        self.change(entry, |record| record.secrets = names);
    }

    /// The status that came; the body may still not.
    pub(crate) fn status(&self, entry: &Entry, status: u16) {
        self.change(entry, |record| record.status = Some(status));
    }

    /// The end: the answer's body as it is handed on, or why there is none.
    pub(crate) fn end(&self, entry: &Entry, ended: Result<&[u8], String>) {
        let took = millis(entry.began.elapsed());
        self.change(entry, |record| {
            record.took_ms = took;
            match ended {
                Ok(body) => (record.received, record.error) = (Some(of(body)), None),
                Err(error) => record.error = Some(error),
            }
        });
    }

    /// All of them, in the order in which they were begun.
    pub(crate) fn all(&self) -> Vec<Request> {
        self.records().clone()
    }

    fn change(&self, entry: &Entry, change: impl FnOnce(&mut Request)) {
        if let Some(record) = self.records().get_mut(entry.index) {
            change(record);
        }
    }

    /// Records are whole whatever thread panicked.
    fn records(&self) -> MutexGuard<'_, Vec<Request>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of(body: &[u8]) -> Body {
    Body { bytes: body.len() as u64, digest: digest(body) }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
