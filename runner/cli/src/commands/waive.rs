//! `hardstop waive`.

use clap::{Args, ValueEnum};
use hardstop_core::{event::OpenItem, exit::ExitCode, input::Request};

use super::deliver::{deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Let the run close although something is still open. That is recorded.
#[derive(Args, Debug)]
pub(crate) struct Waive {
    /// The run, by its id or the beginning of it.
    run: String,
    /// What is open.
    #[arg(value_enum)]
    kind: Kind,
    /// The step it is open at.
    step: String,
    /// Why it may be.
    #[arg(long)]
    reason: String,
}

/// What may be open at a step.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// A failure that was tolerated.
    Failed,
    /// What was set or done, and not set or taken back.
    Altered,
    /// It read what was done again since.
    Stale,
    /// A hard stop that was ended early.
    Review,
}

impl Waive {
    /// Delivers the request.
    ///
    /// # Errors
    ///
    /// If it is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |_| {
            let reason = text("the reason", &self.reason)?;
            let step = step(&self.step)?;
            let item = match self.kind {
                Kind::Failed => OpenItem::Failed { step },
                Kind::Altered => OpenItem::Altered { step },
                Kind::Stale => OpenItem::Stale { step },
                Kind::Review => OpenItem::Review { step },
            };
            Ok(vec![Request::Waive { item, reason }])
        })
    }
}
