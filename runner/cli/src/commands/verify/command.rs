//! Asking for a verification, and saying what came of it.

use std::{fmt::Write as _, path::PathBuf};

use clap::Args;
use hardstop_core::{exit::ExitCode, ids::RunId};
use hardstop_engine::documents::sanitise::line;
use hardstop_evidence::{
    layout,
    register::Record,
    verify::{Finding, Report, Trust, verify_branch, verify_run},
};
use hardstop_git::EvidenceReader;

use super::{
    seen,
    trust::{self, Signers},
};
use crate::{
    error::CliError,
    output::{FindingView, Printer, TEXT_MAX, VerifyView},
    wire::Site,
};

/// Verify evidence: the whole branch, or one run.
///
/// Checks files, seals, the journal's chain, the history of the branch, the register, and that
/// people had the authority for what they did; nothing but the repository is needed. Whose
/// signatures count: `--signers`; else the list committed in this repository; else this machine's
/// own key; else the list on the branch itself, and then who signed counts as not checked.
///
/// After a verification without findings the head of the branch is remembered in the git
/// directory; a branch that later does not descend from it is reported (EV305).
///
/// Ends with 0 if all is well, 5 if evidence does not verify, and 2 if nothing is wrong but
/// something could not be checked.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// A run, by its id or the beginning of it; the history of the branch is then not looked at.
    run: Option<String>,
    /// Verify the whole branch; this is done as well if no run is named.
    #[arg(long, conflicts_with = "run")]
    all: bool,
    /// Verify another branch or commit than the evidence branch of this clone.
    #[arg(long = "ref", value_name = "REVISION")]
    revision: Option<String>,
    /// The keys whose signatures count, as an `allowed_signers` file.
    #[arg(long, value_name = "FILE")]
    signers: Option<PathBuf>,
    /// A commit that the history must hold, by its full name.
    #[arg(long, value_name = "COMMIT", conflicts_with = "run")]
    expect_head: Option<String>,
}

impl Verify {
    /// Verifies, and prints what was found.
    ///
    /// # Errors
    ///
    /// If there is no evidence yet, no such run, or the list of signers cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let evidence = match &self.revision {
            Some(revision) => EvidenceReader::open_at(&site.repo, revision)?,
            None => site.evidence()?.ok_or_else(|| {
                CliError::usage(
                    "there is no evidence branch yet",
                    "`hardstop run` makes it; in a clone without it: `git fetch origin \
                     hardstop/evidence:hardstop/evidence`",
                )
            })?,
        };
        let Signers { keys, source, from } =
            trust::signers(&site, self.signers.as_deref(), &evidence)?;
        // Another revision may well be older than what was verified last.
        let is_own = self.revision.is_none() && self.run.is_none();
        let expected_head = match self.expect_head {
            Some(commit) if !seen::is_commit(&commit) => {
                return Err(CliError::usage(
                    format!("{commit:?} is not the full name of a commit"),
                    "`git rev-parse <revision>` prints it",
                ));
            }
            Some(commit) => Some(commit),
            None => is_own.then(|| seen::head(&site)).flatten(),
        };
        let trust = Trust { signers: keys, source, expected_head };
        let report = match &self.run {
            Some(prefix) => verify_run(&evidence, &find(&evidence, prefix)?, &trust),
            None => verify_branch(&evidence, evidence.commits(), &trust),
        };
        if is_own && report.findings.is_empty() {
            seen::remember(&site, &evidence.head());
        }
        let code = code(&report);
        out.answer(&view(report, evidence.head(), from, trust), in_words)?;
        Ok(code)
    }
}

/// What is wrong outweighs what could not be looked at.
fn code(report: &Report) -> ExitCode {
    match (report.findings.is_empty(), report.not_checked.is_empty()) {
        (false, _) => ExitCode::Evidence,
        (true, false) => ExitCode::Usage,
        (true, true) => ExitCode::Done,
    }
}

/// The run on the branch whose id begins with `prefix`. A full id needs no register, which may be
/// what is damaged.
fn find(evidence: &EvidenceReader, prefix: &str) -> Result<RunId, CliError> {
    let none = || {
        CliError::usage(
            format!("there is no evidence of a run {prefix:?}"),
            "`hardstop status --all` lists every run",
        )
    };
    if let Ok(run) = prefix.parse::<RunId>() {
        let there = evidence.run_file(&run, layout::RUN).map_err(CliError::Evidence)?;
        return there.map(|_| run).ok_or_else(none);
    }
    let register = evidence.register().map_err(CliError::Evidence)?;
    let opened = register.into_iter().filter_map(|line| match line.event {
        Record::Opened { run, .. } => Some(run),
        Record::Closed { .. } => None,
    });
    let mut found: Vec<RunId> = opened.filter(|run| run.as_str().starts_with(prefix)).collect();
    match (found.pop(), found.len()) {
        (None, _) => Err(none()),
        (Some(run), 0) => Ok(run),
        (Some(_), more) => Err(CliError::usage(
            format!("{prefix:?} is the beginning of {} runs", more + 1),
            "type more of the id",
        )),
    }
}

fn view(report: Report, head: String, from: String, trust: Trust) -> VerifyView {
    let Report { findings, not_checked, notes, runs, commits } = report;
    let plain = |text: String| line(&text, TEXT_MAX * 2);
    let finding = |Finding { id, run, place, message }: Finding| FindingView {
        id: id.to_string(),
        run: run.map(|run| run.to_string()),
        place: plain(place),
        message: plain(message),
    };
    VerifyView {
        clean: findings.is_empty() && not_checked.is_empty(),
        head,
        signers: from,
        expected_head: trust.expected_head,
        runs,
        commits,
        findings: findings.into_iter().map(finding).collect(),
        not_checked: not_checked.into_iter().map(plain).collect(),
        notes: notes.into_iter().map(plain).collect(),
    }
}

fn in_words(view: &VerifyView) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for FindingView { id, run, place, message } in &view.findings {
        let run = run.as_ref().map(|run| format!("{run} ")).unwrap_or_default();
        let _ = writeln!(text, "{id} {run}{place}: {message}");
    }
    for what in &view.not_checked {
        let _ = writeln!(text, "NOT CHECKED {what}");
    }
    for what in &view.notes {
        let _ = writeln!(text, "NOTE {what}");
    }
    let _ = writeln!(text, "signers: {}", view.signers);
    let _ = writeln!(text, "head: {}", view.head);
    let plural = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let looked_at = [plural(view.runs, "run"), plural(view.commits, "commit")].join(", ");
    let verdict = match (view.findings.len() as u64, view.not_checked.is_empty()) {
        (0, true) => "all of it verifies".to_owned(),
        (0, false) => "nothing is wrong, and not all of it could be checked".to_owned(),
        (n, _) => format!("{}: this evidence does not verify", plural(n, "finding")),
    };
    let _ = writeln!(text, "{looked_at}: {verdict}");
    text
}
