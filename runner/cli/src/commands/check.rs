//! `hardstop check`.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::Args;
use hardstop_core::{exit::ExitCode, limits::RUNBOOK_BYTES_MAX};
use hardstop_evidence::digest;
use hardstop_git::Repo;
use hardstop_runbook::{
    Diagnostics, Files, compile, config, exchanges::exchanges, policy, request, scenario,
};

use crate::{
    begin::quoted,
    clock::SystemClock,
    error::CliError,
    output::{CheckView, CheckedFile, FileProblem, Printer, note},
    report,
};

/// Folders below `runbooks/` are looked into this deep; deeper ones nobody meant.
const DEPTH_MAX: usize = 8;

/// Check runbooks, policies and configurations for mistakes.
///
/// Reads files as they are on disk, runs nothing, and needs no repository. What is wrong is shown
/// with the text it is about. Ends with 0 if all is well and with 2 if there are errors.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The files; if none is named, all in `runbooks/` and `.hardstop/`.
    files: Vec<PathBuf>,
    /// Count warnings as errors.
    #[arg(long)]
    deny_warnings: bool,
}

impl Check {
    /// Checks every file, and tells of all their problems.
    ///
    /// # Errors
    ///
    /// If no file is named and none is found.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let files = if self.files.is_empty() { found()? } else { self.files };
        let files: Vec<CheckedFile> = files.iter().map(|path| check(path)).collect();
        let errors = files.iter().map(|file| file.errors.len()).sum();
        let warnings = files.iter().map(|file| file.warnings.len()).sum();
        out.answer(&CheckView { files, errors, warnings }, in_words)?;
        let wrong = errors > 0 || (self.deny_warnings && warnings > 0);
        Ok(if wrong { ExitCode::Usage } else { ExitCode::Done })
    }
}

/// Every file that a repository's runs are ruled by.
fn found() -> Result<Vec<PathBuf>, CliError> {
    // In a folder below the top of a repository, all of the repository is meant.
    let repository = Repo::discover(Path::new(".")).ok();
    let top = repository.as_ref().and_then(Repo::work_dir).unwrap_or(Path::new("."));
    let here = Path::new(".").canonicalize().ok();
    let top = if top.canonicalize().ok() == here { Path::new("") } else { top };
    let mut files = Vec::new();
    add(&top.join("runbooks"), DEPTH_MAX, &mut files);
    add(&top.join(".hardstop"), 1, &mut files);
    if files.is_empty() {
        return Err(CliError::usage(
            "there is nothing to check: no YAML file in `runbooks/` or `.hardstop/`",
            "name the files, or make a first runbook with `hardstop init`",
        ));
    }
    Ok(files)
}

/// Adds the YAML files in a folder, sorted, down to `depth` levels. A folder that cannot be listed
/// has none.
pub(super) fn add(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<fs::DirEntry> = entries.collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // Of the entry itself: a link to a folder could lead in circles.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 1 {
            add(&path, depth - 1, files);
        } else if !is_folder && path.extension().is_some_and(|it| it == "yaml" || it == "yml") {
            files.push(path);
        }
    }
}

fn check(path: &Path) -> CheckedFile {
    let shown = path.display().to_string();
    let text = match read(path) {
        Ok(text) => text,
        Err((message, help)) => {
            note(format!("error: {shown} {message}\nhint: {help}"));
            let (code, help) = ("check::unreadable".to_owned(), Some(help));
            let problem = FileProblem { code, message, line: 1, column: 1, help };
            return CheckedFile {
                path: shown,
                kind: None,
                errors: vec![problem],
                warnings: Vec::new(),
                unlocked: BTreeSet::new(),
            };
        }
    };
    let kind = kind(&text);
    let mut unlocked = BTreeSet::new();
    let (errors, warnings) = match kind {
        "Policy" => (policy(&shown, &text, digest(text.as_bytes())).err(), None),
        "Config" => (config(&shown, &text).err(), None),
        "RunRequest" => (request(&shown, &text).err(), None),
        "Scenario" => (scenario::scenario(&shown, &text).err(), None),
        "Exchanges" => (exchanges(&shown, &text).err(), None),
        _ => match compile(&shown, &text, Files { load: &beside, at: SystemClock::now() }) {
            Ok(compiled) => {
                unlocked = compiled.unlocked;
                if !unlocked.is_empty() {
                    note(format!(
                        "note: {shown} calls {}, for which no plugin is locked: it can be simulated, \
                         and not run",
                        quoted(&unlocked)
                    ));
                }
                (None, Some(compiled.warnings))
            }
            Err(errors) => (Some(errors), None),
        },
    };
    CheckedFile {
        path: shown,
        kind: Some(kind),
        errors: told(errors.as_ref()),
        warnings: told(warnings.as_ref()),
        unlocked,
    }
}

/// A file that a runbook names: by a path that begins where we are, as its own does, or at the top
/// of the repository.
fn beside(path: &str) -> Option<String> {
    let repository = Repo::discover(Path::new(".")).ok();
    let top = repository.as_ref().and_then(Repo::work_dir).map(|top| top.join(path));
    read(Path::new(path)).ok().or_else(|| read(&top?).ok())
}

/// Shows the problems with the text they are about.
fn told(problems: Option<&Diagnostics>) -> Vec<FileProblem> {
    let Some(problems) = problems.filter(|problems| !problems.is_empty()) else {
        return Vec::new();
    };
    note(report::rendered(problems).trim_end());
    problems.findings().into_iter().map(FileProblem::from).collect()
}

/// Reads a text of the language.
///
/// # Errors
///
/// What is wrong with the file, and what to do.
pub(super) fn read(path: &Path) -> Result<String, (String, String)> {
    let wrong = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    let unreadable = |error: io::Error| {
        (format!("cannot be read: {error}"), "name a file that is there and readable".to_owned())
    };
    let found = fs::metadata(path).map_err(unreadable)?;
    if found.is_dir() {
        let help = format!("name its files: `{}/*.yaml`", path.display());
        return Err(("is a folder".to_owned(), help));
    }
    if !found.is_file() {
        return Err(wrong("is no plain file", "name a plain file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(RUNBOOK_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > RUNBOOK_BYTES_MAX {
        let size = found.len();
        let message = format!("has {size} bytes; at most {RUNBOOK_BYTES_MAX} are read");
        return Err((message, "split it: nobody reviews a text of that size".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (format!("is not UTF-8 at byte {at}"), "save it as UTF-8".to_owned())
    })
}

/// What a file says it is. The checks of that kind then look closer; a file that does not say is
/// checked as a runbook, which tells what is missing.
pub(super) fn kind(text: &str) -> &'static str {
    let said = text.lines().find_map(|line| line.strip_prefix("kind:")).unwrap_or_default();
    match said.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']) {
        "Policy" => "Policy",
        "Config" => "Config",
        "RunRequest" => "RunRequest",
        "Scenario" => "Scenario",
        "Exchanges" => "Exchanges",
        _ => "Runbook",
    }
}

fn in_words(view: &CheckView) -> String {
    let mut text = String::new();
    for CheckedFile { path, errors, warnings, .. } in &view.files {
        let verdict = match (errors.len(), warnings.len()) {
            (0, 0) => "ok".to_owned(),
            (0, warnings) => count(warnings, "warning"),
            (errors, 0) => count(errors, "error"),
            (errors, warnings) => {
                format!("{}, {}", count(errors, "error"), count(warnings, "warning"))
            }
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{path}: {verdict}");
    }
    text
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
