//! How two trees differ, reading only those of their folders that do.

use std::collections::BTreeMap;

use git2::{ObjectType, Oid};
use hardstop_evidence::verify::{Change, Kept, ReadError};

use super::objects::{EvidenceReader, joined, kept, unavailable};

/// The most changes of one commit: ours have dozens.
const CHANGES_MAX: usize = 1_000_000;

/// One name in a folder.
struct Entry {
    kept: Kept,
    folder: Option<Oid>,
}

impl EvidenceReader {
    /// Every file that is not the same in both trees; all of `new` if there is no `old`.
    pub(super) fn changes(&self, old: Option<Oid>, new: Oid) -> Result<Vec<Change>, ReadError> {
        let mut changes = Vec::new();
        let mut folders = vec![(String::new(), old, Some(new))];
        while let Some((folder, old, new)) = folders.pop() {
            let (mut was, is) = (self.entries(old)?, self.entries(new)?);
            let mut pairs: Vec<(Vec<u8>, Option<Entry>, Option<Entry>)> = is
                .into_iter()
                .map(|(name, new)| (name.clone(), was.remove(&name), Some(new)))
                .collect();
            pairs.extend(was.into_iter().map(|(name, old)| (name, Some(old), None)));
            for (name, old, new) in pairs {
                let same = |one: &Entry, other: &Entry| one.kept == other.kept;
                if old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| same(old, new)) {
                    continue;
                }
                let path = joined(&folder, &name);
                let below = |entry: &Option<Entry>| entry.as_ref().and_then(|it| it.folder);
                if below(&old).is_some() || below(&new).is_some() {
                    folders.push((path.clone(), below(&old), below(&new)));
                }
                let file = |entry: Option<Entry>| {
                    entry.filter(|entry| entry.folder.is_none()).map(|entry| entry.kept)
                };
                let (old, new) = (file(old), file(new));
                if old.is_some() || new.is_some() {
                    changes.push(Change { path, old, new });
                }
                if changes.len() + folders.len() > CHANGES_MAX {
                    let why = format!("more than {CHANGES_MAX} files changed in one commit");
                    return Err(ReadError::Unavailable(why));
                }
            }
        }
        changes.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    fn entries(&self, tree: Option<Oid>) -> Result<BTreeMap<Vec<u8>, Entry>, ReadError> {
        let Some(id) = tree else { return Ok(BTreeMap::new()) };
        let tree = self.git.find_tree(id).map_err(unavailable)?;
        let entry = |entry: git2::TreeEntry<'_>| {
            let folder = (entry.kind() == Some(ObjectType::Tree)).then(|| entry.id());
            (entry.name_bytes().to_vec(), Entry { kept: kept(&entry), folder })
        };
        Ok(tree.iter().map(entry).collect())
    }
}
