//! `hardstop rerun`: first what would follow, then, once that is confirmed, the step again.

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::Args;
use hardstop_core::{
    event::Impact,
    exit::ExitCode,
    ids::{RunId, StepId},
    input::{Request, RerunScope},
    run::{Refusal, RunState, impact},
};

use super::deliver::{deliver, step, text};
use crate::{
    error::CliError,
    find,
    output::{ImpactView, Printer, note, prompt},
    read,
    wire::Site,
};

/// Have a step done again, whatever it came to. Shows what follows from it first.
#[derive(Args, Debug)]
pub(crate) struct Rerun {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The step.
    step: String,
    /// Only the items of the step that failed.
    #[arg(long, conflicts_with = "from")]
    failed: bool,
    /// And everything after it that has begun.
    #[arg(long)]
    from: bool,
    /// Why.
    #[arg(long)]
    reason: String,
    /// Show what would follow, and change nothing.
    #[arg(long, conflicts_with = "confirm")]
    dry_run: bool,
    /// The code of what was shown; without it, it is asked for on a terminal.
    #[arg(long, value_name = "CODE")]
    confirm: Option<String>,
}

impl Rerun {
    /// Shows what follows, or delivers the request.
    ///
    /// # Errors
    ///
    /// If the step cannot be done again, or what would follow is not what was confirmed.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        let step = step(&self.step)?;
        let reason = text("the reason", &self.reason)?;
        let confirmed = if let Some(code) = &self.confirm {
            code.to_ascii_lowercase()
        } else {
            let view = self.preview(&site, &run, &step)?;
            if self.dry_run {
                out.answer(&view, ImpactView::in_words)?;
                return Ok(ExitCode::Done);
            }
            ask(&view)?
        };
        let scope = self.scope();
        deliver(out, site, &run, |driver| {
            let previewed = driver.state().map(|state| follows(state, &step, scope)).transpose()?;
            let view = previewed.as_ref().map(|impact| ImpactView::of(&step, impact));
            if view.is_none_or(|view| view.code != confirmed) {
                return Err(CliError::Refused {
                    refusal: Refusal::NotNow(
                        "what follows is not what was confirmed: look at it with `--dry-run`"
                            .to_owned(),
                    ),
                });
            }
            Ok(vec![Request::Rerun { step, scope, previewed, reason }])
        })
    }

    fn preview(&self, site: &Site, run: &RunId, step: &StepId) -> Result<ImpactView, CliError> {
        let state = read::live_state(site, run)?;
        Ok(ImpactView::of(step, &follows(&state, step, self.scope())?))
    }

    const fn scope(&self) -> RerunScope {
        match (self.failed, self.from) {
            (true, _) => RerunScope::FailedItems,
            (_, true) => RerunScope::From,
            (false, false) => RerunScope::Step,
        }
    }
}

fn follows(state: &RunState, step: &StepId, scope: RerunScope) -> Result<Impact, CliError> {
    impact(state, step, scope).map_err(|refusal| CliError::Refused { refusal })
}

/// Shows what follows to whoever sits there, and takes their word for it.
fn ask(view: &ImpactView) -> Result<String, CliError> {
    note(view.in_words().trim_end());
    let hint = || format!("if that is meant, say so: `--confirm {}`", view.code);
    if !io::stdin().is_terminal() {
        return Err(CliError::usage("nobody confirmed what follows", hint()));
    }
    prompt("Do it? [y/N]");
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|source| CliError::System { what: "the answer cannot be read", source })?;
    if matches!(answer.trim(), "y" | "yes") {
        Ok(view.code.clone())
    } else {
        Err(CliError::usage("not confirmed, so nothing was changed", hint()))
    }
}
