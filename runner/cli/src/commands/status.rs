//! `hardstop status`.

use std::fmt::Write as _;

use clap::Args;
use hardstop_core::{
    exit::ExitCode,
    header::Header,
    ids::RunId,
    view::{self, Need, Status as Word},
};
use hardstop_evidence::{document, layout};
use hardstop_git::EvidenceReader;

use crate::{
    clock::SystemClock,
    error::CliError,
    find::{self, Registered},
    holders::held_by,
    output::{Printer, StatusRow, StatusView},
    read,
    wire::Site,
};

/// How many closed runs are shown unless all are asked for, and looked into for their runbook:
/// the rest comes from the register alone.
const CLOSED_SHOWN: usize = 10;
/// How many live runs are folded for the words; of the rest, what their owners noted is enough.
const LIVE_FOLDED: usize = 200;

/// List runs: those that are live, and the last that are over.
#[derive(Args, Debug)]
pub(crate) struct Status {
    /// List every run there ever was.
    #[arg(long)]
    all: bool,
}

impl Status {
    /// Prints the table.
    ///
    /// # Errors
    ///
    /// If the live runs or the register cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        // The live ones first: a run closed in between is then listed twice rather than not at all.
        let live = site.live.list()?;
        let mut registered = find::registered(&site)?;
        registered.retain(|run, _| !live.contains(run));
        let (near, far) = live.split_at(live.len().min(LIVE_FOLDED));
        let mut runs: Vec<StatusRow> = near.iter().map(|run| live_row(&site, run)).collect();
        runs.extend(far.iter().map(|run| noted_row(&site, run)));
        let mut rest: Vec<(RunId, Registered)> = registered.into_iter().collect();
        rest.sort_by_key(|(_, known)| {
            std::cmp::Reverse(known.closed.map_or(known.opened, |(at, _)| at))
        });
        let shown = if self.all { rest.len() } else { rest.len().min(CLOSED_SHOWN) };
        let more = rest.len() - shown;
        let evidence = site.evidence()?;
        for (index, (run, known)) in rest.into_iter().take(shown).enumerate() {
            let header = evidence.as_ref().filter(|_| index < CLOSED_SHOWN);
            runs.push(recorded_row(&run, &known, header));
        }
        out.answer(&StatusView { runs, more }, in_words)?;
        Ok(ExitCode::Done)
    }
}

/// A live run as its last owner noted it, or folded if nobody did since it last grew.
fn noted_row(site: &Site, run: &RunId) -> StatusRow {
    let Some(noted) = site.live.peek(run).ok().and_then(|peek| peek.wake()) else {
        return live_row(site, run);
    };
    StatusRow {
        run: run.to_string(),
        short: run.short().to_owned(),
        runbook: None,
        status: noted.status,
        since: None,
        waits_for: None,
    }
}

/// A live run, folded.
fn live_row(site: &Site, run: &RunId) -> StatusRow {
    let row = |runbook, status: String, since, waits_for| StatusRow {
        run: run.to_string(),
        short: run.short().to_owned(),
        runbook,
        status,
        since,
        waits_for,
    };
    match read::live_state(site, run) {
        Ok(state) => {
            let (waiting, now) = (view::waiting(&state), SystemClock::now());
            let since = waiting.iter().filter_map(|open| open.since).min().or(state.opened());
            let needs: Vec<String> = waiting
                .iter()
                .map(|open| need(open) + &held_by(&state, open, &site.live.locks(), now))
                .collect();
            row(
                Some(state.header().runbook.id.to_string()),
                view::status(&state).to_string(),
                since.map(|since| since.to_string()),
                Some(needs.join("; ")).filter(|needs| !needs.is_empty()),
            )
        }
        // One run that cannot be read must not hide the others.
        Err(error) => row(None, "damaged".to_owned(), None, Some(error.to_string())),
    }
}

fn recorded_row(run: &RunId, known: &Registered, evidence: Option<&EvidenceReader>) -> StatusRow {
    let header: Option<Header> = evidence
        .and_then(|evidence| evidence.run_file(run, layout::RUN).ok()?)
        .and_then(|bytes| document::from_bytes(&bytes).ok());
    let (status, since) = match known.closed {
        Some((at, result)) => (Word::from(result).word(), at),
        None => ("elsewhere", known.opened),
    };
    StatusRow {
        run: run.to_string(),
        short: run.short().to_owned(),
        runbook: header.map(|header| header.runbook.id.to_string()),
        status: status.to_owned(),
        since: Some(since.to_string()),
        waits_for: None,
    }
}

/// What is needed, in as few words as a table has room for.
fn need(open: &view::Waiting) -> String {
    let step = open.step.as_ref().map(ToString::to_string).unwrap_or_default();
    match &open.need {
        Need::Answers { items, .. } => format!("{} answers to {step}", items.len()),
        Need::Approval { code, .. } => format!("approval {step}, code {code}"),
        Need::Verb { .. } => format!("{step} failed"),
        Need::Word { .. } => format!("{step}: nobody knows whether it happened"),
        Need::Confirmation { .. } => format!("a second person for {step}"),
        Need::Time { until, hard: true } => format!("hard stop {step} until {until}"),
        Need::Time { until, hard: false } => format!("wait {step} until {until}"),
        Need::NextAttempt { at } => format!("next attempt at {step} at {at}"),
        Need::Window { opens: Some(opens), .. } => format!("window of {step} opens {opens}"),
        Need::Window { opens: None, .. } => format!("no window of {step} opens"),
        Need::Locks { names } => format!("locks of {step}: {}", names.join(", ")),
        Need::Run { run, .. } => format!("run {}", run.short()),
        Need::Action { note, .. } => {
            let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            format!("{step} goes on{note}")
        }
        Need::Turn { group } => format!("its turn in {group}"),
        Need::Settlement { item, .. } => format!("{} is open", item.step()),
        Need::Lift { by, .. } => format!("held by {by}"),
        Need::Revision { .. } => "its runbook was revoked".to_owned(),
        Need::Clock => "held: the clock went back".to_owned(),
        Need::Storage { .. } => "evidence cannot be committed".to_owned(),
    }
}

fn in_words(view: &StatusView) -> String {
    if view.runs.is_empty() {
        return "no runs yet; `hardstop run <runbook.yaml>` starts one\n".to_owned();
    }
    let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let width = view.runs.iter().filter_map(|row| row.runbook.as_ref().map(String::len)).max();
    let width = width.unwrap_or(0).max("RUNBOOK".len());
    let mut text =
        format!("{:10}  {:width$}  {:10}  {:24}  WAITS FOR\n", "RUN", "RUNBOOK", "STATUS", "SINCE");
    for row in &view.runs {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:10}  {:width$}  {:10}  {:24}  {}",
            row.short,
            dash(&row.runbook),
            row.status,
            dash(&row.since),
            dash(&row.waits_for),
        );
    }
    if view.more > 0 {
        let _ = writeln!(text, "and {} older; `hardstop status --all` lists them", view.more);
    }
    text
}
