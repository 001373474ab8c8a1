//! `hardstop untick`.

use clap::Args;
use hardstop_core::{exit::ExitCode, ids::ItemId, input::Request};

use super::deliver::{deliver, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Take answers to items of a checklist back, as long as it is open.
#[derive(Args, Debug)]
pub(crate) struct Untick {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The checklist.
    step: String,
    /// The items.
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<String>,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Untick {
    /// Delivers the requests.
    ///
    /// # Errors
    ///
    /// If one is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver(out, site, &run, |_| {
            let (step, reason) = (step(&self.step)?, text("the reason", &self.reason)?);
            let request = |item: &String| {
                let item: Result<ItemId, _> = item.parse();
                let item = item.map_err(|error| {
                    CliError::usage(format!("{error}"), "`hardstop show <run>` lists the items")
                })?;
                Ok(Request::Untick { step: step.clone(), item, reason: reason.clone() })
            };
            self.items.iter().map(request).collect()
        })
    }
}
