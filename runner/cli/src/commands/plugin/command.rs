//! What may be done with plugins.

use clap::{Args, Subcommand};
use hardstop_core::exit::ExitCode;

use super::{add::Add, docs::Docs, info::Info, list::List, update::Update, verify::Verify};
use crate::{error::CliError, output::Printer};

/// Lock plugins, so that runbooks may call them, and look at what they ask for and offer.
///
/// What is locked stands in `hardstop.lock`: commit it. What a plugin may reach is granted in
/// `.hardstop/config.yaml`.
#[derive(Args, Debug)]
pub(crate) struct Plugin {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Add(Add),
    List(List),
    Info(Info),
    Update(Update),
    Verify(Verify),
    Docs(Docs),
}

impl Plugin {
    /// Does it.
    ///
    /// # Errors
    ///
    /// Those of each.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        match self.command {
            What::Add(args) => args.run(out),
            What::List(args) => args.run(out),
            What::Info(args) => args.run(out),
            What::Update(args) => args.run(out),
            What::Verify(args) => args.run(out),
            What::Docs(args) => args.run(out),
        }
    }
}
