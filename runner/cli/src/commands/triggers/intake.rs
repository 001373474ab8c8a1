//! What is due now: a mark for each key that nobody has seen yet.

use hardstop_core::{
    header::{Trigger, TriggerKind},
    limits::{REQUESTS_MAX, TRIGGER_LOOK_BACK, TRIGGER_PENDING_MAX},
    time::Timestamp,
};
use hardstop_journal::{HeldMarks, Mark, MarkState, Seen};
use hardstop_runbook::{After, Requests, Schedule, due};

use super::{record::Record, start};
use crate::{
    error::CliError,
    output::FiredView,
    wire::{CONFIG, Site},
};

/// What one look for what is due works with.
pub(super) struct Intake<'i> {
    pub(super) site: &'i Site,
    pub(super) marks: &'i HeldMarks,
    pub(super) record: &'i Record<'i>,
    pub(super) now: Timestamp,
}

impl Intake<'_> {
    /// Notes the instants of a schedule that came since the last look.
    ///
    /// # Errors
    ///
    /// If something cannot be read or written.
    pub(super) fn schedule(
        &self,
        it: &Schedule,
        told: &mut Vec<FiredView>,
    ) -> Result<(), CliError> {
        let rule = format!("{} {}", it.cron.as_str(), it.zone);
        let seen = self.marks.read().seen(&it.id)?.filter(|seen| seen.rule == rule);
        let since = match seen {
            Some(seen) => seen.at,
            None => self.first_sight(TriggerKind::Schedule, &it.id)?,
        };
        let found = due(it, since, self.now);
        if let Some(at) = found.missed {
            let why = "nobody looked in time, and the schedule does not catch up".to_owned();
            told.push(FiredView::of(TriggerKind::Schedule, &it.id, at, "missed").because(why));
        }
        for at in found.instants {
            let key = format!("schedule/{}/{at}", it.id);
            let trigger = Trigger { kind: TriggerKind::Schedule, id: it.id.clone(), key, at };
            self.note(trigger, None, told)?;
        }
        let at = self.now.max(since);
        Ok(self.marks.note_seen(&it.id, &Seen { rule, at, line: 0 })?)
    }

    /// Notes the runs that ended since the last look.
    ///
    /// # Errors
    ///
    /// If something cannot be read or written.
    pub(super) fn after(&self, it: &After, told: &mut Vec<FiredView>) -> Result<(), CliError> {
        let rule = format!("after {}", it.after);
        let seen = self.marks.read().seen(&it.id)?.filter(|seen| seen.rule == rule);
        let (line, since) = match seen {
            Some(seen) => (seen.line, Timestamp::from_millis(0)),
            None => (0, self.begun()?),
        };
        for ended in self.record.ended(line, since) {
            let header = self.record.header(&ended.run)?;
            let follows = header.is_some_and(|header| header.runbook.id == it.after);
            if follows && it.results.contains(&ended.result) {
                let key = format!("after/{}/{}", it.id, ended.run);
                let (kind, id) = (TriggerKind::After, it.id.clone());
                let trigger = Trigger { kind, id, key, at: ended.at };
                self.note(trigger, Some(ended.run.to_string()), told)?;
            }
        }
        let seen = Seen { rule, at: self.now, line: self.record.next_line() };
        Ok(self.marks.note_seen(&it.id, &seen)?)
    }

    /// Notes the requests that were merged and that nobody has seen yet.
    ///
    /// # Errors
    ///
    /// If something cannot be read or written.
    pub(super) fn requests(
        &self,
        it: &Requests,
        told: &mut Vec<FiredView>,
    ) -> Result<(), CliError> {
        if !self.site.repo.is_at(&it.branch)? {
            return Ok(());
        }
        let files = self.site.repo.yaml_files(&it.folder, REQUESTS_MAX)?;
        if files.len() > REQUESTS_MAX {
            return Err(CliError::usage(
                format!("{} holds more than {REQUESTS_MAX} files", it.folder),
                "remove requests that were run; their runs are on the evidence branch",
            ));
        }
        for file in files {
            let own = format!("request/{}@{}", file.path, file.blob);
            if self.marks.read().find(&own)?.is_some() {
                continue;
            }
            let kind = TriggerKind::Request;
            let mut trigger = Trigger { kind, id: file.path.clone(), key: own, at: self.now };
            let refuse = |trigger: Trigger, why: String, told: &mut Vec<FiredView>| {
                self.settle(trigger, MarkState::Refused { why }, told)
            };
            let asked = match start::request(self.site, &file.path) {
                Ok(asked) => asked,
                Err(error) if start::is_passing(&error) => return Err(error),
                Err(error) => {
                    refuse(trigger, start::reason(&error), told)?;
                    continue;
                }
            };
            let Some(brought) = self.site.repo.brought(&file.path)? else {
                let why = "nobody can tell who merged it: fetch all of the history with `git \
                           fetch --unshallow`, and change the file";
                refuse(trigger, why.to_owned(), told)?;
                continue;
            };
            trigger.at = brought.at;
            if self.now.since(brought.at) > TRIGGER_LOOK_BACK {
                let why = format!(
                    "it was merged more than {TRIGGER_LOOK_BACK} ago, so whether it was run cannot \
                     be told; change the file to have it run"
                );
                self.settle(trigger, MarkState::Skipped { why }, told)?;
                continue;
            }
            if let Some(key) = asked.idempotency_key {
                if let Some(first) = self.marks.read().find(&key)?
                    && (first.source.as_ref(), &first.trigger.id) != (Some(&file.blob), &file.path)
                {
                    let why = format!("its key {key:?} is that of {}", named(&first));
                    self.settle(trigger, MarkState::Skipped { why }, told)?;
                    continue;
                }
                trigger.key = key;
            }
            self.note(trigger, Some(file.blob), told)?;
        }
        Ok(())
    }

    /// Makes a mark, unless its key has one.
    fn note(
        &self,
        trigger: Trigger,
        source: Option<String>,
        told: &mut Vec<FiredView>,
    ) -> Result<(), CliError> {
        let marks = self.marks.read();
        if marks.find(&trigger.key)?.is_some() {
            return Ok(());
        }
        let same = |mark: &Mark| mark.trigger.kind == trigger.kind && mark.trigger.id == trigger.id;
        let waiting = |mark: &&Mark| same(mark) && mark.state == MarkState::Pending;
        if marks.list()?.iter().filter(waiting).count() >= TRIGGER_PENDING_MAX {
            let why = format!("{TRIGGER_PENDING_MAX} runs wait for their turn already");
            return self.settle(trigger, MarkState::Skipped { why }, told);
        }
        let mark = Mark { trigger, source, noted: self.now, state: MarkState::Pending };
        Ok(self.marks.write(&mark)?)
    }

    fn settle(
        &self,
        trigger: Trigger,
        state: MarkState,
        told: &mut Vec<FiredView>,
    ) -> Result<(), CliError> {
        let mark = Mark { trigger, source: None, noted: self.now, state };
        told.push(FiredView::from(&mark));
        Ok(self.marks.write(&mark)?)
    }

    /// From when on a schedule counts that this clone has never looked at: since its last run
    /// anywhere, and never before the configuration that has it.
    fn first_sight(&self, kind: TriggerKind, id: &str) -> Result<Timestamp, CliError> {
        let begun = self.begun()?;
        let opened = self.record.opened(begun, self.now)?;
        let ours = opened.values().filter(|(_, it)| it.kind == kind && it.id == id);
        Ok(ours.map(|(_, it)| it.at).max().map_or(begun, |last| last.max(begun)))
    }

    /// When the configuration in force was committed.
    fn begun(&self) -> Result<Timestamp, CliError> {
        let brought = self.site.repo.brought(CONFIG)?;
        Ok(brought.map_or(self.now, |brought| brought.at))
    }
}

/// What a key belongs to, for people.
fn named(mark: &Mark) -> String {
    match (&mark.state, mark.trigger.id.as_str()) {
        (MarkState::Opened { run } | MarkState::Claimed { run }, _) => format!("run {run}"),
        (_, "") => "another run".to_owned(),
        (_, id) => id.to_owned(),
    }
}
