//! What any command costs before it does anything.

use super::{measure::Samples, scratch::Bench, table::Row};

/// `hardstop --version`, under 10 ms.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let repository = bench.repository(&[])?;
    let mut times = Samples::default();
    for _ in 0..bench.size(51, 3) {
        times.push(repository.time(&["--version"], 0)?);
    }
    Ok(vec![Row::limited("start-up: `--version`", &times, 10.0, "ms")])
}
