//! Asking for a difference, and telling it.

use std::path::Path;

use clap::{Args, ValueEnum};
use hardstop_core::{exit::ExitCode, time::Timestamp};
use hardstop_git::Repo;
use hardstop_runbook::{Change, Class, action::Lock, diff, outline};

use super::{side::Side, words};
use crate::{
    clock::SystemClock,
    error::CliError,
    output::{ChangeView, DiffView, Printer, RunbookDiff},
    wire::here,
};

/// Files in `runbooks/` that are looked at when the lock file changed.
const RUNBOOKS_MAX: usize = 1_000;

/// Show what changed in the meaning of runbooks: gates weakened, budgets widened, order changed.
///
/// Compares the work tree with the current commit, or two commits. Formatting, comments and
/// renames with `formerly` are no difference. Ends with 0, or with 1 if there is a difference of
/// the kind that `--fail-on` names.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// `<from>..<to>`, or `<from>...<to>` for a pull request, then runbooks; all that differ if
    /// none is named.
    #[arg(value_name = "REVISIONS | RUNBOOK")]
    what: Vec<String>,
    /// Compare two files as they lie on disk; no repository is needed.
    #[arg(long)]
    no_index: bool,
    /// End with 1 if something is weakened, or if anything changed at all.
    #[arg(long, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    /// Print Markdown, for a comment on a pull request.
    #[arg(long)]
    markdown: bool,
}

/// What a difference must be to fail the command.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    /// Something is weakened.
    Weakened,
    /// Anything differs.
    Changed,
}

impl Diff {
    /// Compares, and tells.
    ///
    /// # Errors
    ///
    /// If a revision or a runbook is not there, or one of the texts is wrong.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let view = if self.no_index { self.files()? } else { self.revisions()? };
        let told = if self.markdown { words::markdown } else { words::text };
        out.answer(&view, told)?;
        let failed = match self.fail_on {
            Some(FailOn::Weakened) => view.weakened > 0,
            Some(FailOn::Changed) => view.differences > 0,
            None => false,
        };
        Ok(if failed { ExitCode::RunFailed } else { ExitCode::Done })
    }

    fn files(&self) -> Result<DiffView, CliError> {
        let [from, to] = self.what.as_slice() else {
            return Err(CliError::usage(
                "`--no-index` compares two files",
                "name an older and a newer one",
            ));
        };
        let sides = (Side::Disk, Side::Disk);
        let runbook = compared(&sides, (Some(from), Some(to)), SystemClock::now())?;
        Ok(view(from.clone(), to.clone(), vec![runbook]))
    }

    fn revisions(&self) -> Result<DiffView, CliError> {
        let repo = Repo::discover(Path::new("."))?;
        let mut named = self.what.as_slice();
        let range =
            named.first().filter(|first| first.contains("..") && !Path::new(first).exists());
        let (from, to) = match range {
            Some(range) => {
                named = &named[1..];
                let (from, to) = repo.range(range)?;
                (from, Some(to))
            }
            None => (repo.head_commit()?, None),
        };
        let label = to.clone().unwrap_or_else(|| "work tree".to_owned());
        let sides = (
            Side::Repository { repo: &repo, commit: Some(from.clone()) },
            Side::Repository { repo: &repo, commit: to.clone() },
        );
        let mut pairs = Vec::new();
        for path in named {
            let path = located(&repo, path)?;
            pairs.push((there(&sides.0, &path)?, there(&sides.1, &path)?));
            if pairs.last() == Some(&(None, None)) {
                return Err(CliError::usage(format!("there is no file {path}"), "name a runbook"));
            }
        }
        if named.is_empty() {
            for (before, after) in repo.changed_yaml(&from, to.as_deref())? {
                pairs.push((runbook(&sides.0, before)?, runbook(&sides.1, after)?));
            }
            pairs.retain(|pair| *pair != (None, None));
        }
        let now = SystemClock::now();
        let paths = pairs.iter().map(|(before, after)| (before.as_deref(), after.as_deref()));
        let mut runbooks =
            paths.map(|paths| compared(&sides, paths, now)).collect::<Result<Vec<_>, _>>()?;
        if named.is_empty() && sides.0.text(Lock::PATH)? != sides.1.text(Lock::PATH)? {
            let seen: Vec<&str> = pairs.iter().filter_map(|(_, path)| path.as_deref()).collect();
            for path in unchanged(&repo, &sides, &seen)? {
                let runbook = compared(&sides, (Some(&path), Some(&path)), now)?;
                runbooks.extend(Some(runbook).filter(|it| !it.changes.is_empty()));
            }
        }
        Ok(view(from, label, runbooks))
    }
}

