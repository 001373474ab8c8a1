//! L3: the branch only grew, one signed commit after the other.

use std::collections::BTreeMap;

use hardstop_core::{
    ids::RunId,
    limits::{EVIDENCE_FILE_BYTES_MAX, JOURNAL_BYTES_MAX},
    time::Timestamp,
};

use super::{Change, Commit, Kept, Objects, ReadError, Report, Trust, ids};
use crate::{document, keys::Namespace, layout, seal::Seal};

/// Checks commits one by one, the root first. Memory does not grow with the history.
pub struct History<'a> {
    objects: &'a dyn Objects,
    trust: &'a Trust,
    last: Option<(String, Timestamp)>,
    expected_seen: bool,
}

impl<'a> History<'a> {
    /// A history of which no commit was seen yet.
    pub fn new(objects: &'a dyn Objects, trust: &'a Trust) -> Self {
        Self { objects, trust, last: None, expected_seen: false }
    }

    /// Checks the next commit.
    pub fn check(&mut self, commit: &Commit, report: &mut Report) {
        report.commits += 1;
        self.expected_seen |= self.trust.expected_head.as_ref() == Some(&commit.id);
        let parent: Vec<&String> = self.last.iter().map(|(id, _)| id).collect();
        if commit.parents.iter().collect::<Vec<_>>() != parent {
            let message = format!("{} parents, not the one commit before it", commit.parents.len());
            report.find(ids::LINEAR, None, &commit.id, message);
        }
        if let Some((_, before)) = self.last.as_ref().filter(|(_, at)| commit.committed < *at) {
            let message = format!("dated {}, after one dated {before}", commit.committed);
            report.find(ids::COMMIT_DATE, None, &commit.id, message);
        }
        self.check_signature(commit, report);
        if let Err(error) = self.check_changes(commit, report) {
            report.not_checked.push(format!("commit {}, or a part of it: {error}", commit.id));
        }
        self.last = Some((commit.id.clone(), commit.committed));
    }

    /// Ends the history.
    pub fn finish(self, report: &mut Report) {
        match &self.trust.expected_head {
            Some(expected) if !self.expected_seen => {
                let message = "this commit was on the branch and no longer is";
                report.find(ids::EXPECTED_HEAD, None, expected, message);
            }
            Some(_) | None => {}
        }
    }

    fn check_signature(&self, commit: &Commit, report: &mut Report) {
        let fault = match &commit.signature {
            None => "not signed".to_owned(),
            Some(signature) => {
                let (signers, at) = (&self.trust.signers, commit.committed);
                match signers.verify(Namespace::Git, &commit.payload, signature, at) {
                    Ok(_) => return,
                    Err(error) => error.to_string(),
                }
            }
        };
        report.find(ids::COMMIT_SIGNATURE, None, &commit.id, fault);
    }

    fn check_changes(&self, commit: &Commit, report: &mut Report) -> Result<(), ReadError> {
        let mut runs: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
        for change in &commit.changes {
            if let Some(new) = change.new.as_ref().filter(|new| new.mode != Kept::PLAIN) {
                let place = format!("{} {}", commit.id, change.path);
                report.find(ids::MODE, None, place, format!("mode {:o}", new.mode));
            }
            match run_folder(&change.path) {
                Some(folder) => runs.entry(folder).or_default().push(change),
                None => self.check_outside(commit, change, report)?,
            }
        }
        for (folder, changes) in runs {
            self.check_run(commit, folder, &changes, report)?;
        }
        Ok(())
    }

    /// Files outside the runs: the register and the signers grow, the rest stays as it is.
    fn check_outside(
        &self,
        commit: &Commit,
        change: &Change,
        report: &mut Report,
    ) -> Result<(), ReadError> {
        let grows = change.path == layout::ALLOWED_SIGNERS
            || change.path.starts_with(&format!("{}/", layout::REGISTER));
        let known = [layout::FORMAT, layout::GITATTRIBUTES, layout::README];
        let legal = match (&change.old, &change.new) {
            (Some(old), Some(new)) if grows => self.grew(&change.path, old, new)?,
            (Some(_), Some(_)) => change.path == layout::README,
            (None, Some(_)) => grows || known.contains(&change.path.as_str()),
            (_, None) => false,
        };
        if !legal {
            let place = format!("{} {}", commit.id, change.path);
            report.find(ids::APPEND_ONLY, None, place, verb(change));
        }
        Ok(())
    }

    /// Files of one run: new ones, a longer journal, a new seal in place of that of an open run.
    fn check_run(
        &self,
        commit: &Commit,
        folder: &str,
        changes: &[&Change],
        report: &mut Report,
    ) -> Result<(), ReadError> {
        let run: Option<RunId> = folder.rsplit('/').next().and_then(|name| name.parse().ok());
        let name = |change: &Change| change.path[folder.len() + 1..].to_owned();
        let seal = changes.iter().find(|change| name(change) == layout::SEAL);
        let was_open = match seal {
            // Without a new seal nothing of the run may change.
            None => false,
            Some(seal) => match &seal.old {
                None => true,
                Some(old) => {
                    let bytes = self.objects.blob(&old.oid, EVIDENCE_FILE_BYTES_MAX)?;
                    document::from_bytes::<Seal>(&bytes).is_ok_and(|seal| seal.closed.is_none())
                }
            },
        };
        for change in changes {
            let legal = was_open
                && match (&change.old, &change.new) {
                    (None, Some(_)) => true,
                    (Some(old), Some(new)) if name(change) == layout::JOURNAL => {
                        self.grew(layout::JOURNAL, old, new)?
                    }
                    (Some(_), Some(_)) => layout::REWRITTEN.contains(&name(change).as_str()),
                    (_, None) => false,
                };
            if !legal {
                let place = format!("{} {}", commit.id, change.path);
                report.find(ids::APPEND_ONLY, run.as_ref(), place, verb(change));
            }
        }
        Ok(())
    }

    /// Whether the new bytes begin with the old ones.
    fn grew(&self, path: &str, old: &Kept, new: &Kept) -> Result<bool, ReadError> {
        let bytes_max = if path == layout::ALLOWED_SIGNERS {
            EVIDENCE_FILE_BYTES_MAX
        } else {
            JOURNAL_BYTES_MAX
        };
        let old = self.objects.blob(&old.oid, bytes_max)?;
        Ok(self.objects.blob(&new.oid, bytes_max)?.starts_with(&old))
    }
}

fn verb(change: &Change) -> &'static str {
    match (&change.old, &change.new) {
        (None, _) => "added where nothing may be added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) => "changed",
    }
}

/// `runs/yyyy/mm/dd/<run>` of a path beneath it.
fn run_folder(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("runs/")?;
    let at = inside.match_indices('/').nth(3)?.0;
    Some(&path[..at + "runs/".len()])
}
