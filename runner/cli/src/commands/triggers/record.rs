//! What the evidence branch knows of runs that triggers opened, here or in other clones.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    event::{Entry, Event, RunResult},
    header::{Header, Trigger, TriggerKind},
    ids::RunId,
    limits::TRIGGER_LOOK_BACK,
    time::{Millis, Timestamp},
    value::Value,
};
use hardstop_evidence::{
    document, layout,
    register::{Line, Record as Written},
    verify::ReadError,
};
use hardstop_git::EvidenceReader;

use crate::{error::CliError, wire::Site};

/// A day: how far the clocks of two clones may be apart.
const SLACK: Millis = Millis::from_secs(86_400);

/// The evidence branch as it was at one moment, and the live runs.
pub(super) struct Record<'s> {
    site: &'s Site,
    evidence: Option<EvidenceReader>,
    lines: Vec<Line>,
}

/// A run that has ended.
pub(super) struct Ended {
    /// The run.
    pub(super) run: RunId,
    /// How it ended.
    pub(super) result: RunResult,
    /// When that was committed.
    pub(super) at: Timestamp,
}

impl<'s> Record<'s> {
    /// Reads the register.
    ///
    /// # Errors
    ///
    /// If it cannot be read: nothing may be opened then.
    pub(super) fn read(site: &'s Site) -> Result<Self, CliError> {
        let evidence = site.evidence()?;
        let lines = evidence.as_ref().map(EvidenceReader::register).transpose();
        Ok(Self { site, evidence, lines: lines.map_err(CliError::Evidence)?.unwrap_or_default() })
    }

    /// The number of the line that the register will get next.
    pub(super) fn next_line(&self) -> u64 {
        self.lines.last().map_or(0, |line| line.n.saturating_add(1))
    }

    /// What a run is, wherever it lies; `None` if it is nowhere.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read.
    pub(super) fn header(&self, run: &RunId) -> Result<Option<Header>, CliError> {
        let live = self.site.live.peek(run).ok().and_then(|peek| peek.read(layout::RUN).ok());
        let bytes = match (live, &self.evidence) {
            (Some(bytes), _) => Some(bytes),
            (None, Some(evidence)) => {
                evidence.run_file(run, layout::RUN).map_err(CliError::Evidence)?
            }
            (None, None) => None,
        };
        let damaged = |error: document::DocumentError| {
            CliError::Evidence(ReadError::Unavailable(format!("run.json of {run}: {error}")))
        };
        bytes.map(|bytes| document::from_bytes(&bytes).map_err(damaged)).transpose()
    }

    /// Whether a run was opened, here or elsewhere.
    pub(super) fn has(&self, run: &RunId) -> bool {
        self.site.live.peek(run).is_ok()
            || self.lines.iter().any(
                |line| matches!(&line.event, Written::Opened { run: opened, .. } if opened == run),
            )
    }

    /// What triggers opened since `since`, by key; no further back than the look-back.
    ///
    /// # Errors
    ///
    /// If a run cannot be read.
    pub(super) fn opened(
        &self,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<BTreeMap<String, (RunId, Trigger)>, CliError> {
        let since = back(since, SLACK).max(back(now, TRIGGER_LOOK_BACK));
        let recent = |line: &&Line| line.ts >= since;
        let registered = self.lines.iter().filter(recent).filter_map(|line| match &line.event {
            Written::Opened { run, .. } => Some(run.clone()),
            Written::Closed { .. } => None,
        });
        let runs: BTreeSet<RunId> = registered.chain(self.site.live.list()?).collect();
        let mut opened = BTreeMap::new();
        for run in runs {
            if let Some(trigger) = self.header(&run)?.and_then(|header| header.trigger) {
                opened.insert(trigger.key.clone(), (run, trigger));
            }
        }
        Ok(opened)
    }

    /// A run of that trigger that is still open, if there is one.
    ///
    /// # Errors
    ///
    /// If a run cannot be read.
    pub(super) fn open_run_of(
        &self,
        kind: TriggerKind,
        id: &str,
    ) -> Result<Option<RunId>, CliError> {
        let mut open: BTreeSet<RunId> = self.site.live.list()?.into_iter().collect();
        for line in &self.lines {
            match &line.event {
                Written::Opened { run, .. } => drop(open.insert(run.clone())),
                Written::Closed { run, .. } => drop(open.remove(run)),
            }
        }
        for run in open {
            let trigger = self.header(&run)?.and_then(|header| header.trigger);
            if trigger.is_some_and(|trigger| trigger.kind == kind && trigger.id == id) {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// The runs that ended in lines of the register from number `line` on and since `since`.
    pub(super) fn ended(&self, line: u64, since: Timestamp) -> impl Iterator<Item = Ended> {
        let news = self.lines.iter().filter(move |it| it.n >= line && it.ts >= since);
        news.filter_map(|line| match &line.event {
            Written::Closed { run, result, .. } => {
                Some(Ended { run: run.clone(), result: *result, at: line.ts })
            }
            Written::Opened { .. } => None,
        })
    }

    /// What a run left for others when it was closed.
    ///
    /// # Errors
    ///
    /// If its journal cannot be read.
    pub(super) fn outputs(&self, run: &RunId) -> Result<BTreeMap<String, Value>, CliError> {
        let unavailable = |why: String| CliError::Evidence(ReadError::Unavailable(why));
        let missing = || unavailable(format!("there is no journal of {run}"));
        let evidence = self.evidence.as_ref().ok_or_else(missing)?;
        let journal = evidence.run_file(run, layout::JOURNAL).map_err(CliError::Evidence)?;
        let journal = journal.ok_or_else(missing)?;
        let last = journal.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
        let entry: Entry = serde_json::from_slice(last.unwrap_or_default())
            .map_err(|error| unavailable(format!("the journal of {run}: {error}")))?;
        if let Event::RunClosed { outputs, .. } = entry.event {
            return Ok(outputs);
        }
        Err(unavailable(format!("the journal of {run} does not end with its close")))
    }
}

fn back(at: Timestamp, span: Millis) -> Timestamp {
    let span = i64::try_from(span.0).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.as_millis().saturating_sub(span))
}