/// The runbooks whose own texts did not change; what they call may have.
fn unchanged(
    repo: &Repo,
    sides: &(Side<'_>, Side<'_>),
    changed: &[&str],
) -> Result<Vec<String>, CliError> {
    let mut found = Vec::new();
    for file in repo.yaml_files("runbooks", RUNBOOKS_MAX)? {
        let path = Some(file.path).filter(|path| !changed.contains(&path.as_str()));
        if runbook(&sides.0, path.clone())?.is_some() {
            found.extend(runbook(&sides.1, path)?);
        }
    }
    Ok(found)
}

fn located(repo: &Repo, path: &str) -> Result<String, CliError> {
    Ok(repo.locate(&here()?, Path::new(path))?)
}

fn there(side: &Side<'_>, path: &str) -> Result<Option<String>, CliError> {
    Ok(side.text(path)?.map(|_| path.to_owned()))
}

/// The path, if a runbook is there.
fn runbook(side: &Side<'_>, path: Option<String>) -> Result<Option<String>, CliError> {
    let Some(path) = path else { return Ok(None) };
    let is_runbook = |text: String| {
        let mut said = text.lines().filter_map(|line| line.strip_prefix("kind:"));
        said.any(|said| {
            let said = said.split('#').next().unwrap_or_default();
            said.trim().trim_matches(['"', '\'']) == "Runbook"
        })
    };
    Ok(side.text(&path)?.is_some_and(is_runbook).then_some(path))
}

/// Compares one runbook with what it was.
fn compared(
    (before, after): &(Side<'_>, Side<'_>),
    (old, new): (Option<impl AsRef<str>>, Option<impl AsRef<str>>),
    at: Timestamp,
) -> Result<RunbookDiff, CliError> {
    let read = |side: &Side<'_>, path: Option<&str>| {
        let Some(path) = path else { return Ok(None) };
        let Some(text) = side.text(path)? else { return Ok(None) };
        let plan = side.plan(path, &text, at)?;
        Ok::<_, CliError>(Some((plan, outline(&text))))
    };
    let (old, new) = (old.as_ref().map(AsRef::as_ref), new.as_ref().map(AsRef::as_ref));
    let changes = match (read(before, old)?, read(after, new)?) {
        (Some((old, _)), Some((new, outline))) => {
            let line = |change: &Change| outline.line(&change.address);
            let changes = diff(&old, &new).into_iter();
            changes.map(|change| (line(&change), change)).collect()
        }
        (None, Some(_)) => vec![(None, whole(Class::Added))],
        (Some(_), None) => vec![(None, whole(Class::Removed))],
        (None, None) => Vec::new(),
    };
    let changes = changes.into_iter().map(|(line, change)| ChangeView::of(change, line)).collect();
    Ok(RunbookDiff { path: new.or(old).unwrap_or_default().to_owned(), changes })
}

/// A runbook that came or went as a whole.
fn whole(class: Class) -> Change {
    Change {
        class,
        address: String::new(),
        id: format!("diff.runbook-{class}"),
        what: format!("runbook {class}"),
        before: None,
        after: None,
    }
}

fn view(from: String, to: String, runbooks: Vec<RunbookDiff>) -> DiffView {
    let changes = || runbooks.iter().flat_map(|runbook| &runbook.changes);
    let weakened = changes().filter(|it| it.class == Class::Weakened.word()).count();
    let differences = changes().count();
    DiffView { from, to, runbooks, weakened, differences }
}
