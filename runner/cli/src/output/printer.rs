//! Data to standard output, everything else to standard error.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use serde::Serialize;

use crate::error::CliError;

/// Writes what a command answers.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
}

impl Printer {
    /// * `json`: whether the answer is one JSON object.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes an answer: `value` with `--json`, `text` otherwise.
    ///
    /// # Errors
    ///
    /// [`CliError::Output`] if nobody takes it.
    pub(crate) fn answer<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), CliError> {
        if self.json { json(value) } else { write(text(value).as_bytes()) }
    }
}

/// Writes one JSON object to standard output.
///
/// # Errors
///
/// [`CliError::Output`] if nobody takes it.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<(), CliError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|error| CliError::Output(error.into()))?;
    bytes.push(b'\n');
    write(&bytes)
}

/// Writes bytes to standard output as they are.
///
/// # Errors
///
/// [`CliError::Output`] if nobody takes them.
pub(crate) fn write(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // Whoever read our output has seen enough; what the command found out stands.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CliError::Output),
    }
}

/// Tells people something beside the answer, on standard error.
pub(crate) fn note(text: impl Display) {
    // If nobody listens there, nobody can be told so.
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Puts a question to people, on standard error and without ending the line.
pub(crate) fn prompt(text: impl Display) {
    let mut out = io::stderr().lock();
    // If nobody listens there, nobody can be told so.
    drop(write!(out, "{text} ").and_then(|()| out.flush()));
}
