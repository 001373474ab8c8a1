//! The evidence store on a branch of a repository.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    thread,
    time::{Duration, Instant},
};

use git2::{
    Commit, Config, ErrorCode, FileMode, Oid, ReferenceType, Repository, Signature, Time,
    build::TreeUpdateBuilder,
};
use hardstop_evidence::{
    keys::{Namespace, SigningKey},
    layout,
};
use hardstop_ports::evidence::{Checkpoint, CommitError, EvidenceStore};
use tempfile::NamedTempFile;

use super::{
    failure::{diverged, is_lost_race, unavailable},
    plan::{Base, PRINCIPAL, Plan},
    turn::move_branch,
    written,
};
use crate::{error::RepoError, repo::Repo};

/// The branch evidence is committed to.
pub const BRANCH: &str = "refs/heads/hardstop/evidence";

/// How long a commit goes on losing races while the branch stands still. As long as it moves,
/// others get on; if it does not, a lock was left behind.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest pause after a lost race, in milliseconds; each is drawn at random, so that writers
/// do not meet again.
const PAUSE_MS_MAX: u64 = 50;

/// All that libgit2 is to know when it writes evidence, in place of what the user, the machine and
/// the repository have configured. `fsyncObjectFiles` makes it sync objects, references and the
/// folders they lie in; the reflog would repeat what the branch says.
const SETTINGS: &str = "[core]\n\tfsyncObjectFiles = true\n\tlogAllRefUpdates = false\n";

const IN_THE_WAY: &str = "evidence cannot be committed: a branch named `hardstop` is in the way of \
    `hardstop/evidence`; rename it with `git branch -m hardstop <other name>`";

/// The evidence branch of one repository, for one runner's key.
///
/// When [`EvidenceStore::commit`] returns, the commit and all it holds are on stable storage.
pub struct GitEvidence {
    git: Repository,
    key: SigningKey,
    /// Read again by libgit2 whenever it likes, so it is kept as long as the repository.
    _settings: NamedTempFile,
}

impl GitEvidence {
    /// The evidence branch of `repo`, written with a handle of its own.
    ///
    /// * `key`: signs the commits; its public half is added to `allowed_signers` on the branch.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if the repository cannot be opened a second time.
    pub fn open(repo: &Repo, key: SigningKey) -> Result<Self, RepoError> {
        let path = repo.git.path();
        let git = Repository::open(path).map_err(|error| RepoError::opening(path, error))?;
        let mut settings = NamedTempFile::new()
            .map_err(|source| RepoError::Read { path: "a temporary file".to_owned(), source })?;
        settings
            .write_all(SETTINGS.as_bytes())
            .map_err(|source| RepoError::Read { path: "a temporary file".to_owned(), source })?;
        // Before the first object or reference is touched, because that is when libgit2 looks.
        Config::open(settings.path())
            .and_then(|config| git.set_config(&config))
            .map_err(RepoError::during("the repository cannot be set up for evidence"))?;
        Ok(Self { git, key, _settings: settings })
    }

    /// Writes the checkpoint's files as blobs: exactly their bytes, by path from the root.
    fn write_files(&self, checkpoint: &Checkpoint) -> Result<BTreeMap<String, Oid>, CommitError> {
        let folder = checkpoint.run.folder();
        let write = |(name, bytes): (&String, &Vec<u8>)| {
            let path = format!("{folder}/{name}");
            layout::check(&path).map_err(|error| CommitError::Unavailable(error.to_string()))?;
            let blob = self.git.blob(bytes).map_err(|error| unavailable(&error))?;
            Ok((path, blob))
        };
        checkpoint.files.iter().map(write).collect()
    }

    /// The commit to build on, if there is one, and what the branch here must still be when it
    /// moves: zero if it is not there.
    fn head(&self) -> Result<(Option<Commit<'_>>, Oid), CommitError> {
        let alias =
            |reference: &git2::Reference<'_>| reference.kind() != Some(ReferenceType::Direct);
        let here = match self.git.find_reference(BRANCH) {
            Ok(reference) if alias(&reference) => {
                return Err(diverged("is an alias of another branch"));
            }
            Ok(reference) => reference.target(),
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(unavailable(&error)),
        };
        // A reference is a file, so one named like the folder of ours stands in the way.
        if here.is_none() && self.git.find_reference("refs/heads/hardstop").is_ok() {
            return Err(CommitError::Unavailable(IN_THE_WAY.to_owned()));
        }
        let tip = here.map_or_else(|| tip(&self.git), |here| Ok(Some(here)));
        let commit = tip.and_then(|tip| tip.map(|tip| self.git.find_commit(tip)).transpose());
        Ok((commit.map_err(|error| unavailable(&error))?, here.unwrap_or(Oid::ZERO_SHA1)))
    }

