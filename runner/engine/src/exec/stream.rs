//! One output stream of a command: masked as it comes, its beginning and end kept, the middle of
//! a long one counted and dropped.

use std::{collections::VecDeque, io};

use hardstop_core::limits::{OUTPUT_HEAD_BYTES, OUTPUT_TAIL_BYTES};
use hardstop_evidence::redact::{Redactor, Secrets};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::watch,
};

use super::live::Live;

/// Bytes read at once: what a pipe holds.
const CHUNK_BYTES: usize = 64 * 1024;

/// One output stream while its command runs.
pub(super) struct Stream {
    masked: Option<Masked>,
    live: Option<Live>,
    printed_bytes: u64,
    masked_bytes: u64,
    head: Vec<u8>,
    tail: VecDeque<u8>,
}

/// How a stream is masked.
struct Masked {
    redactor: Redactor,
    /// Changes when more secrets become known, to other steps for one.
    masks: watch::Receiver<Secrets>,
}

/// What is left of a stream.
pub(super) struct Printed {
    /// The bytes kept; if some were cut, a line between head and tail says how many.
    pub(super) bytes: Vec<u8>,
    /// All that the command printed, before masking and cutting.
    pub(super) original_bytes: u64,
    /// Occurrences of secrets masked.
    pub(super) redactions: u32,
    /// Whether the middle is missing.
    pub(super) cut: bool,
}

impl Stream {
    /// * `masks`: none if the run has no secrets.
    pub(super) fn new(masks: Option<watch::Receiver<Secrets>>, live: Option<Live>) -> Self {
        let masked = masks.map(|mut masks| {
            let redactor = masks.borrow_and_update().redactor();
            Masked { redactor, masks }
        });
        Self {
            masked,
            live,
            printed_bytes: 0,
            masked_bytes: 0,
            head: Vec::new(),
            tail: VecDeque::new(),
        }
    }

    /// Reads `pipe` to its end. May be dropped at any moment: what was read so far is here.
    ///
    /// # Errors
    ///
    /// What the system says if it cannot be read.
    pub(super) async fn fill(&mut self, mut pipe: impl AsyncRead + Unpin) -> io::Result<()> {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        while pipe.read_buf(&mut chunk).await? > 0 {
            self.feed(&chunk);
            chunk.clear();
        }
        Ok(())
    }

    fn feed(&mut self, printed: &[u8]) {
        self.printed_bytes += printed.len() as u64;
        match &mut self.masked {
            Some(Masked { redactor, masks }) => {
                if masks.has_changed().unwrap_or(false) {
                    redactor.learn(masks.borrow_and_update().clone());
                }
                let masked = redactor.feed(printed);
                self.keep(&masked);
            }
            None => self.keep(printed),
        }
    }

    fn keep(&mut self, masked: &[u8]) {
        self.masked_bytes += masked.len() as u64;
        if let Some(live) = &mut self.live {
            live.feed(masked);
        }
        let room = OUTPUT_HEAD_BYTES - self.head.len();
        let (head, rest) = masked.split_at(room.min(masked.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(&rest[rest.len().saturating_sub(OUTPUT_TAIL_BYTES)..]);
        self.tail.drain(..self.tail.len().saturating_sub(OUTPUT_TAIL_BYTES));
    }

    /// Ends the stream.
    pub(super) fn finish(mut self) -> Printed {
        let redactions = self.masked.take().map_or(0, |Masked { redactor, .. }| {
            let (rest, masked) = redactor.finish();
            self.keep(&rest);
            masked.total()
        });
        let mut bytes = self.head;
        let cut_bytes = self.masked_bytes - (bytes.len() + self.tail.len()) as u64;
        if cut_bytes > 0 {
            bytes.extend_from_slice(format!("\n[hardstop: {cut_bytes} bytes cut]\n").as_bytes());
        }
        bytes.extend(&self.tail);
        Printed { bytes, original_bytes: self.printed_bytes, redactions, cut: cut_bytes > 0 }
    }
}
