//! The branch as a whole: its history, its register, and every run on it.

use super::{
    Commit, History, Objects, ReadError, Report, Trust, register,
    run::{check, check_root},
};

/// Verifies everything there is.
///
/// * `commits`: the history, the root first, along first parents.
pub fn verify_branch(
    objects: &dyn Objects,
    commits: impl IntoIterator<Item = Result<Commit, ReadError>>,
    trust: &Trust,
) -> Report {
    let mut report = Report::default();
    report.note_trust(trust);
    check_root(objects, &mut report);
    let mut history = History::new(objects, trust);
    for commit in commits {
        match commit {
            Ok(commit) => history.check(&commit, &mut report),
            Err(error) => {
                report.not_checked.push(format!("the rest of the history: {error}"));
                break;
            }
        }
    }
    history.finish(&mut report);
    match register::check_all(objects, &mut report) {
        Err(error) => report.not_checked.push(format!("the register and the runs: {error}")),
        Ok(runs) => runs.iter().for_each(|run| check(objects, run, trust, &mut report)),
    }
    report
}
