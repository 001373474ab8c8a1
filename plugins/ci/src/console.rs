//! The console text of a build, bounded.

use hardstop_sdk::Failure;

/// Text that grows at its end.
#[derive(Debug, Default)]
pub struct Console {
    bytes: Vec<u8>,
    left_out: usize,
}

impl Console {
    /// What is kept at most. Of more the beginning is left out: builds fail at their end.
    pub const BYTES_MAX: usize = 8 * 1024 * 1024;

    /// Adds bytes as the server sent them.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let over = self.bytes.len().saturating_sub(Self::BYTES_MAX);
        self.bytes.drain(..over);
        self.left_out += over;
    }

    /// Adds a line, and an end to the one before if it has none.
    pub fn line(&mut self, line: &str) {
        if self.bytes.last().is_some_and(|byte| *byte != b'\n') {
            self.add(b"\n");
        }
        self.add(line.as_bytes());
        self.add(b"\n");
    }

    /// Says why something is not here. How the build ended does not depend on it.
    pub fn not_kept(&mut self, why: &Failure) {
        self.line(&format!("[not kept: {}]", why.message));
    }

    /// All of it, and how much was left out if any was.
    pub fn into_bytes(self) -> Vec<u8> {
        if self.left_out == 0 {
            return self.bytes;
        }
        let mut whole =
            format!("[{} bytes before this are left out]\n", self.left_out).into_bytes();
        whole.extend(self.bytes);
        whole
    }
}
