//! Rehearsals: they are fit for every pull request only if nobody notices that they ran.

use anyhow::Context as _;

use super::{measure::Samples, scratch::Bench, table::Row};
use crate::place;

/// Four days of a rollout in which much goes wrong, under 100 ms, and all scenarios of this
/// repository, under 2 s; both with the start of the program and the reading of every file.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let root = place::root();
    let root = root.to_str().context("the root of this repository is no text")?;
    let rollout = "runbooks/seeds/scenarios/patch-rollout.everything.scenario.yaml";
    let anywhere = bench.repository(&[])?;
    let (mut one, mut all) = (Samples::default(), Samples::default());
    for _ in 0..bench.size(21, 1) {
        one.push(anywhere.time(&["-C", root, "simulate", rollout], 0)?);
    }
    for _ in 0..bench.size(5, 1) {
        all.push(anywhere.time(&["-C", root, "simulate", "runbooks"], 0)?);
    }
    Ok(vec![
        Row::limited("`simulate` of a rollout of 96 hours", &one, 100.0, "ms"),
        Row::limited("`simulate` of all scenarios here", &all, 2_000.0, "ms"),
    ])
}
