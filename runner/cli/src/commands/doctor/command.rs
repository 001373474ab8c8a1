//! Looking at everything, and telling it.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::exit::ExitCode;

use super::{machine, repository, runs};
use crate::{
    error::CliError,
    output::{CheckupView, DoctorView, Printer},
    report,
    wire::Site,
};

/// Look for what would keep runs from working here, and tell what to do about it.
///
/// Changes nothing. Ends with 0 if nothing keeps runs from working, and with 2 otherwise.
#[derive(Args, Debug)]
pub(crate) struct Doctor {}

impl Doctor {
    /// Looks at the machine and, if there is one, at the repository and its runs.
    ///
    /// # Errors
    ///
    /// Only if the answer cannot be written: what is wrong is the answer.
    #[expect(clippy::unused_self, reason = "commands are all run alike")]
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let mut checks = machine::look();
        match Site::open() {
            Ok(site) => {
                checks.extend(repository::look(&site));
                checks.extend(runs::look(&site));
            }
            Err(error) => checks.push(failed("repository", &error, "")),
        }
        let problems = checks.iter().filter(|check| check.verdict == "problem").count();
        out.answer(&DoctorView { checks, problems }, in_words)?;
        Ok(if problems == 0 { ExitCode::Done } else { ExitCode::Usage })
    }
}

/// Something that could not be had, as a problem: the error's own words, and its own hint if it
/// has one.
pub(super) fn failed(name: &'static str, error: &CliError, fix: &str) -> CheckupView {
    // Messages of a file carry the file's text, which is for `check` to show.
    if let CliError::Invalid(diagnostics) = error {
        return CheckupView::problem(name, diagnostics.to_string(), "`hardstop check` shows them");
    }
    let told = report::text(error);
    let told = told.trim_start_matches("error: ").trim_end();
    let (found, hint) = told.split_once("\nhint: ").unwrap_or((told, fix));
    let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
    let fix = (!hint.is_empty()).then(|| hint.to_owned());
    CheckupView { name, verdict: "problem", found, fix }
}

fn in_words(view: &DoctorView) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for CheckupView { name, verdict, found, fix } in &view.checks {
        let _ = writeln!(text, "{verdict:8} {name}: {found}");
        if let Some(fix) = fix {
            let _ = writeln!(text, "         fix: {fix}");
        }
    }
    let _ = match view.problems {
        0 => writeln!(text, "runs work here"),
        1 => writeln!(text, "1 problem keeps runs from working here"),
        n => writeln!(text, "{n} problems keep runs from working here"),
    };
    text
}
