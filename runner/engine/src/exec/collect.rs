//! The files an attempt leaves: found, bounded, masked, looked through for secrets nobody
//! declared, and described for the journal.

use std::{
    collections::BTreeMap,
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Component, Path, PathBuf},
};

use hardstop_core::{
    event::{Artifact, Cause},
    ids::{AttemptNo, StepId},
    limits::EVIDENCE_FILE_BYTES_MAX,
    model::EvidenceFile,
    value::Value,
};
use hardstop_evidence::{
    digest,
    redact::{Finding, Secrets, scan},
};
use rustix::fs::{Mode, OFlags};
use tokio::sync::watch;

use super::{Kept, cause, program::Places, stream::Printed};

/// What an attempt has left so far.
pub(crate) struct Collected {
    folder: String,
    /// Where what looks like a credential stays.
    quarantine: PathBuf,
    /// What is masked in all that is kept.
    pub(super) masks: Option<watch::Receiver<Secrets>>,
    /// One for each of `files`, in the same order.
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) files: Vec<Kept>,
}

impl Collected {
    /// Nothing yet.
    pub(crate) fn new(
        (step, attempt): (&StepId, AttemptNo),
        masks: Option<watch::Receiver<Secrets>>,
        workspace: &Path,
    ) -> Self {
        let folder = format!("steps/{step}/{attempt}");
        let quarantine = workspace.join("quarantine");
        Self { folder, quarantine, masks, artifacts: Vec::new(), files: Vec::new() }
    }

    /// Keeps an output stream, unless nothing was printed to it.
    ///
    /// # Errors
    ///
    /// A cause if it looks as if it held a secret; a note is kept in its place.
    pub(super) fn printed(&mut self, name: &str, printed: Printed) -> Result<(), Cause> {
        if printed.original_bytes == 0 {
            return Ok(());
        }
        self.keep(name, None, printed)
    }

    /// Keeps the declared evidence files.
    ///
    /// * `paths`: where each is expected, in the order of `declared`.
    ///
    /// # Errors
    ///
    /// The first cause; every other file is kept all the same.
    pub(super) fn declared(
        &mut self,
        declared: &[EvidenceFile],
        paths: &[String],
        places: &Places,
    ) -> Result<(), Cause> {
        if declared.len() != paths.len() {
            return Err(cause::evidence("the command does not say where each evidence file is"));
        }
        let mut result = Ok(());
        // One with contents of its own is written once the outputs are known.
        let left = declared.iter().zip(paths).filter(|(file, _)| file.content.is_none());
        for (file, path) in left {
            let kept = match read(file, path, places) {
                Ok(bytes) => {
                    self.keep(&format!("files/{}", file.id), Some(&file.id), self.mask(bytes))
                }
                Err(Unread::Missing) if !file.required => Ok(()),
                Err(Unread::Missing) => Err(cause::evidence(format!(
                    "evidence `{}` is missing: the step must leave the file `{path}`",
                    file.id
                ))),
                Err(Unread::Refused(why)) => {
                    Err(cause::evidence(format!("evidence `{}`: `{path}` {why}", file.id)))
                }
            };
            result = result.and(kept);
        }
        result
    }

    /// Keeps bytes as a file.
    ///
    /// * `evidence`: the declared file it is.
    ///
    /// # Errors
    ///
    /// A cause if it looks as if it held a secret; a note is kept in its place.
    pub(crate) fn bytes(
        &mut self,
        name: &str,
        evidence: Option<&str>,
        bytes: Vec<u8>,
    ) -> Result<(), Cause> {
        self.keep(name, evidence, self.mask(bytes))
    }

    /// Whether the declared file was kept.
    pub(crate) fn holds(&self, evidence: &str) -> bool {
        self.artifacts.iter().any(|artifact| artifact.evidence.as_deref() == Some(evidence))
    }

