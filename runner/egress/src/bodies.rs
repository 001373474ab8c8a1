//! Bodies in memory, and how many bytes of them one gate lets stand there.

use std::sync::Arc;

use bytes::Bytes;
use hardstop_core::model::Caps;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refused::{Code, Refused};

/// Bytes of bodies of one gate, in both directions together: a few answers of the size that is granted by
/// default. More if a single answer may be larger.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Room for the bodies of one gate: those that are sent, those that are being read, and those that whoever
/// asked has not dropped yet.
pub(crate) struct Bodies {
    room: Arc<Semaphore>,
    bytes: usize,
}

impl Bodies {
    /// Room for 64 MiB, or for one answer if that may be larger.
    pub(crate) fn new(caps: &Caps) -> Self {
        let bytes = usize::try_from(caps.response_bytes.max(BYTES_MAX)).unwrap_or(usize::MAX);
        let bytes = bytes.min(Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(bytes)), bytes }
    }

    /// An empty body that takes its room as it grows.
    pub(crate) fn body(&self) -> Body {
        let (room, most) = (Arc::clone(&self.room), self.bytes);
        Body { room, most, bytes: Vec::new(), held: None }
    }
}

/// A body that is being put together. It holds its room until it is dropped, and so does what
/// [`Body::whole`] makes of it.
#[derive(Debug)]
pub struct Body {
    room: Arc<Semaphore>,
    most: usize,
    bytes: Vec<u8>,
    held: Option<OwnedSemaphorePermit>,
}

impl Body {
    /// Adds to its end.
    ///
    /// # Errors
    ///
    /// [`Code::Size`] if the bodies of its gate would have more bytes than may stand in memory. Nothing is
    /// added then; there is room again once another body was dropped.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let held = u32::try_from(bytes.len()).ok();
        let held = held.and_then(|bytes| Arc::clone(&self.room).try_acquire_many_owned(bytes).ok());
        let Some(held) = held else {
            let message = format!(
                "the requests and answers of this call that are not dealt with yet have more than {} \
                 bytes together; the plugin must read one answer before it asks for the next",
                self.most
            );
            return Err(Refused::new(Code::Size, message));
        };
        match &mut self.held {
            Some(before) => before.merge(held),
            None => self.held = Some(held),
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// All of it. Its room is free again when the last part of this is dropped.
    pub fn whole(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
