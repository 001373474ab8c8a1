//! One scenario: read, played, and its golden file kept up.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use hardstop_core::{
    model::Plan,
    time::{Millis, Timestamp},
};
use hardstop_engine::{
    documents::sanitise::line,
    simulate::{Coverage, Rehearsal, Script, rehearse},
};
use hardstop_runbook::{Diagnostics, Files, compile, scenario};

use super::{
    super::check::read,
    found::{beside, named},
};
use crate::{
    error::CliError,
    output::{FileProblem, RehearsedEvent, RehearsedView, TEXT_MAX, note},
    report,
};

/// How a scenario came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// The scenario, or the runbook it rehearses, is no file of the language.
    Wrong,
}

/// Plays scenarios, and remembers what several of them need.
#[derive(Default)]
pub(super) struct Player {
    /// Runbooks by path, and the instant as of which calendars were read.
    pub(super) runbooks: BTreeMap<(PathBuf, Timestamp), (String, Plan)>,
    pub(super) coverage: Coverage,
    /// Actions of plugins that are not locked: their calls were not checked.
    pub(super) unlocked: BTreeSet<String>,
    /// Whether golden files are written.
    pub(super) bless: bool,
    /// Whether all that happens is told.
    pub(super) timeline: bool,
}

impl Player {
    /// Plays one scenario, and tells on standard error what did not come true.
    ///
    /// # Errors
    ///
    /// If a golden file cannot be written.
    pub(super) fn play(&mut self, path: &Path) -> Result<(Verdict, RehearsedView), CliError> {
        let shown = path.display().to_string();
        let mut view = RehearsedView {
            path: shown.clone(),
            title: String::new(),
            runbook: None,
            passed: false,
            result: None,
            took_ms: 0,
            problems: Vec::new(),
            events: Vec::new(),
        };
        let text = match read(path) {
            Ok(text) => text,
            Err((message, help)) => return Ok((unread(&shown, &message, help, &mut view), view)),
        };
        let scenario = match scenario::scenario(&shown, &text) {
            Ok(scenario) => scenario,
            Err(wrong) => return Ok((told(&wrong, Verdict::Wrong, &mut view), view)),
        };
        view.title = line(&scenario.title, TEXT_MAX);
        let runbook = beside(path, &scenario.runbook);
        view.runbook = Some(runbook.display().to_string());
        if let Err(verdict) = self.compile(&runbook, scenario.start, &mut view) {
            return Ok((verdict, view));
        }
        let Some((text, plan)) = self.runbooks.get(&(runbook.clone(), scenario.start)) else {
            return Ok((Verdict::Wrong, view));
        };
        let golden_path = scenario.golden.as_ref().map(|(name, _)| beside(path, name));
        let golden = golden_path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let runbook = runbook.display().to_string();
        let script = Script { path: &runbook, text, plan };
        let mut rehearsal = rehearse(&scenario, script, golden.as_deref());
        if let Some(golden_path) = golden_path.filter(|_| self.bless) {
            bless(&golden_path, &mut rehearsal)?;
        }
        let Rehearsal { complaints, result, took, seen, coverage, .. } = rehearsal;
        self.coverage.merge(coverage);
        view.result = result.map(|result| result.to_string());
        view.took_ms = took.0;
        if self.timeline {
            view.events = seen
                .iter()
                .map(|seen| RehearsedEvent {
                    at_ms: seen.at.since(scenario.start).0,
                    kind: seen.kind.clone(),
                    step: seen.step.clone(),
                    sentence: line(&seen.sentence(), TEXT_MAX),
                })
                .collect();
        }
        if complaints.is_empty() {
            view.passed = true;
            return Ok((Verdict::Passed, view));
        }
        Ok((told(&scenario.diagnose(complaints), Verdict::Failed, &mut view), view))
    }

    fn compile(
        &mut self,
        path: &Path,
        at: Timestamp,
        view: &mut RehearsedView,
    ) -> Result<(), Verdict> {
        let key = (path.to_path_buf(), at);
        if self.runbooks.contains_key(&key) {
            return Ok(());
        }
        let shown = path.display().to_string();
        let text = match read(path) {
            Ok(text) => text,
            Err((message, help)) => return Err(unread(&shown, &message, help, view)),
        };
        match compile(&shown, &text, Files { load: &named, at }) {
            Ok(compiled) => {
                self.unlocked.extend(compiled.unlocked);
                self.runbooks.insert(key, (text, compiled.plan));
                Ok(())
            }
            Err(wrong) => Err(told(&wrong, Verdict::Wrong, view)),
        }
    }
}

/// Writes what happened, unless something else did not come true.
fn bless(path: &Path, rehearsal: &mut Rehearsal) -> Result<(), CliError> {
    rehearsal.complaints.retain(|complaint| complaint.code != "scenario::golden");
    if !rehearsal.complaints.is_empty() {
        return Ok(());
    }
    fs::write(path, &rehearsal.golden).map_err(|source| CliError::Path {
        path: path.display().to_string(),
        action: "cannot be written",
        source,
    })
}

fn unread(shown: &str, message: &str, help: String, view: &mut RehearsedView) -> Verdict {
    note(format!("error: {shown} {message}\nhint: {help}"));
    let (code, help) = ("simulate::unreadable".to_owned(), Some(help));
    let message = format!("{shown} {message}");
    view.problems.push(FileProblem { code, message, line: 1, column: 1, help });
    Verdict::Wrong
}

/// Shows problems with the text they are about.
fn told(problems: &Diagnostics, verdict: Verdict, view: &mut RehearsedView) -> Verdict {
    note(report::rendered(problems).trim_end());
    view.problems.extend(problems.findings().into_iter().map(FileProblem::from));
    verdict
}

/// A span with all its units: `1d 02:00:00`.
pub(super) fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    if !ms.is_multiple_of(1_000) && hours == 0 {
        return Millis(ms).to_string();
    }
    format!("{hours}:{minutes:02}:{:02}", seconds % 60)
}
