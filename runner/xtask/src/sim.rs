//! `cargo xtask sim --seeds N [--from S]`: many seeds of the simulator, some hours of them if need be.
//!
//! The seeds are told by the test suite `sim` itself, in stretches, so that progress is seen and the
//! first seed that breaks an invariant ends it. The suite uses every processor.

use std::{
    io::{self, Write as _},
    process::Command,
};

use anyhow::{Context, bail};

/// The seeds of one stretch: enough that starting the suite costs nothing beside them.
const STRETCH: u64 = 2_000;

/// Tells the seeds that the arguments name.
///
/// # Errors
///
/// If an argument is not understood, the suite cannot be built, or a seed breaks an invariant; its
/// report, which names the command that replays it, is printed before.
pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let (seeds, from) = match args {
        ["--seeds", seeds] => (number(seeds)?, 0),
        ["--seeds", seeds, "--from", from] => (number(seeds)?, number(from)?),
        _ => bail!("usage: cargo xtask sim --seeds N [--from S]"),
    };
    let end = from.checked_add(seeds).context("there are not so many seeds")?;
    let mut first = from;
    while first < end {
        let next = first.saturating_add(STRETCH).min(end);
        let status = Command::new(env!("CARGO"))
            .args(["test", "--quiet", "--package", "hardstop-engine", "--test", "sim", "--"])
            .args(["--exact", "every_seed_keeps_the_invariants"])
            .env("HARDSTOP_SIM_FROM", first.to_string())
            .env("HARDSTOP_SIM_SEEDS", (next - first).to_string())
            .status()
            .context("cannot start cargo")?;
        if !status.success() {
            bail!("one of the seeds {first} to {} broke an invariant", next - 1);
        }
        writeln!(io::stdout(), "{} of {seeds} seeds", next - from)?;
        first = next;
    }
    Ok(())
}

fn number(text: &str) -> anyhow::Result<u64> {
    text.parse().with_context(|| format!("`{text}` is not a number of seeds"))
}
