//! A guest that computes for ever, and those beside it.

use std::time::{Duration, Instant};

use hardstop_plugin_host::Options;
use hardstop_ports::plugin::{Answer, Call, Plugins as _};

use crate::{
    Fallible, Measured,
    setup::{Setup, call, micros, percentile, setup},
};

/// How long it may go on. Its processor time would end it far later.
const DEADLINE: Duration = Duration::from_millis(200);

/// In turns, `rounds` times: quick calls for as long as the other may run, alone and beside it.
pub(crate) fn measure(endless: &str, quick: &str, rounds: usize) -> Fallible<Measured> {
    let setup = setup(Options::default(), &[endless, quick])?;
    setup.runtime.block_on(async {
        for digest in &setup.digests {
            setup.host.prepare(*digest).await.map_err(|failure| failure.message)?;
        }
        let mut measured = Measured::new();
        for _ in 0..rounds {
            let mut alone = quick_calls(&setup, Instant::now() + DEADLINE).await;
            let start = Instant::now();
            let ends = async {
                let call = Call { remaining: DEADLINE, ..call(setup.digests[0]) };
                (setup.host.call(call).await.answer, start.elapsed())
            };
            let ((answer, took), mut beside) =
                tokio::join!(ends, quick_calls(&setup, start + DEADLINE));
            let stopped = matches!(&answer, Answer::Failed(it) if it.code == "plugin_time");
            if !stopped {
                return Err(format!("it is not stopped for its time: {answer:?}").into());
            }
            for (name, value) in [
                ("over_ms", micros(took.saturating_sub(DEADLINE)) / 1e3),
                ("alone_us", percentile(&mut alone, 50)),
                ("beside_us", percentile(&mut beside, 50)),
            ] {
                measured.entry(name).or_default().push(value);
            }
        }
        Ok(measured)
    })
}

/// Calls one after the other, each timed.
async fn quick_calls(setup: &Setup, until: Instant) -> Vec<f64> {
    let mut took = Vec::new();
    while Instant::now() < until {
        let call = call(setup.digests[1]);
        let start = Instant::now();
        let ended = setup.host.call(call).await;
        took.push(micros(start.elapsed()));
        drop(ended);
    }
    took
}
