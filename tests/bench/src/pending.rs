//! Calls that go on without us.

use std::fs;

use hardstop_plugin_host::Options;
use hardstop_ports::plugin::{Answer, Plugins as _};

use crate::{
    Fallible, Measured,
    setup::{call, setup},
};

/// Calls before memory is looked at: what is kept for every call alike is there then.
const WARM: usize = 1_000;

/// Makes so many calls that are all pending at the end, in a host that has room for a single
/// instance: were one held by any of them, the next would wait for ever.
///
/// * Returns by how much the process grew, with all that the calls answered.
pub(crate) fn measure(component: &str, calls: usize) -> Fallible<Measured> {
    let setup = setup(Options { calls: 1, ..Options::default() }, &[component])?;
    for _ in 0..WARM {
        setup.time(0);
    }
    let before = resident()?;
    let mut pending = Vec::with_capacity(calls);
    for _ in 0..calls {
        let ended = setup.runtime.block_on(setup.host.call(call(setup.digests[0])));
        if !matches!(ended.answer, Answer::Pending(_)) {
            return Err(format!("it does not go on: {:?}", ended.answer).into());
        }
        pending.push(ended);
    }
    let grown = resident()? - before;
    drop(pending);
    Ok(Measured::from([("grown_mb", vec![grown.max(0.0)])]))
}

/// Memory of this process, in MB.
fn resident() -> Fallible<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    Ok(kib.ok_or("the system does not tell how much memory a process has")? * 1_024.0 / 1e6)
}
