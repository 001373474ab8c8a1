//! `hardstop triggers`.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::{exit::ExitCode, header::TriggerKind, limits::REQUESTS_MAX};
use hardstop_journal::{Mark, MarkState, Marks};

use crate::{
    clock::SystemClock,
    error::CliError,
    output::{FiredView, Printer, TriggerRow, TriggersView},
    wire::Site,
};

/// How many that were not opened are shown of each trigger.
const NOT_OPENED_SHOWN: usize = 3;

/// Show what starts runs by itself: the last run and the next of each, and what was not opened.
#[derive(Args, Debug)]
pub(crate) struct Triggers {}

impl Triggers {
    /// Prints the triggers. Nothing is opened.
    ///
    /// # Errors
    ///
    /// If the configuration or the marks cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let Self {} = self;
        let site = Site::open()?;
        let (config, now) = (site.config()?.triggers, SystemClock::now());
        let marks = Marks::new(site.repo.common_dir()).list()?;
        let mut rows = Vec::new();
        for it in &config.schedules {
            let of = row(&marks, TriggerKind::Schedule, &it.id, |mark| mark.trigger.id == it.id);
            rows.push(TriggerRow {
                when: format!("{} {}", it.cron.as_str(), it.zone),
                runbook: Some(it.runbook.to_string()),
                next: it.cron.next(&it.zone, now).map(|at| at.to_string()),
                ..of
            });
        }
        for it in &config.after {
            let of = row(&marks, TriggerKind::After, &it.id, |mark| mark.trigger.id == it.id);
            let (when, runbook) = (format!("after {}", it.after), Some(it.runbook.to_string()));
            rows.push(TriggerRow { when, runbook, ..of });
        }
        if let Some(it) = &config.requests {
            let mut when = format!("requests on {}", it.branch);
            if !site.repo.is_at(&it.branch)? {
                when.push_str("; the current commit is not there, so none are opened here");
            } else if site.repo.yaml_files(&it.folder, REQUESTS_MAX)?.is_empty() {
                when.push_str("; there are none");
            }
            let of = row(&marks, TriggerKind::Request, &it.folder, |_| true);
            rows.push(TriggerRow { when, ..of });
        }
        let next = config.schedules.iter().filter_map(|it| it.cron.next(&it.zone, now)).min();
        let next = next.map(|at| at.to_string());
        out.answer(&TriggersView { triggers: rows, next }, in_words)?;
        Ok(ExitCode::Done)
    }
}

/// What the marks of one trigger say.
fn row(marks: &[Mark], kind: TriggerKind, id: &str, is: impl Fn(&Mark) -> bool) -> TriggerRow {
    let ours = || marks.iter().filter(|mark| mark.trigger.kind == kind && is(mark));
    let opened =
        |mark: &&Mark| matches!(mark.state, MarkState::Opened { .. } | MarkState::Claimed { .. });
    let not =
        |mark: &&Mark| matches!(mark.state, MarkState::Skipped { .. } | MarkState::Refused { .. });
    let mut not_opened: Vec<FiredView> =
        ours().filter(not).rev().take(NOT_OPENED_SHOWN).map(FiredView::from).collect();
    not_opened.reverse();
    TriggerRow {
        id: id.to_owned(),
        kind: kind.name(),
        when: String::new(),
        runbook: None,
        next: None,
        last: ours().rfind(opened).map(FiredView::from),
        pending: ours().filter(|mark| mark.state == MarkState::Pending).map(Into::into).collect(),
        not_opened,
    }
}

fn in_words(view: &TriggersView) -> String {
    if view.triggers.is_empty() {
        return "no triggers\n".to_owned();
    }
    let mut text = String::new();
    for row in &view.triggers {
        let runbook = row.runbook.as_ref().map_or_else(String::new, |it| format!("  runs {it}"));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {}{runbook}  {}", row.kind, row.id, row.when);
        if let Some(next) = &row.next {
            let _ = writeln!(text, "  next: {next}");
        }
        for told in row.last.iter().chain(&row.pending).chain(&row.not_opened) {
            let _ = writeln!(text, "  {}", told.in_words());
        }
    }
    text
}
