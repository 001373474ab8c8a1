//! `hardstop tick`.

use std::path::PathBuf;

use clap::Args;
use hardstop_core::{
    exit::ExitCode,
    ids::{ItemId, StepId},
    input::Request,
    model::{ItemKind, StepKind},
    run::{Refusal, RunState},
};
use hardstop_engine::transition::Attachment;

use super::deliver::{deliver_with, file, hand_in, step, text};
use crate::{error::CliError, find, output::Printer, wire::Site};

/// Answer items of a checklist.
#[derive(Args, Debug)]
pub(crate) struct Tick {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The checklist.
    step: String,
    /// The items, each with its value if it is a fill-in.
    #[arg(required = true, value_name = "ITEM[=VALUE]")]
    items: Vec<String>,
    /// The file that comes with the answer; for one item only.
    #[arg(long)]
    file: Option<PathBuf>,
}

impl Tick {
    /// Delivers the answers, all of which are looked at before the first is given.
    ///
    /// # Errors
    ///
    /// If one is refused, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        if self.file.is_some() && self.items.len() > 1 {
            return Err(CliError::usage(
                "a file comes with one item, and there are several",
                "one `hardstop tick` for each item with a file",
            ));
        }
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        deliver_with(out, site, &run, |driver| {
            let step = step(&self.step)?;
            self.items.iter().map(|item| self.answer(driver.state(), &step, item)).collect()
        })
    }

    fn answer(
        &self,
        state: Option<&RunState>,
        step: &StepId,
        typed: &str,
    ) -> Result<(Request, Vec<Attachment>), CliError> {
        let (name, given) = typed.split_once('=').map_or((typed, None), |(n, v)| (n, Some(v)));
        let item: ItemId = name
            .parse()
            .map_err(|error| CliError::usage(format!("{error}"), "`<item>` or `<item>=<value>`"))?;
        let bad = |want: String| CliError::Refused {
            refusal: Refusal::BadAnswer(format!("item `{item}` takes {want}")),
        };
        let handed = match &self.file {
            Some(path) => Some(hand_in(state, step, file(path)?)?),
            None => None,
        };
        let (artifact, handed) = handed.unzip();
        let value = match (kind(state, step, &item), given, &artifact) {
            // Where there is no such item the run itself says so.
            (None, given, _) => given.unwrap_or_default().into(),
            (Some(kind @ ItemKind::File), _, Some(kept)) => kind.read(&kept.path).map_err(bad)?,
            (Some(ItemKind::File), _, None) => return Err(bad("a file: --file <path>".to_owned())),
            (Some(kind), given, _) => {
                let given = text("the answer", given.unwrap_or_default())?;
                kind.read(&given).map_err(bad)?
            }
        };
        let request = Request::Tick { step: step.clone(), item, value, artifact };
        Ok((request, handed.into_iter().collect()))
    }
}

fn kind(state: Option<&RunState>, step: &StepId, item: &ItemId) -> Option<ItemKind> {
    let StepKind::Checklist(list) = &state?.template(step)?.kind else { return None };
    list.items.iter().find(|planned| planned.id == *item).map(|planned| planned.kind.clone())
}
