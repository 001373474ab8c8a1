//! Whose signatures count: the most independent list of keys that can be had.

use std::{fs, path::Path};

use hardstop_evidence::{
    keys::AllowedSigners,
    layout,
    verify::{Objects as _, Source},
};
use hardstop_git::{EvidenceReader, RepoError};
use hardstop_journal::key_path;
use hardstop_runbook::Config;

use crate::{error::CliError, wire::Site};

/// A list of allowed signers is a few lines; more is not read.
const BYTES_MAX: u64 = 1024 * 1024;

/// The keys that count, and where they come from.
pub(super) struct Signers {
    pub(super) keys: AllowedSigners,
    pub(super) source: Source,
    /// The source in words.
    pub(super) from: String,
}

/// Finds the list: the caller's file; the one committed and reviewed in this repository; this
/// machine's own key; and only then the branch's own, which proves nothing about who signed.
///
/// # Errors
///
/// If a list is there that cannot be understood. It is not passed over.
pub(super) fn signers(
    site: &Site,
    given: Option<&Path>,
    evidence: &EvidenceReader,
) -> Result<Signers, CliError> {
    if let Some(path) = given {
        let shown = path.display().to_string();
        let failed =
            |source| CliError::Path { path: shown.clone(), action: "cannot be read", source };
        if fs::metadata(path).map_err(failed)?.len() > BYTES_MAX {
            return Err(CliError::usage(
                format!("{shown} has more than {BYTES_MAX} bytes"),
                "name a list of allowed signers",
            ));
        }
        return read(&fs::read(path).map_err(failed)?, Source::Given, shown);
    }
    if let Some((path, text)) = committed_signers(site)? {
        return read(&text, Source::Given, format!("{path}, as committed"));
    }
    if key_path(site.repo.common_dir()).symlink_metadata().is_ok() {
        let own = site.key()?.public().allowed_signers_line("this-machine");
        return read(own.as_bytes(), Source::Given, "this machine's own key".to_owned());
    }
    let entry = evidence.entry(layout::ALLOWED_SIGNERS).map_err(CliError::Evidence)?;
    let text = entry.map(|entry| evidence.blob(&entry.kept.oid, BYTES_MAX)).transpose();
    let text = text.map_err(CliError::Evidence)?.unwrap_or_default();
    read(&text, Source::BranchItself, "the evidence branch itself".to_owned())
}

/// The committed list of this repository: its path and its bytes; `None` if there is none.
///
/// # Errors
///
/// If the repository or its configuration cannot be read.
pub(in crate::commands) fn committed_signers(
    site: &Site,
) -> Result<Option<(String, Vec<u8>)>, CliError> {
    // A clone of nothing but evidence has no current commit, and so neither file.
    let config = match site.config() {
        Err(CliError::Repo(RepoError::NoCommit)) => Config::default(),
        config => config?,
    };
    let path = config.evidence.allowed_signers;
    match site.repo.source(&path) {
        Err(RepoError::NoCommit) => Ok(None),
        source => Ok(source?.committed.map(|text| (path, text))),
    }
}

fn read(text: &[u8], source: Source, from: String) -> Result<Signers, CliError> {
    match AllowedSigners::parse(&String::from_utf8_lossy(text)) {
        Ok(keys) => Ok(Signers { keys, source, from }),
        Err(error) => Err(CliError::usage(
            format!("{from}: {error}"),
            "one line a key: `name ssh-ed25519 AAAA...`; or give a list with `--signers <file>`",
        )),
    }
}
