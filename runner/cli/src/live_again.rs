//! A run that is open on the evidence branch, made live in this clone.

use std::collections::BTreeMap;

use hardstop_core::{ids::RunId, run::Refusal};
use hardstop_evidence::{layout, verify::ReadError};
use hardstop_journal::OpenError;

use crate::{error::CliError, find, output::note, wire::Site};

/// Makes a run live from its evidence. Nothing here can tell whether another clone still moves it:
/// of two that do, only one can commit its evidence.
///
/// # Errors
///
/// If it is over, or cannot be read or written.
pub(crate) fn make(site: &Site, run: &RunId) -> Result<(), CliError> {
    let files = committed(site, run)?;
    match site.live.create(run, &files) {
        Err(OpenError::Exists { .. }) => return Ok(()),
        made => {
            let made = made?;
            // Somebody may have moved it between our look at the branch and our hold of it.
            if committed(site, run).ok().as_ref() != Some(&files) {
                site.live.remove(made)?;
                return Err(CliError::usage(
                    format!("run {} moved this very moment", run.short()),
                    "look with `hardstop status`, and try again",
                ));
            }
        }
    }
    note(format!("run {} continues from its evidence in this clone", run.short()));
    Ok(())
}

/// The files an open run goes on with: all but those that are made anew at each checkpoint.
fn committed(site: &Site, run: &RunId) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    if find::registered(site)?.get(run).is_none_or(|known| known.closed.is_some()) {
        return Err(CliError::Refused { refusal: Refusal::Closed });
    }
    let missing = || ReadError::Unavailable("there is no evidence branch".to_owned());
    let evidence = site.evidence()?.ok_or_else(|| CliError::Evidence(missing()))?;
    let mut files = evidence.run_files(run).map_err(CliError::Evidence)?;
    files.retain(|path, _| !layout::REWRITTEN.contains(&path.as_str()));
    Ok(files)
}
