//! A small evidence branch in memory: commits with whole trees, as Git would show them.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    event::{Event, RunResult},
    time::Timestamp,
};
use hardstop_evidence::{
    digest,
    keys::{AllowedSigners, Namespace, SigningKey},
    layout,
    register::{Record, Register},
    verify::{self, Change, Kept, Objects, ReadError, Source, TreeEntry, Trust},
};

use super::{story::Story, whole::Whole};

/// Path to mode and bytes.
pub(crate) type Tree = BTreeMap<String, (u32, Vec<u8>)>;

pub(crate) const PRINCIPAL: &str = "runner@example.com";

/// The key that seals.
pub(crate) fn runner() -> SigningKey {
    SigningKey::from_seed(&[1; 32], PRINCIPAL)
}

/// A key nobody allows.
pub(crate) fn outsider() -> SigningKey {
    SigningKey::from_seed(&[2; 32], "mallory@example.com")
}

#[derive(Clone)]
pub(crate) struct Commit {
    pub(crate) tree: Tree,
    pub(crate) parents: Vec<usize>,
    pub(crate) at: Timestamp,
    pub(crate) key: Option<SigningKey>,
}

/// Commits in order; the last is the head.
#[derive(Clone)]
pub(crate) struct Branch(pub(crate) Vec<Commit>);

/// The two runs of every branch.
#[derive(Clone)]
pub(crate) struct Runs {
    pub(crate) earlier: Story,
    pub(crate) later: Story,
}

impl Runs {
    pub(crate) fn clean() -> Self {
        let earlier = Story::clean("a000000000-20261119-080000");
        Self { earlier, later: Story::clean("b000000000-20261120-080000") }
    }
}

impl Branch {
    /// The branch on which both runs were opened, paused and closed.
    pub(crate) fn of(runs: &Runs) -> Self {
        let files = runs.later.folder(runs.later.told.len(), &runner());
        Self::ending_with(runs, files)
    }

    /// The same, with a last folder of the later run that need not be the one its events make.
    pub(crate) fn ending_with(runs: &Runs, last: BTreeMap<String, Vec<u8>>) -> Self {
        let mut writer = Writer::new();
        writer.add(&runs.earlier, Checkpoint::Opened, None);
        writer.add(&runs.earlier, Checkpoint::Closed, None);
        writer.add(&runs.later, Checkpoint::Opened, None);
        writer.add(&runs.later, Checkpoint::Paused, None);
        writer.add(&runs.later, Checkpoint::Closed, Some(last));
        writer.branch
    }

    /// The branch on which a run was opened, ran another runbook, and was closed, and then a rough
    /// one.
    pub(crate) fn of_whole(Whole { child, run: whole, rough }: &Whole) -> Self {
        let mut writer = Writer::new();
        writer.add(whole, Checkpoint::Opened, None);
        writer.add(child, Checkpoint::Opened, None);
        writer.add(child, Checkpoint::Closed, None);
        writer.add(whole, Checkpoint::Closed, None);
        writer.add(rough, Checkpoint::Opened, None);
        writer.add(rough, Checkpoint::Closed, None);
        writer.branch
    }

    pub(crate) fn head(&mut self) -> &mut Commit {
        self.0.last_mut().unwrap()
    }

    /// One more commit, made by somebody with or without the runner's key.
    pub(crate) fn then(mut self, key: Option<SigningKey>, change: impl FnOnce(&mut Tree)) -> Self {
        let mut next = self.head().clone();
        next.parents = vec![self.0.len() - 1];
        next.key = key;
        change(&mut next.tree);
        self.0.push(next);
        self
    }

    /// The last commit made anew with another tree, by whoever made it.
    pub(crate) fn amend(mut self, change: impl FnOnce(&mut Tree)) -> Self {
        change(&mut self.head().tree);
        self
    }
}

#[derive(Clone, Copy)]
enum Checkpoint {
    Opened,
    Paused,
    Closed,
}

struct Writer {
    branch: Branch,
    tree: Tree,
    register: Register,
}

impl Writer {
    fn new() -> Self {
        let signers = runner().public().allowed_signers_line(PRINCIPAL);
        let tree = [
            (layout::GITATTRIBUTES, layout::GITATTRIBUTES_TEXT),
            (layout::FORMAT, layout::FORMAT_TEXT),
            (layout::README, "# Evidence\n"),
            (layout::ALLOWED_SIGNERS, &signers),
        ]
        .map(|(path, text)| (path.to_owned(), (Kept::PLAIN, text.as_bytes().to_vec())))
        .into();
        Self { branch: Branch(Vec::new()), tree, register: Register::genesis() }
    }

