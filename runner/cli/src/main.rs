//! The `hardstop` command: wiring, printing, environment, configuration, clock.
//!
//! The only crate that prints or reads any of these. It decides nothing: what an input means is
//! `hardstop-core`'s business, how a run is moved `hardstop-engine`'s.

mod args;
mod begin;
mod clock;
mod commands;
mod error;
mod find;
mod group;
mod hands;
mod holders;
mod identity;
mod inputs;
mod interrupt;
mod live_again;
mod nursery;
mod output;
mod plugins;
mod read;
mod report;
mod secrets;
mod ui;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use args::Args;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return report::wrong_arguments(&error),
    };
    let json = args.json;
    let done = args.enter().and_then(|()| commands::run(args.command, json));
    report::finish(done, json)
}

/// Ends the process at once: somebody asked twice, and what is under way is not waited for.
#[expect(clippy::exit, reason = "there is no frame to return through from inside a driver")]
fn leave_at_once() -> ! {
    std::process::exit(130)
}