    /// Text with all known secrets masked.
    pub(crate) fn masked(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.mask(text.as_bytes().to_vec()).bytes).into_owned()
    }

    /// Outputs that were read out of masked JSON: their texts may hold what its escapes hid.
    pub(crate) fn masked_outputs(
        &self,
        outputs: BTreeMap<String, Value>,
    ) -> BTreeMap<String, Value> {
        let masked = |(name, value): (String, _)| (self.masked(&name), self.masked_value(value));
        outputs.into_iter().map(masked).collect()
    }

    fn masked_value(&self, value: Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) | Value::Integer(_) => value,
            Value::Text(text) => Value::Text(self.masked(&text)),
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| self.masked_value(item)).collect())
            }
            Value::Map(members) => Value::Map(self.masked_outputs(members)),
        }
    }

    fn mask(&self, bytes: Vec<u8>) -> Printed {
        let original_bytes = bytes.len() as u64;
        let Some(masks) = &self.masks else {
            return Printed { bytes, original_bytes, redactions: 0, cut: false };
        };
        let mut redactor = masks.borrow().redactor();
        let mut bytes = redactor.feed(&bytes);
        let (rest, masked) = redactor.finish();
        bytes.extend(rest);
        Printed { bytes, original_bytes, redactions: masked.total(), cut: false }
    }

    fn keep(&mut self, name: &str, evidence: Option<&str>, left: Printed) -> Result<(), Cause> {
        let path = format!("{}/{name}", self.folder);
        let mut result = Ok(());
        let mut bytes = left.bytes;
        if let Some(Finding { shape, offset }) = scan(&bytes).first() {
            let stays = match self.quarantine(&path, &bytes) {
                Ok(()) => format!("stays in the run's workspace as `quarantine/{path}`"),
                Err(error) => format!("was thrown away ({error})"),
            };
            bytes =
                format!("withheld: this looked as if it held a secret ({shape})\n").into_bytes();
            result = Err(cause::evidence(format!(
                "`{name}` looks as if it held a secret ({shape}, at byte {offset}), so it {stays}. \
                 If the step did its work, `hardstop attest` it and hand in what may be seen of \
                 the file; else make it print less and `hardstop retry`. A secret that the runbook \
                 declares is masked"
            )));
        } else if bytes.len() as u64 > EVIDENCE_FILE_BYTES_MAX {
            let why = format!(
                "has {} bytes, more than the {EVIDENCE_FILE_BYTES_MAX} allowed",
                bytes.len()
            );
            bytes = format!("withheld: this {why}\n").into_bytes();
            result = Err(cause::evidence(format!("`{name}` {why}")));
        }
        // The last of a name is what counts: no file can be two.
        self.artifacts.retain(|artifact| artifact.path != path);
        self.files.retain(|kept| kept.path != path);
        self.artifacts.push(Artifact {
            path: path.clone(),
            digest: digest(&bytes),
            size_bytes: bytes.len() as u64,
            original_bytes: left.original_bytes,
            redactions: left.redactions,
            evidence: evidence.map(String::from),
        });
        self.files.push(Kept { path, bytes });
        result
    }

    /// Keeps, for the owner of this process alone, what cannot be evidence. Known secrets are
    /// masked in it.
    fn quarantine(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let place = self.quarantine.join(path);
        if let Some(folder) = place.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        // Whatever a command put there is not written through.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&place)?;
        file.write_all(bytes)
    }
}

/// Why a declared file was not read.
enum Unread {
    Missing,
    /// Follows the path in a sentence.
    Refused(String),
}

fn read(declared: &EvidenceFile, path: &str, places: &Places) -> Result<Vec<u8>, Unread> {
    let failed = |error: io::Error| {
        if error.kind() == io::ErrorKind::NotFound {
            Unread::Missing
        } else {
            Unread::Refused(format!("cannot be read: {error}"))
        }
    };
    let real = places.repository.join(path).canonicalize().map_err(failed)?;
    if !places.hold(&real) {
        return Err(Unread::Refused(
            "leads outside the repository and the run's workspace: leave a copy inside".to_owned(),
        ));
    }
    if !real.starts_with(&places.workspace) && in_git_directory(&real, places) {
        return Err(Unread::Refused("is one of git's own files, which may hold keys".to_owned()));
    }
    // The path has no links now; if one has appeared since, or a pipe, it is not followed.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(&real, flags, Mode::empty())
        .map_err(|error| failed(io::Error::from(error)))?;
    bounded(File::from(file), declared.max_bytes.min(EVIDENCE_FILE_BYTES_MAX)).map_err(failed)?
}

fn bounded(file: File, max_bytes: u64) -> io::Result<Result<Vec<u8>, Unread>> {
    if !file.metadata()?.is_file() {
        return Ok(Err(Unread::Refused("is not a regular file".to_owned())));
    }
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Ok(Err(Unread::Refused(format!(
            "is larger than the {max_bytes} bytes allowed: leave a digest or an excerpt instead"
        ))));
    }
    Ok(Ok(bytes))
}

fn in_git_directory(path: &Path, places: &Places) -> bool {
    path.strip_prefix(&places.repository)
        .is_ok_and(|path| path.components().any(|part| part == Component::Normal(".git".as_ref())))
}
