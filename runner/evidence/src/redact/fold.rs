//! Text without the line breaks it was folded with, so that a secret is found across them.

/// Line breaks in a row that are looked through: enough for `\r\n`. More of them part a text, or
/// a stream of nothing else would have to be remembered whole.
const BREAKS_MAX: usize = 2;

/// Bytes without their line breaks.
pub(super) struct Unfolded {
    /// What is left.
    pub(super) text: Vec<u8>,
    /// For each byte left out, how much of `text` comes before it.
    dropped: Vec<usize>,
}

impl Unfolded {
    /// * `breaks`: how many line breaks come right before `bytes`.
    pub(super) fn of(bytes: &[u8], mut breaks: usize) -> Self {
        let (mut text, mut dropped) = (Vec::with_capacity(bytes.len()), Vec::new());
        for &byte in bytes {
            let is_break = is_break(byte);
            if is_break && breaks < BREAKS_MAX {
                dropped.push(text.len());
            } else {
                text.push(byte);
            }
            breaks = if is_break { breaks + 1 } else { 0 };
        }
        Self { text, dropped }
    }

    /// Where the byte `at` of the text stood.
    pub(super) fn place(&self, at: usize) -> usize {
        at + self.dropped.partition_point(|before| *before <= at)
    }
}

/// How many line breaks `bytes` end with, if `before` of them came right before.
pub(super) fn breaks_after(bytes: &[u8], before: usize) -> usize {
    let at_the_end = bytes.iter().rev().take_while(|byte| is_break(**byte)).count();
    let all = if at_the_end == bytes.len() { before } else { 0 };
    (at_the_end + all).min(BREAKS_MAX)
}

const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
