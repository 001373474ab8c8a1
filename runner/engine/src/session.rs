//! One run, owned: its fold in memory, its journal and files on disk.
//!
//! A session is the local engine's [`Tx`]: a transition is one append and one sync. What it
//! issues and revokes is handed to the driver afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use hardstop_core::{
    effect::{Effect, EffectId},
    event::{Artifact, Entry, Event},
    ids::Digest,
    limits::{EVIDENCE_FILES_MAX, JOURNAL_BYTES_MAX, JOURNAL_EVENTS_MAX},
    run::RunState,
};
use hardstop_evidence::{chain, digest, layout};
use hardstop_ports::journal::{AppendError, FilesError, RunFiles};
use thiserror::Error;

use crate::{
    replay::{ReplayError, Replayed, replay},
    transition::{Attachment, Snapshot, Tx},
};

/// A run that cannot be read or written. Its journal is intact.
#[derive(Debug, Error)]
pub enum SessionError {
    /// It cannot be read back.
    #[error("the run cannot be read back")]
    Replay(#[source] ReplayError),
    /// A file cannot be read or written.
    #[error("a file of the run cannot be read or written")]
    Files(#[source] FilesError),
    /// The journal cannot be appended to. What was to be appended has not happened, unless a
    /// later look at the journal shows it.
    #[error("the journal cannot be appended to")]
    Append(#[source] AppendError),
    /// What was to be appended breaks a limit. It has not happened.
    #[error("the journal takes no more")]
    Limit(#[source] chain::AppendError),
}

impl From<chain::AppendError> for SessionError {
    fn from(error: chain::AppendError) -> Self {
        Self::Limit(error)
    }
}

/// One run, owned.
#[derive(Debug)]
pub struct Session<F> {
    files: F,
    /// `None` while a transition has it, and after one that failed.
    snapshot: Option<Snapshot>,
    entries: Vec<Entry>,
    journal: Vec<u8>,
    /// The digest of every file but the journal.
    digests: BTreeMap<String, Digest>,
    /// Files written since they were last taken for a checkpoint.
    changed: BTreeSet<String>,
    /// How much of the journal was looked through for secrets.
    looked_through: usize,
    under_way: BTreeSet<EffectId>,
    turn: TurnBuffer,
}

/// What is left of each limit of a run when nothing goes on any more that is asked again and again:
/// this part of it. Endings, people's answers and reports need it.
const LEFT_FOR_THE_END: u64 = 10;
/// Files that attempts may not leave, because the runner itself writes some more.
const FILES_OF_OURS: usize = 500;

/// What the transition under way wants.
#[derive(Debug, Default)]
struct TurnBuffer {
    attachments: Vec<Attachment>,
    entries: Vec<Entry>,
    lines: Vec<u8>,
    issued: Vec<Effect>,
    revoked: Vec<EffectId>,
}

/// What the last transition put under way and stopped.
#[derive(Debug, Default)]
pub struct Orders {
    /// To be started.
    pub issued: Vec<Effect>,
    /// To be stopped.
    pub revoked: Vec<EffectId>,
}

impl<F: RunFiles> Session<F> {
    /// Reads a run back and takes it over in memory. Whoever has `files` holds the lease.
    ///
    /// # Errors
    ///
    /// [`SessionError`] if it cannot be read back.
    pub fn open(mut files: F) -> Result<Self, SessionError> {
        let journal = files.journal().map_err(SessionError::Files)?;
        let Replayed { snapshot, entries, .. } = read_back(&files, &journal)?;
        let mut digests = BTreeMap::new();
        let named: BTreeSet<Digest> = entries.iter().flat_map(named).collect();
        for path in files.list().map_err(SessionError::Files)? {
            let digest = digest(&files.read(&path).map_err(SessionError::Files)?);
            if !needs_name(&path) || named.contains(&digest) {
                digests.insert(path, digest);
            }
        }
        let changed = digests.keys().cloned().collect();
        Ok(Self {
            files,
            snapshot: Some(snapshot),
            entries,
            journal,
            digests,
            changed,
            looked_through: 0,
            under_way: BTreeSet::new(),
            turn: TurnBuffer::default(),
        })
    }

    /// The fold; `None` after a transition that failed and could not be read back.
    pub fn state(&self) -> Option<&RunState> {
        self.snapshot.as_ref().map(|snapshot| &snapshot.state)
    }

    /// The fold, and where the journal ends; as [`Session::state`].
    pub const fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Every line of the journal.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The files behind the run.
    pub const fn files(&self) -> &F {
        &self.files
    }

    /// Gives the files, and with them the lease, back.
    pub fn into_files(self) -> F {
        self.files
    }

    /// What the last transition put under way and stopped; once.
    pub fn take_orders(&mut self) -> Orders {
        let TurnBuffer { issued, revoked, .. } = mem::take(&mut self.turn);
        Orders { issued, revoked }
    }

    /// Notes that an effect has been answered, so that a later one of the same kind is issued.
    pub fn answered(&mut self, id: &EffectId) {
        self.under_way.remove(id);
    }

    /// Writes a file of the run durably. It counts once an event names it.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be written.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<Digest, FilesError> {
        self.files.write(path, bytes)?;
        let digest = digest(bytes);
        self.digests.insert(path.to_owned(), digest);
        self.changed.insert(path.to_owned());
        Ok(digest)
    }

    /// Why what is asked again and again must end: the run has nearly as much as a run may have.
    pub(crate) fn nearly_full(&self) -> Option<String> {
        let (files, bytes) = (self.digests.len() as u64, self.journal.len() as u64);
        [
            (self.entries.len() as u64, JOURNAL_EVENTS_MAX, "events in its journal"),
            (bytes, JOURNAL_BYTES_MAX, "bytes in its journal"),
            (files, EVIDENCE_FILES_MAX as u64, "files"),
        ]
        .into_iter()
        .find(|(has, most, _)| *has > most - most / LEFT_FOR_THE_END)
        .map(|(has, most, what)| {
            format!(
                "this run has {has} {what}, at most {most} are allowed, and the rest is for its \
                 end: ask less often, or split the runbook"
            )
        })
    }

    /// Whether an attempt may leave so many files more.
    pub(crate) fn has_room_for(&self, files: usize) -> bool {
        self.digests.len().saturating_add(files) <= EVIDENCE_FILES_MAX - FILES_OF_OURS
    }

    /// Takes a file that comes with what the next transition is given. It is kept if that records
    /// an event that names it.
    pub fn hand_in(&mut self, file: Attachment) {
        self.turn.attachments.push(file);
    }

    /// Writes a file that an event will name, and describes it.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be written.
    pub fn keep(&mut self, path: String, bytes: &[u8]) -> Result<Artifact, FilesError> {
        let digest = self.write(&path, bytes)?;
        let size_bytes = bytes.len() as u64;
        let original_bytes = size_bytes;
        Ok(Artifact { path, digest, size_bytes, original_bytes, redactions: 0, evidence: None })
    }

    /// Whether the run has a file of this path and digest.
    pub fn holds(&self, path: &str, digest: Digest) -> bool {
        self.digests.get(path) == Some(&digest)
    }

    /// The bytes of every file written since the last call, the journal among them, and the
    /// digest of every file there is.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if one cannot be read; the next call gives the same files again.
    pub(crate) fn take_changed(&mut self) -> Result<Changed, FilesError> {
        let mut files = BTreeMap::new();
        for path in &self.changed {
            files.insert(path.clone(), self.files.read(path)?);
        }
        self.changed.clear();
        let mut digests = self.digests.clone();
        digests.insert(layout::JOURNAL.to_owned(), digest(&self.journal));
        files.insert(layout::JOURNAL.to_owned(), self.journal.clone());
        Ok(Changed { files, digests })
    }

    /// How much of the journal was looked through for secrets, in bytes.
    pub(crate) const fn looked_through(&self) -> usize {
        self.looked_through
    }

    /// Notes that there is no secret in what the journal has now.
    pub(crate) fn mark_looked_through(&mut self) {
        self.looked_through = self.journal.len();
    }

    /// Makes the next checkpoint take every file again: the last one was not committed.
    pub(crate) fn mark_all_changed(&mut self) {
        self.changed = self.digests.keys().cloned().collect();
    }

    /// Where the journal ends.
    pub(crate) fn chain(&self) -> Option<&chain::Chain> {
        self.snapshot.as_ref().map(|snapshot| &snapshot.chain)
    }

    fn make_durable(&mut self) -> Result<(), SessionError> {
        let named: BTreeSet<Digest> = self.turn.entries.iter().flat_map(named).collect();
        for Attachment { path, bytes } in mem::take(&mut self.turn.attachments) {
            if named.contains(&digest(&bytes)) {
                self.write(&path, &bytes).map_err(SessionError::Files)?;
            }
        }
        if self.turn.lines.is_empty() {
            return Ok(());
        }
        self.files.append(&self.turn.lines).map_err(SessionError::Append)
    }

    /// Forgets what was not made durable and folds what was.
    fn reload(&mut self) -> Result<Snapshot, SessionError> {
        self.turn = TurnBuffer::default();
        self.journal = self.files.journal().map_err(SessionError::Files)?;
        let Replayed { snapshot, entries, .. } = read_back(&self.files, &self.journal)?;
        self.entries = entries;
        Ok(snapshot)
    }
}

/// Whether a file is evidence only if an event names it. One that was written for an event that a
/// crash kept from being written is written anew, with other bytes, when its event comes.
fn needs_name(path: &str) -> bool {
    let folders = ["gates/", "policies/", "plans/", "runbooks/"];
    folders.iter().any(|folder| path.starts_with(folder))
}

/// The digests of the files that a line names.
fn named(entry: &Entry) -> Vec<Digest> {
    let event = &entry.event;
    if let Event::GateReached { digest, .. } | Event::PolicyLoaded { digest, .. } = event {
        vec![*digest]
    } else if let Event::RunRebased { plan, runbook, .. } = event {
        vec![*plan, *runbook]
    } else {
        event.artifacts().iter().map(|artifact| artifact.digest).collect()
    }
}

/// Files for a checkpoint.
pub(crate) struct Changed {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) digests: BTreeMap<String, Digest>,
}

fn read_back<F: RunFiles>(files: &F, journal: &[u8]) -> Result<Replayed, SessionError> {
    replay(files.run(), journal, |path| files.read(path)).map_err(SessionError::Replay)
}

impl<F: RunFiles> Tx for Session<F> {
    type Error = SessionError;

    async fn load(&mut self) -> Result<Snapshot, SessionError> {
        match self.snapshot.take() {
            Some(snapshot) => Ok(snapshot),
            None => self.reload(),
        }
    }

    fn under_way(&self) -> &BTreeSet<EffectId> {
        &self.under_way
    }

    fn attach(&mut self, file: Attachment) {
        self.turn.attachments.push(file);
    }

    fn record(&mut self, entry: Entry, line: Vec<u8>) {
        self.turn.entries.push(entry);
        self.turn.lines.extend(line);
    }

    fn issue(&mut self, effect: Effect) {
        self.turn.issued.push(effect);
    }

    fn revoke(&mut self, id: EffectId) {
        self.turn.revoked.push(id);
    }

    async fn commit(&mut self, snapshot: Snapshot) -> Result<(), SessionError> {
        if let Err(error) = self.make_durable() {
            // Nobody knows what is on disk now, so the disk is asked. If even that fails, the
            // next load asks again.
            self.snapshot = self.reload().ok();
            return Err(error);
        }
        self.journal.append(&mut self.turn.lines);
        self.entries.append(&mut self.turn.entries);
        for id in &self.turn.revoked {
            self.under_way.remove(id);
        }
        self.under_way.extend(self.turn.issued.iter().map(Effect::id));
        self.snapshot = Some(snapshot);
        Ok(())
    }
}
