//! A call of a component that is ready, beside the start of a process that does nothing.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use hardstop_plugin_host::Options;
use hardstop_ports::plugin::{Answer, Plugins as _};

use crate::{
    Fallible, Measured,
    setup::{call, micros, percentile, setup},
};

/// Calls a round, and a tenth as many processes: as long as both take about the same.
const CALLS: usize = 500;

/// In turns, `rounds` times: calls, then starts of `/bin/true`.
pub(crate) fn measure(component: &str, rounds: usize) -> Fallible<Measured> {
    let setup = setup(Options::default(), &[component])?;
    let first = setup.runtime.block_on(setup.host.call(call(setup.digests[0])));
    if !matches!(first.answer, Answer::Done(_)) {
        return Err(format!("it does not answer: {:?}", first.answer).into());
    }
    let mut measured = Measured::new();
    for _ in 0..rounds {
        let mut calls: Vec<f64> = (0..CALLS).map(|_| setup.time(0)).collect();
        let mut starts = Vec::with_capacity(CALLS / 10);
        for _ in 0..CALLS / 10 {
            starts.push(start_of_true()?);
        }
        for (name, value) in [
            ("p50_us", percentile(&mut calls, 50)),
            ("p99_us", percentile(&mut calls, 99)),
            ("true_us", percentile(&mut starts, 50)),
        ] {
            measured.entry(name).or_default().push(value);
        }
    }
    Ok(measured)
}

/// The least that a process costs: its streams lead nowhere, and it is followed to its end.
fn start_of_true() -> Fallible<f64> {
    let mut command = Command::new("/bin/true");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let took = start.elapsed();
    if status.success() { Ok(micros(took)) } else { Err("`/bin/true` failed".into()) }
}
