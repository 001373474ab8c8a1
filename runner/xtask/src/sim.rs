//! `cargo xtask sim --seeds N [--from S]`: many seeds of the simulator, some hours of them if need be.
//!
//! The seeds are told by the test suite `sim` itself, optimised for speed and on every processor. It says how
//! far it is, names each seed that breaks an invariant as it meets it, and demands that enough seeds
//! reach every kind of event, state and crash.

use anyhow::{Context, bail};

use crate::place::cargo;

/// Tells the seeds that the arguments name.
///
/// # Errors
///
/// If an argument is not understood, the suite cannot be built, a seed breaks an invariant, or the
/// seeds did not reach all they should; the suite's report, which names the command that replays the
/// first such seed, is printed before.
pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let (seeds, from) = match args {
        ["--seeds", seeds] => (number(seeds)?, 0),
        ["--seeds", seeds, "--from", from] => (number(seeds)?, number(from)?),
        _ => bail!("usage: cargo xtask sim --seeds N [--from S]"),
    };
    from.checked_add(seeds).context("there are not so many seeds")?;
    let status = cargo()
        .args(["test", "--quiet", "--profile", "sim"])
        .args(["--package", "hardstop-engine", "--test", "sim", "--"])
        .args(["--exact", "every_seed_keeps_the_invariants", "--nocapture"])
        .env("HARDSTOP_SIM_FROM", from.to_string())
        .env("HARDSTOP_SIM_SEEDS", seeds.to_string())
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("the seeds {from} to {} do not hold", from.saturating_add(seeds).saturating_sub(1));
    }
    Ok(())
}

fn number(text: &str) -> anyhow::Result<u64> {
    text.parse().with_context(|| format!("`{text}` is not a number of seeds"))
}
