//! The first call of a process.

use std::{path::Path, time::Instant};

use hardstop_plugin_host::Options;

use crate::{
    Fallible, Measured,
    setup::{micros, setup},
};

/// From the start of this program to the first answer, whatever it is: an engine, threads, the
/// machine code from `cache`, a call. Whatever is not in the cache is compiled.
pub(crate) fn measure(component: &str, cache: &Path, started: Instant) -> Fallible<Measured> {
    let options = Options { cache: Some(cache.to_owned()), ..Options::default() };
    setup(options, &[component])?.time(0);
    Ok(Measured::from([("first_ms", vec![micros(started.elapsed()) / 1e3])]))
}
