//! The last line a command printed, made safe to show on a terminal while it runs.
//!
//! This is for people's eyes only; nothing of it is kept.

use std::char;

use anstream::adapter::strip_bytes;
use tokio::sync::watch;

/// The longest line shown, in bytes of what the command printed.
const LINE_BYTES_MAX: usize = 512;

/// Follows a stream and publishes its last line that is not blank.
pub(super) struct Live {
    to: watch::Sender<String>,
    end: Vec<u8>,
}

impl Live {
    pub(super) fn new(to: watch::Sender<String>) -> Self {
        Self { to, end: Vec::new() }
    }

    /// Takes the next bytes of the stream, secrets already masked.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.end.extend_from_slice(&bytes[bytes.len().saturating_sub(LINE_BYTES_MAX)..]);
        self.end.drain(..self.end.len().saturating_sub(LINE_BYTES_MAX));
        // Progress bars go back to the start of their line instead of beginning a new one.
        let lines = self.end.rsplit(|byte| matches!(byte, b'\n' | b'\r'));
        let Some(line) = lines.map(printable).find(|line| !line.is_empty()) else { return };
        self.to.send_if_modified(|shown| {
            let changed = *shown != line;
            *shown = line;
            changed
        });
    }
}

/// `line` without escape sequences, control characters and characters that reorder or hide text.
fn printable(line: &[u8]) -> String {
    let plain = strip_bytes(line).into_vec();
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(*c, char::REPLACEMENT_CHARACTER
                | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    String::from_utf8_lossy(&plain).trim().chars().filter(shown).collect()
}
