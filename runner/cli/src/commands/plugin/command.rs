//! What may be done with plugins.

use clap::{Args, Subcommand};
use hardstop_core::exit::ExitCode;

use super::{
    add::Add, docs::Docs, info::Info, list::List, new::New, update::Update, verify::Verify,
};
#[cfg(feature = "plugins")]
use super::{test::Test, wrap::Wrap};
use crate::{error::CliError, output::Printer};

/// Lock plugins, so that runbooks may call them, look at what they ask for and offer, and write
/// your own.
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
    New(New),
    #[cfg(feature = "plugins")]
    Wrap(Wrap),
    #[cfg(feature = "plugins")]
    Test(Test),
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
            What::New(args) => args.run(out),
            #[cfg(feature = "plugins")]
            What::Wrap(args) => args.run(out),
            #[cfg(feature = "plugins")]
            What::Test(args) => args.run(out),
        }
    }
}
