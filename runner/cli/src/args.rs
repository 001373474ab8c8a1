//! What may be typed. Each command's own arguments stand beside it, in `commands`.

use std::{env, path::PathBuf};

use clap::{Parser, Subcommand};

use crate::{
    commands::{
        abort, advance, approve, attest, break_glass, check, claim, dev, diff, doctor, hold, init,
        lift, locks, note, plan, plugin, rebase, reject, render, report, rerun, retry, review, run,
        send_back, show, simulate, skip, status, tick, triggers, untick, verify, waive, why,
        withdraw,
    },
    error::CliError,
};

/// Runbooks that stop where they must, and prove what they did.
#[derive(Debug, Parser)]
#[command(name = "hardstop", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Work in this folder instead of the current one.
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    /// Print one JSON object to standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// Goes to the folder that was asked for.
    ///
    /// # Errors
    ///
    /// If there is no such folder.
    pub(crate) fn enter(&self) -> Result<(), CliError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        env::set_current_dir(directory).map_err(|source| CliError::Path {
            path: directory.display().to_string(),
            action: "cannot be entered",
            source,
        })
    }
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Check(check::Check),
    Plan(plan::Plan),
    Diff(diff::Diff),
    Render(render::Render),
    Simulate(simulate::Simulate),
    Run(run::Run),
    Advance(advance::Advance),
    Triggers(triggers::Triggers),
    Status(status::Status),
    Show(show::Show),
    Why(why::Why),
    Locks(locks::Locks),
    Plugin(plugin::Plugin),
    Tick(tick::Tick),
    Untick(untick::Untick),
    Approve(approve::Approve),
    Reject(reject::Reject),
    Withdraw(withdraw::Withdraw),
    Retry(retry::Retry),
    Skip(skip::Skip),
    Attest(attest::Attest),
    Rerun(rerun::Rerun),
    SendBack(send_back::SendBack),
    Rebase(rebase::Rebase),
    BreakGlass(break_glass::BreakGlass),
    Review(review::Review),
    Waive(waive::Waive),
    Claim(claim::Claim),
    Note(note::Note),
    Hold(hold::Hold),
    Lift(lift::Lift),
    Abort(abort::Abort),
    Verify(verify::Verify),
    Report(report::Report),
    Doctor(doctor::Doctor),
    Dev(dev::Dev),
}
