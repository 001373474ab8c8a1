//! What stops a call, and how it is told: one code for each cause, and words for people.

use std::time::Duration;

use hardstop_core::limits;
use hardstop_ports::plugin::Failure;
use thiserror::Error;
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use crate::meter::TABLE_ELEMENTS_MAX;

/// Why the host ends a call that a guest would have gone on with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Stopped {
    /// Its time is up.
    #[error("it did not answer in time")]
    Time,
    /// It computed too long.
    #[error("it computed for more than {} ms; what takes long belongs on the other side", .0.as_millis())]
    Cpu(Duration),
    /// It wanted more memory than it may have.
    #[error("it wanted more than its {} MiB of memory", .0 / (1024 * 1024))]
    Memory(usize),
    /// It wanted a table for more functions than any program has.
    #[error("it wanted a table of more than {TABLE_ELEMENTS_MAX} entries")]
    Table,
    /// What it said is more than anybody keeps.
    #[error("{what} is larger than {max} bytes")]
    Output {
        /// What part of it.
        what: &'static str,
        /// The most it may have.
        max: usize,
    },
    /// It has more targets than anybody reads.
    #[error("it tells of {0} targets; at most {max} are kept", max = limits::CALL_TARGETS_MAX)]
    Targets(usize),
}

impl Stopped {
    fn code(&self) -> &'static str {
        match self {
            Self::Time => "plugin_time",
            Self::Cpu(_) => "plugin_cpu",
            Self::Memory(_) | Self::Table => "plugin_memory",
            Self::Output { .. } | Self::Targets(_) => "plugin_output",
        }
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        let failure = of_host(stopped.code(), format!("the plugin was stopped: {stopped}"));
        // The other side may be slow today; everything else is the same each time.
        Failure { retryable: stopped == Stopped::Time, ..failure }
    }
}

/// A failure of the plugin rather than of its action. The same call would fail again.
pub(crate) fn of_host(code: &str, message: String) -> Failure {
    Failure::of_host(code, cut(message, limits::TEXT_BYTES_MAX))
}

/// What ended a guest, told.
pub(crate) fn of_guest(error: &wasmtime::Error) -> Failure {
    if let Some(stopped) = error.downcast_ref::<Stopped>() {
        return stopped.clone().into();
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        let message = "there is no room for another plugin at the moment".to_owned();
        return Failure { retryable: true, ..of_host("plugin_memory", message) };
    }
    if let Some(I32Exit(status)) = error.downcast_ref::<I32Exit>() {
        let message = format!("the plugin ended itself with status {status} instead of answering");
        return of_host("plugin_trap", message);
    }
    let why = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "it panicked; see what it printed".to_owned(),
        Some(trap) => trap.to_string(),
        None => format!("{error:#}"),
    };
    // wasmtime has no type for it: what the host would have to copy is more than it takes.
    if why.contains("fuel allocated for hostcalls has been exhausted") {
        return Stopped::Output { what: "what it said", max: crate::guest::TALK_BYTES_MAX }.into();
    }
    of_host("plugin_trap", format!("the plugin broke: {why}"))
}

/// The text, or its first bytes that are whole characters.
pub(crate) fn cut(mut text: String, max: usize) -> String {
    text.truncate(text.floor_char_boundary(max));
    text
}
