//! What a checkpoint changes on top of one state of the branch.
//!
//! Only what lies on the way to the run, to the register's last shard and to the files at the root
//! is read, so that a commit costs the same however many runs the branch holds.

use std::{collections::BTreeMap, path::Path};

use git2::{ErrorCode, ObjectType, Oid, Repository, Tree};
use hardstop_evidence::{
    digest, document,
    keys::PublicKey,
    layout,
    register::{Record, Register},
    seal::Seal,
};
use hardstop_ports::evidence::{Checkpoint, CommitError};

use super::failure::{diverged, unavailable};

/// Whom the runner's signatures are those of, in `allowed_signers`.
pub(super) const PRINCIPAL: &str = "hardstop@localhost";

const README_TEXT: &str = "\
# Evidence

Written by `hardstop`, only. Each folder under `runs/` holds one run, each file under `register/` names the runs
opened and closed on one day. Verify a clone with `hardstop verify`; FORMAT.md of the program specifies every byte.
";

/// The files to be written, by path from the root of the branch.
pub(super) struct Plan {
    pub(super) blobs: BTreeMap<String, Oid>,
    /// The number of the register's last line after them.
    pub(super) register_seq: u64,
}

/// One state of the branch.
pub(super) struct Base<'repo> {
    pub(super) git: &'repo Repository,
    /// `None` if the branch does not exist.
    pub(super) tree: Option<Tree<'repo>>,
}