    fn add(&mut self, story: &Story, point: Checkpoint, last: Option<BTreeMap<String, Vec<u8>>>) {
        let (events, after_ms) = match point {
            Checkpoint::Opened => {
                (story.position(|event| matches!(event, Event::LeaseAcquired { .. })) + 1, 1_000)
            }
            Checkpoint::Paused => {
                let gate = story
                    .told
                    .iter()
                    .position(|(_, _, event)| matches!(event, Event::GateReached { .. }));
                (gate.map_or(3, |at| at + 1), 15_000)
            }
            Checkpoint::Closed => {
                let last = story.told.last().unwrap().1.wall;
                (story.told.len(), last.since(story.header.created).0.max(30_000))
            }
        };
        let files = last.unwrap_or_else(|| story.folder(events, &runner()));
        let at = super::story::reading(story.header.created, after_ms).wall;
        match point {
            Checkpoint::Opened => {
                let run_json = digest(&files[layout::RUN]);
                self.record(at, Record::Opened { run: story.run.clone(), run_json });
            }
            Checkpoint::Paused => {}
            Checkpoint::Closed => {
                let seal = digest(&files[layout::SUMS]);
                let result = story.result().unwrap_or(RunResult::Succeeded);
                self.record(at, Record::Closed { run: story.run.clone(), seal, result });
            }
        }
        put_folder(&mut self.tree, story, files);
        let parents = self.branch.0.len().checked_sub(1).into_iter().collect();
        let commit = Commit { tree: self.tree.clone(), parents, at, key: Some(runner()) };
        self.branch.0.push(commit);
    }

    fn record(&mut self, at: Timestamp, record: Record) {
        let (shard, line) = self.register.append(at, record);
        self.tree.entry(shard).or_insert((Kept::PLAIN, Vec::new())).1.extend(line);
    }
}

/// Puts a run's folder in place of whatever was there.
pub(crate) fn put_folder(tree: &mut Tree, story: &Story, files: BTreeMap<String, Vec<u8>>) {
    let prefix = format!("{}/", story.run.folder());
    tree.retain(|path, _| !path.starts_with(&prefix));
    let placed =
        files.into_iter().map(|(path, bytes)| (prefix.clone() + &path, (Kept::PLAIN, bytes)));
    tree.extend(placed);
}

/// The text of a commit object without its signature.
pub(crate) fn payload(tree: &str, parents: &[String], at: Timestamp) -> String {
    let parents =
        parents.iter().fold(String::new(), |text, parent| text + "parent " + parent + "\n");
    let seconds = at.as_millis() / 1_000;
    let who = format!("{PRINCIPAL} <{PRINCIPAL}> {seconds} +0000");
    format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nevidence\n")
}

/// What verification sees of a branch.
pub(crate) struct Seen {
    head: Tree,
    blobs: BTreeMap<String, Vec<u8>>,
    pub(crate) commits: Vec<verify::Commit>,
}

fn oid(bytes: &[u8]) -> String {
    digest(bytes).hex()
}

impl From<&Branch> for Seen {
    fn from(branch: &Branch) -> Self {
        let mut blobs = BTreeMap::new();
        let mut commits: Vec<verify::Commit> = Vec::new();
        let empty = Tree::new();
        for commit in &branch.0 {
            for (_, bytes) in commit.tree.values() {
                blobs.insert(oid(bytes), bytes.clone());
            }
            let parents: Vec<String> =
                commit.parents.iter().map(|at| commits[*at].id.clone()).collect();
            let tree = oid(format!("{:?}", commit.tree).as_bytes());
            let payload = payload(&tree, &parents, commit.at).into_bytes();
            let signature =
                commit.key.as_ref().map(|key| key.sign(Namespace::Git, &payload).into_bytes());
            let before = commit.parents.first().map_or(&empty, |at| &branch.0[*at].tree);
            commits.push(verify::Commit {
                id: oid(&payload),
                parents,
                committed: commit.at,
                signature,
                payload,
                changes: changes(before, &commit.tree),
            });
        }
        Self { head: branch.0.last().unwrap().tree.clone(), blobs, commits }
    }
}

fn changes(before: &Tree, after: &Tree) -> Vec<Change> {
    let kept = |tree: &Tree, path: &String| {
        tree.get(path).map(|(mode, bytes)| Kept { mode: *mode, oid: oid(bytes) })
    };
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .map(|path| Change { path: path.clone(), old: kept(before, path), new: kept(after, path) })
        .filter(|change| change.old != change.new)
        .collect()
}

impl Objects for Seen {
    fn list(&self, folder: &str) -> Result<Vec<TreeEntry>, ReadError> {
        let inside = |path: &&String| {
            path.strip_prefix(folder).is_some_and(|rest| folder.is_empty() || rest.starts_with('/'))
        };
        let paths = self.head.keys().filter(inside);
        Ok(paths.filter_map(|path| self.entry(path).ok().flatten()).collect())
    }

    fn names(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let prefix = format!("{folder}/");
        let name = |path: &String| Some(path.strip_prefix(&prefix)?.split('/').next()?.to_owned());
        Ok(self.head.keys().filter_map(name).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn entry(&self, path: &str) -> Result<Option<TreeEntry>, ReadError> {
        Ok(self.head.get(path).map(|(mode, bytes)| TreeEntry {
            path: path.to_owned(),
            kept: Kept { mode: *mode, oid: oid(bytes) },
        }))
    }

    fn blob(&self, oid: &str, bytes_max: u64) -> Result<Vec<u8>, ReadError> {
        match self.blobs.get(oid) {
            Some(bytes) if bytes.len() as u64 > bytes_max => Err(ReadError::TooLarge(bytes_max)),
            Some(bytes) => Ok(bytes.clone()),
            None => Err(ReadError::Unavailable(format!("no object {oid}"))),
        }
    }
}

/// Trust in the runner's key alone.
pub(crate) fn trust() -> Trust {
    let signers = runner().public().allowed_signers_line(PRINCIPAL);
    Trust {
        signers: AllowedSigners::parse(&signers).unwrap(),
        source: Source::Given,
        expected_head: None,
    }
}
