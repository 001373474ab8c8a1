//! What is typed, a line at a time, without standing in the way of a run.

use std::{
    io::{self, BufRead, Read as _},
    thread,
};

use hardstop_core::limits::TEXT_BYTES_MAX;
use tokio::sync::mpsc;

/// Lines that nobody asked for are thrown away, so few need to be kept.
const LINES_MAX: usize = 16;

/// The lines of standard input.
pub(crate) struct Keyboard {
    lines: mpsc::Receiver<String>,
}

impl Keyboard {
    /// Begins to read. The thread that does ends with the input or with the process.
    pub(crate) fn listen() -> Self {
        let (sender, lines) = mpsc::channel(LINES_MAX);
        thread::spawn(move || {
            let mut input = io::stdin().lock();
            loop {
                let mut line = Vec::new();
                let read =
                    input.by_ref().take(TEXT_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line);
                if !matches!(read, Ok(1..)) {
                    return;
                }
                let line = String::from_utf8_lossy(&line).trim().to_owned();
                // A full queue means that nobody has asked for a long while.
                if let Err(mpsc::error::TrySendError::Closed(_)) = sender.try_send(line) {
                    return;
                }
            }
        });
        Self { lines }
    }

    /// Forgets what was typed so far: an answer given before its question is no answer.
    pub(crate) fn forget(&mut self) {
        while self.lines.try_recv().is_ok() {}
    }

    /// The next line; `None` once the input has ended. Safe to drop and call again.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}
