//! From what was typed to who does it.

use hardstop_core::exit::ExitCode;

use crate::{args::Command, error::CliError, output::Printer};

/// Does what was asked for.
///
/// # Errors
///
/// Whatever went wrong; [`report`](crate::report) says it.
pub(crate) fn run(command: Command, json: bool) -> Result<ExitCode, CliError> {
    let out = Printer::new(json);
    match command {
        Command::Init(args) => args.run(&out),
        Command::Check(args) => args.run(&out),
        Command::Plan(args) => args.run(&out),
        Command::Diff(args) => args.run(&out),
        Command::Render(args) => args.run(&out),
        Command::Simulate(args) => args.run(&out),
        Command::Run(args) => args.run(&out),
        Command::Advance(args) => args.run(&out),
        Command::Triggers(args) => args.run(&out),
        Command::Status(args) => args.run(&out),
        Command::Show(args) => args.run(&out),
        Command::Why(args) => args.run(&out),
        Command::Locks(args) => args.run(&out),
        Command::Plugin(args) => args.run(&out),
        Command::Tick(args) => args.run(&out),
        Command::Untick(args) => args.run(&out),
        Command::Approve(args) => args.run(&out),
        Command::Reject(args) => args.run(&out),
        Command::Withdraw(args) => args.run(&out),
        Command::Retry(args) => args.run(&out),
        Command::Skip(args) => args.run(&out),
        Command::Attest(args) => args.run(&out),
        Command::Rerun(args) => args.run(&out),
        Command::SendBack(args) => args.run(&out),
        Command::Rebase(args) => args.run(&out),
        Command::BreakGlass(args) => args.run(&out),
        Command::Review(args) => args.run(&out),
        Command::Waive(args) => args.run(&out),
        Command::Claim(args) => args.run(&out),
        Command::Note(args) => args.run(&out),
        Command::Hold(args) => args.run(&out),
        Command::Lift(args) => args.run(&out),
        Command::Abort(args) => args.run(&out),
        Command::Verify(args) => args.run(&out),
        Command::Report(args) => args.run(&out),
        Command::Doctor(args) => args.run(&out),
        Command::Dev(args) => args.run(&out),
    }
}
