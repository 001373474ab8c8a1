//! `hardstop rebase`.

use std::sync::Arc;

use clap::Args;
use hardstop_core::{
    exit::ExitCode,
    input::{Request, Revision},
    run::{Pinned, may_rebase},
};
use hardstop_evidence::{digest, document, layout};
use hardstop_runbook::{Files, action::Lock, compile};

use super::deliver::{deliver, text};
use crate::{
    clock::SystemClock,
    error::CliError,
    find,
    output::{Printer, note},
    plugins, read, report,
    wire::Site,
};

/// Have a paused run go on with its runbook as it is at a newer commit. What was executed must be
/// the same there; approvals that were not used are asked for again.
#[derive(Args, Debug)]
pub(crate) struct Rebase {
    /// The run, by its id or the beginning of it.
    run: String,
    /// The commit: an id, a branch, or anything else that names one.
    #[arg(long, value_name = "COMMIT")]
    onto: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Rebase {
    /// Compiles the runbook at that commit, and delivers the request.
    ///
    /// # Errors
    ///
    /// If the commit does not come after the run's, the runbook is wrong there or calls what
    /// nothing provides here, or what was executed differs.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let run = find::live(&site, &self.run)?;
        let state = read::live_state(&site, &run)?;
        let (pinned, path) = (state.pinned().clone(), state.header().runbook.path.clone());
        let (onto, source) = revision(&site, &self.onto, &pinned, &path)?;
        let (reason, policy) = (text("the reason", &self.reason)?, site.policy()?);
        deliver(out, site, &run, |driver| {
            if let Some(state) = driver.state() {
                // Before anything is kept: what is refused must leave no file behind.
                may_rebase(state, &onto, &policy)
                    .map_err(|refusal| CliError::Refused { refusal })?;
            }
            let failed = |source| CliError::Drive { run: run.clone(), source };
            let plan = document::to_bytes(&*onto.plan);
            driver.keep(layout::later_plan(&onto.digest), &plan).map_err(failed)?;
            let text = layout::later_runbook(&onto.runbook);
            driver.keep(text, source.as_bytes()).map_err(failed)?;
            Ok(vec![Request::Rebase { onto, reason }])
        })
    }
}

/// The runbook at that commit, compiled, and its text.
fn revision(
    site: &Site,
    onto: &str,
    pinned: &Pinned,
    path: &str,
) -> Result<(Revision, String), CliError> {
    let commit = site.repo.newer(onto, &pinned.commit)?;
    let load =
        |path: &str| String::from_utf8(site.repo.text_at(Some(&commit), path).ok().flatten()?).ok();
    let source = load(path).ok_or_else(|| {
        CliError::usage(
            format!("there is no runbook {path} at {commit}"),
            "a run cannot go on with a runbook of another name; start a new one",
        )
    })?;
    let files = Files { load: &load, at: SystemClock::now() };
    let compiled =
        compile(path, &source, files).map_err(|wrong| CliError::Invalid(Box::new(wrong)))?;
    if !compiled.warnings.is_empty() {
        note(report::rendered(&compiled.warnings).trim_end());
    }
    let lock = plugins::parsed(load(Lock::PATH).as_deref())?;
    plugins::ready(site, &compiled, &lock)?;
    let revision = Revision {
        runbook: digest(source.as_bytes()),
        digest: digest(&document::to_bytes(&compiled.plan)),
        plan: Arc::new(compiled.plan),
        commit,
    };
    Ok((revision, source))
}
