//! Asking for rehearsals, and telling what came of them.

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_engine::simulate::Gaps;

use super::{
    found, junit,
    play::{Player, Verdict, span},
};
use crate::{
    error::CliError,
    output::{CoverageView, Printer, RehearsedView, SimulateView, note},
};

/// Rehearse runbooks: play scenario files, and compare what happens with what they expect.
///
/// Nothing is run, nothing is waited for and no repository is needed. Commands, actions, people,
/// clocks and crashes are what the scenario says; all that decides is what decides in real runs.
/// Ends with 0 if all came true, with 1 if something did not, and with 2 if a file is wrong.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// Scenario files, and folders to look for them in.
    #[arg(default_value = "runbooks")]
    paths: Vec<PathBuf>,
    /// Tell all that happens, and when.
    #[arg(short, long)]
    verbose: bool,
    /// Write the golden files that scenarios name, instead of comparing with them.
    #[arg(long)]
    bless: bool,
    /// Tell what of the runbooks no scenario reached.
    #[arg(long)]
    coverage: bool,
    /// Write the verdicts as `JUnit` XML as well.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl Simulate {
    /// Plays every scenario.
    ///
    /// # Errors
    ///
    /// If there is no scenario, or a file cannot be written.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let mut player = Player { bless: self.bless, timeline: self.verbose, ..Player::default() };
        let mut view = SimulateView {
            scenarios: Vec::new(),
            passed: 0,
            failed: 0,
            wrong: 0,
            coverage: Vec::new(),
        };
        for path in found::scenarios(&self.paths)? {
            let (verdict, played) = player.play(&path)?;
            match verdict {
                Verdict::Passed => view.passed += 1,
                Verdict::Failed => view.failed += 1,
                Verdict::Wrong => view.wrong += 1,
            }
            view.scenarios.push(played);
        }
        let plugins: BTreeSet<&str> =
            player.unlocked.iter().filter_map(|it| it.split('/').next()).collect();
        if !plugins.is_empty() {
            let plugins = plugins.into_iter().collect::<Vec<_>>().join(", ");
            note(format!("note: not locked, so not checked: the calls of {plugins}"));
        }
        if self.coverage {
            view.coverage = player.coverage.gaps().into_iter().map(CoverageView::from).collect();
        }
        if let Some(path) = &self.junit {
            junit::write(path, &view)?;
        }
        out.answer(&view, in_words)?;
        Ok(match (view.wrong, view.failed) {
            (0, 0) => ExitCode::Done,
            (0, _) => ExitCode::RunFailed,
            (_, _) => ExitCode::Usage,
        })
    }
}

impl From<Gaps> for CoverageView {
    fn from(gaps: Gaps) -> Self {
        let Gaps { runbook, steps, not_begun, never_failed, never_skipped } = gaps;
        Self { runbook, steps, not_begun, never_failed, never_skipped }
    }
}

fn in_words(view: &SimulateView) -> String {
    let mut text = String::new();
    for scenario in &view.scenarios {
        tell(scenario, &mut text);
    }
    // Writing to a String cannot fail.
    let _ = write!(text, "{} passed", view.passed);
    for (count, what) in [(view.failed, "failed"), (view.wrong, "could not be read")] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text.push('\n');
    for coverage in &view.coverage {
        covered(coverage, &mut text);
    }
    text
}

fn tell(scenario: &RehearsedView, text: &mut String) {
    let verdict = if scenario.passed { "ok" } else { "FAILED" };
    let result = scenario.result.as_deref().unwrap_or("waiting");
    let RehearsedView { path, title, took_ms, .. } = scenario;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{verdict:6} {:>10} {result:10} {path}: {title}", span(*took_ms));
    for event in &scenario.events {
        let _ = writeln!(text, "       {:>10} {}", span(event.at_ms), event.sentence);
    }
}

fn covered(coverage: &CoverageView, text: &mut String) {
    let CoverageView { runbook, steps, not_begun, never_failed, never_skipped } = coverage;
    let begun = steps - not_begun.len();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{runbook}: {begun} of {steps} steps are reached");
    for (what, which) in [
        ("never begun", not_begun),
        ("never failed", never_failed),
        ("never skipped by their condition", never_skipped),
    ] {
        if !which.is_empty() {
            let _ = writeln!(text, "  {what}: {}", which.join(", "));
        }
    }
}