impl Base<'_> {
    /// What `checkpoint` changes here; `None` if all of it is here already.
    ///
    /// * `files`: the checkpoint's files as blobs, by path from the root of the branch.
    pub(super) fn plan(
        &self,
        checkpoint: &Checkpoint,
        files: &BTreeMap<String, Oid>,
        key: &PublicKey,
    ) -> Result<Option<Plan>, CommitError> {
        let folder = checkpoint.run.folder();
        self.check_format()?;
        let journal = self.read(&format!("{folder}/{}", layout::JOURNAL))?;
        if let (Some(theirs), Some(ours)) = (&journal, checkpoint.files.get(layout::JOURNAL)) {
            if theirs.len() > ours.len() && theirs.starts_with(ours) {
                return Ok(None);
            }
            if !ours.starts_with(theirs) {
                let what = "holds another journal of run";
                return Err(diverged(&format!("{what} {}", checkpoint.run)));
            }
        }
        let mut unchanged = true;
        for (path, blob) in files {
            unchanged &= self.blob(path)? == Some(*blob);
        }
        if unchanged {
            return Ok(None);
        }
        let mut plan = Plan { blobs: files.clone(), register_seq: 0 };
        self.plan_root(key, &mut plan)?;
        let is_new = journal.is_none();
        let was_closed = !is_new && self.is_closed(&folder)?;
        if was_closed {
            return Err(diverged(&format!("holds run {} closed already", checkpoint.run)));
        }
        self.plan_register(checkpoint, is_new, &mut plan)?;
        Ok(Some(plan))
    }

    fn check_format(&self) -> Result<(), CommitError> {
        if self.tree.is_none() {
            return Ok(());
        }
        match self.read(layout::FORMAT)? {
            Some(text) if text == layout::FORMAT_TEXT.as_bytes() => Ok(()),
            Some(text) => {
                let found = String::from_utf8_lossy(&text);
                Err(diverged(&format!("is of format {:?}, unknown to this release", found.trim())))
            }
            None => Err(diverged("holds something else than evidence")),
        }
    }

    fn is_closed(&self, folder: &str) -> Result<bool, CommitError> {
        let Some(bytes) = self.read(&format!("{folder}/{}", layout::SEAL))? else {
            return Ok(false);
        };
        let seal: Seal = document::from_bytes(&bytes)
            .map_err(|error| diverged(&format!("holds an unreadable seal in {folder}: {error}")))?;
        Ok(seal.closed.is_some())
    }

    /// The files at the root: made with the branch; the runner's key is added where it is new.
    fn plan_root(&self, key: &PublicKey, plan: &mut Plan) -> Result<(), CommitError> {
        if self.tree.is_none() {
            let texts = [
                (layout::GITATTRIBUTES, layout::GITATTRIBUTES_TEXT),
                (layout::FORMAT, layout::FORMAT_TEXT),
                (layout::README, README_TEXT),
            ];
            for (path, text) in texts {
                plan.blobs.insert(path.to_owned(), self.write(text.as_bytes())?);
            }
        }
        let line = key.allowed_signers_line(PRINCIPAL).into_bytes();
        let mut signers = self.read(layout::ALLOWED_SIGNERS)?.unwrap_or_default();
        if !signers.split_inclusive(|byte| *byte == b'\n').any(|there| there == line) {
            signers.extend(line);
            plan.blobs.insert(layout::ALLOWED_SIGNERS.to_owned(), self.write(&signers)?);
        }
        Ok(())
    }

    /// The register's lines that are due: one with the first checkpoint of a run, one with the
    /// closing one.
    fn plan_register(
        &self,
        checkpoint: &Checkpoint,
        is_new: bool,
        plan: &mut Plan,
    ) -> Result<(), CommitError> {
        let (mut register, last_shard) = self.register()?;
        let digest_of = |name: &str| match checkpoint.files.get(name) {
            Some(bytes) => Ok(digest(bytes)),
            None => Err(CommitError::Unavailable(format!("the checkpoint has no {name}"))),
        };
        let run = || checkpoint.run.clone();
        let mut records = Vec::new();
        if is_new {
            records.push(Record::Opened { run: run(), run_json: digest_of(layout::RUN)? });
        }
        if let Some(result) = checkpoint.closed {
            let seal = digest_of(layout::SUMS)?;
            records.push(Record::Closed { run: run(), seal, result });
        }
        // A shard is rewritten whole, and both lines go into the same one.
        let mut grown: Option<(String, Vec<u8>)> = None;
        for record in records {
            let last = register.shard.clone();
            let (shard, line) = register.append(checkpoint.at, record);
            let kept = if shard == last { &last_shard[..] } else { &[] };
            grown.get_or_insert_with(|| (shard, kept.to_vec())).1.extend(line);
        }
        if let Some((shard, bytes)) = grown {
            plan.blobs.insert(shard, self.write(&bytes)?);
        }
        plan.register_seq = register.next_n.saturating_sub(1);
        Ok(())
    }

    /// Where the register ends, and the bytes of its last shard.
    ///
    /// Only the last line is looked at; whether it follows from all before it is for `verify`.
    fn register(&self) -> Result<(Register, Vec<u8>), CommitError> {
        let Some(path) = self.last_shard()? else { return Ok((Register::genesis(), Vec::new())) };
        let shard = self.read(&path)?.unwrap_or_default();
        let last = shard.split_inclusive(|byte| *byte == b'\n').next_back().unwrap_or_default();
        let register = Register::resume(&path, last)
            .map_err(|error| diverged(&format!("holds a register that is damaged: {error}")))?;
        if register.next_n == 0 {
            return Err(diverged(&format!("holds an empty register {path}")));
        }
        Ok((register, shard))
    }

    /// The path of the register's last shard: the last day of the last month of the last year.
    fn last_shard(&self) -> Result<Option<String>, CommitError> {
        let mut path = layout::REGISTER.to_owned();
        let Some(mut id) = self.entry(&path, ObjectType::Tree)? else { return Ok(None) };
        loop {
            let tree = self.git.find_tree(id).map_err(|error| unavailable(&error))?;
            let last = tree.len().checked_sub(1).and_then(|last| tree.get(last));
            let name = last.as_ref().and_then(|last| last.name().ok().map(str::to_owned));
            let (Some(last), Some(name)) = (last, name) else {
                return Err(diverged(&format!("holds a damaged folder {path}")));
            };
            path = format!("{path}/{name}");
            if last.kind() != Some(ObjectType::Tree) {
                return Ok(Some(path));
            }
            id = last.id();
        }
    }

    fn entry(&self, path: &str, kind: ObjectType) -> Result<Option<Oid>, CommitError> {
        let Some(tree) = &self.tree else { return Ok(None) };
        match tree.get_path(Path::new(path)) {
            Ok(entry) if entry.kind() == Some(kind) => Ok(Some(entry.id())),
            Ok(_) => Err(diverged(&format!("holds {path} as something else than a {kind}"))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn blob(&self, path: &str) -> Result<Option<Oid>, CommitError> {
        self.entry(path, ObjectType::Blob)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, CommitError> {
        let Some(id) = self.blob(path)? else { return Ok(None) };
        let blob = self.git.find_blob(id).map_err(|error| unavailable(&error))?;
        Ok(Some(blob.content().to_vec()))
    }

    fn write(&self, bytes: &[u8]) -> Result<Oid, CommitError> {
        self.git.blob(bytes).map_err(|error| unavailable(&error))
    }
}