    /// Writes the commit that carries out `plan` on top of `head`; no reference moves.
    fn write_commit(
        &self,
        checkpoint: &Checkpoint,
        plan: &Plan,
        head: Option<&Commit<'_>>,
    ) -> Result<Oid, git2::Error> {
        let baseline = match head {
            Some(head) => head.tree()?,
            None => self.git.find_tree(self.git.treebuilder(None)?.write()?)?,
        };
        let mut update = TreeUpdateBuilder::new();
        for (path, blob) in &plan.blobs {
            update.upsert(path.as_str(), *blob, FileMode::Blob);
        }
        let tree = self.git.find_tree(update.create_updated(&self.git, &baseline)?)?;
        // A clock that went back must not make a commit older than its parent.
        let at = checkpoint.at.as_millis().div_euclid(1_000);
        let at = head.map_or(at, |head| at.max(head.time().seconds()));
        let runner = Signature::new("hardstop", PRINCIPAL, &Time::new(at, 0))?;
        let parents: Vec<&Commit<'_>> = head.into_iter().collect();
        let text = message(checkpoint, plan);
        let commit = self.git.commit_create_buffer(&runner, &runner, &text, &tree, &parents)?;
        let text = commit.as_str().map_err(|error| git2::Error::from_str(&error.to_string()))?;
        let signature = self.key.sign(Namespace::Git, text.as_bytes());
        self.git.commit_signed(text, signature.trim_end(), None)
    }

    /// Makes one attempt on the branch as it is now.
    fn try_commit(
        &self,
        checkpoint: &Checkpoint,
        files: &BTreeMap<String, Oid>,
    ) -> Result<Attempt, CommitError> {
        let last = written::last(self.git.commondir());
        let (head, old) = self.head()?;
        let tree = head.as_ref().map(Commit::tree).transpose().map_err(|e| unavailable(&e))?;
        let base = Base { git: &self.git, tree };
        let plan = base.plan(checkpoint, files, &self.key.public())?;
        written::check(&self.git, last, head.as_ref())?;
        let plan = match (plan, &head) {
            (Some(plan), _) => plan,
            (None, Some(head)) => return Ok(Attempt::Done(head.id())),
            (None, None) => return Err(CommitError::Unavailable("nothing to commit".to_owned())),
        };
        let new = self
            .write_commit(checkpoint, &plan, head.as_ref())
            .map_err(|error| unavailable(&error))?;
        match move_branch(&self.git, new, old) {
            Ok(()) => {
                written::note(self.git.commondir(), new);
                Ok(Attempt::Done(new))
            }
            Err(error) if is_lost_race(&error) => Ok(Attempt::Lost { base: old, error }),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

/// The last commit of the evidence: of the branch here, or before it was ever written here, of the
/// one at `origin`, as a fresh clone has it.
pub(crate) fn tip(git: &Repository) -> Result<Option<Oid>, git2::Error> {
    for name in [BRANCH, "refs/remotes/origin/hardstop/evidence"] {
        match git.refname_to_id(name) {
            Ok(id) => return Ok(Some(id)),
            Err(error) if error.code() == ErrorCode::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// How one attempt ended.
enum Attempt {
    Done(Oid),
    /// Somebody else moved the branch from `base`, or was about to.
    Lost {
        base: Oid,
        error: git2::Error,
    },
}

impl EvidenceStore for GitEvidence {
    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<String, CommitError> {
        let files = self.write_files(checkpoint)?;
        let mut still = (Oid::ZERO_SHA1, Instant::now());
        loop {
            match self.try_commit(checkpoint, &files)? {
                Attempt::Done(id) => return Ok(id.to_string()),
                Attempt::Lost { base, .. } if base != still.0 => still = (base, Instant::now()),
                Attempt::Lost { error, .. } if still.1.elapsed() > PATIENCE => {
                    return Err(unavailable(&error));
                }
                Attempt::Lost { .. } => {}
            }
            thread::sleep(Duration::from_millis(fastrand::u64(1..=PAUSE_MS_MAX)));
        }
    }
}

/// Ids and numbers only: nothing a person typed ever stands in a commit message.
fn message(checkpoint: &Checkpoint, plan: &Plan) -> String {
    let Checkpoint { run, seq, epoch, head, .. } = checkpoint;
    let mut text = format!("{run}: event {seq}\n\nRun-Id: {run}\nJournal-Seq: {seq}\n");
    write!(
        text,
        "Journal-Head: {head}\nRegister-Seq: {}\nRunner-Epoch: {epoch}\n",
        plan.register_seq
    )
    .expect("writing to a string does not fail");
    text
}
