//! What is executed and where: the grant, the program's file, the working directory.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
};

use hardstop_core::{
    event::Cause,
    model::{Program, Shell, programs},
};
use rustix::{
    fs::{Access, access},
    io::Errno,
};

use super::{Attempt, Exec, cause};

/// A program ready to start.
#[derive(Debug)]
pub(super) struct Invocation {
    /// The file that is executed.
    pub(super) file: PathBuf,
    /// The arguments, with the program's own name first, as the plan spells it.
    pub(super) argv: Vec<String>,
    /// The working directory: absolute, without links.
    pub(super) directory: PathBuf,
}

/// The two places a command may work in, without links.
pub(super) struct Places {
    pub(super) repository: PathBuf,
    pub(super) workspace: PathBuf,
}

impl Places {
    /// Whether `path`, which must have no links left, lies in the repository or the workspace.
    pub(super) fn hold(&self, path: &Path) -> bool {
        path.starts_with(&self.repository) || path.starts_with(&self.workspace)
    }
}

impl Exec {
    /// Finds the repository and the workspace.
    ///
    /// # Errors
    ///
    /// A cause if one of them is gone.
    pub(super) fn places(&self) -> Result<Places, Cause> {
        let real = |what, path: &Path| {
            path.canonicalize().map_err(|error| {
                cause::not_started(format!("the {what} `{}`: {error}", path.display()))
            })
        };
        Ok(Places {
            repository: real("repository", &self.repository)?,
            workspace: real("workspace", &self.workspace)?,
        })
    }

    /// Works out what an attempt executes and where.
    ///
    /// # Errors
    ///
    /// A cause if it is not granted, not found, or would leave its place.
    pub(super) fn invocation(
        &self,
        attempt: &Attempt<'_>,
        places: &Places,
    ) -> Result<Invocation, Cause> {
        let directory = directory(&attempt.work.directory, places);
        self.invoke(argv(attempt)?, directory)
    }

    /// Works out what is executed to ask for a secret: in the repository, as steps are.
    ///
    /// # Errors
    ///
    /// A cause if it is not granted or not found.
    pub(super) fn asking(&self, argv: &[String], places: &Places) -> Result<Invocation, Cause> {
        if argv.first().is_none_or(String::is_empty) {
            return Err(cause::not_started(
                "the command is empty: its first word names the program",
            ));
        }
        self.invoke(argv.to_owned(), Ok(places.repository.clone()))
    }

    fn invoke(
        &self,
        argv: Vec<String>,
        directory: Result<PathBuf, Cause>,
    ) -> Result<Invocation, Cause> {
        self.granted(&argv[0])?;
        let directory = directory?;
        let file = find(&argv[0], &directory, self.inherited.get(OsStr::new("PATH")))?;
        Ok(Invocation { file, argv, directory })
    }

    /// What lets a program be executed, in words; nothing if nothing does.
    pub(crate) fn granted_to(&self, program: &str) -> Vec<String> {
        let allow = self.allow.as_ref();
        let of_it: Option<Vec<String>> =
            allow.map(|all| all.iter().filter(|it| *it == program).cloned().collect());
        programs(of_it.as_deref())
    }

    /// A grant is for the program as the runbook spells it: `git` does not grant `./git`, which
    /// is whatever the repository says it is.
    fn granted(&self, program: &str) -> Result<(), Cause> {
        match &self.allow {
            Some(allow) if !allow.iter().any(|granted| granted == program) => {
                Err(cause::not_granted(format!(
                    "`{program}` may not be executed here: it is not in `exec.allow` in \
                     .hardstop/config.yaml"
                )))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn argv(attempt: &Attempt<'_>) -> Result<Vec<String>, Cause> {
    let words = |words: &[&str]| words.iter().copied().map(String::from).collect();
    match &attempt.spec.program {
        Program::Argv(_) if attempt.work.argv.first().is_none_or(String::is_empty) => {
            Err(cause::not_started("the command is empty: its first word names the program"))
        }
        Program::Argv(_) => Ok(attempt.work.argv.clone()),
        Program::Script { shell: Shell::Sh, text } => Ok(words(&["sh", "-eu", "-c", text])),
        Program::Script { shell: Shell::Bash, text } => {
            Ok(words(&["bash", "-euo", "pipefail", "-c", text]))
        }
    }
}

fn directory(asked: &str, places: &Places) -> Result<PathBuf, Cause> {
    let directory = places.repository.join(asked).canonicalize().map_err(|error| {
        cause::not_started(format!("the working directory `{asked}` cannot be used: {error}"))
    })?;
    if places.hold(&directory) {
        Ok(directory)
    } else {
        Err(cause::not_granted(format!(
            "the working directory `{asked}` is outside the repository and the run's workspace; \
             name one inside them"
        )))
    }
}

/// Finds the file of a program: a name with `/` counts from the working directory, a bare one is
/// looked up in the runner's own `PATH`, so that neither the plan nor the working directory says
/// which `git` is meant.
///
/// Doing this here rather than in the system's `exec` also keeps the fast way to start a process
/// open, which a changed environment otherwise closes.
fn find(program: &str, directory: &Path, path: Option<&OsString>) -> Result<PathBuf, Cause> {
    if program.contains('/') {
        return Ok(directory.join(program));
    }
    let mut unusable = None;
    for folder in path.iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute())
    {
        let file = folder.join(program);
        if !file.is_file() {
            continue;
        }
        if access(&file, Access::EXEC_OK).is_ok() {
            return Ok(file);
        }
        unusable = Some(file);
    }
    Err(cause::not_started(match unusable {
        Some(file) => format!("`{}` is not executable: `chmod +x` it", file.display()),
        None => format!("command `{program}` not found: is it installed and on the runner's PATH?"),
    }))
}

/// Why the system would not start `invocation`, and what to do.
pub(super) fn refused(invocation: &Invocation, error: &io::Error) -> Cause {
    let program = &invocation.argv[0];
    let advice = match Errno::from_io_error(error) {
        Some(Errno::NOENT) if invocation.file.is_file() => {
            ": the interpreter its first line names is missing"
        }
        Some(Errno::NOENT) => ": a name with `/` counts from the step's working directory",
        Some(Errno::ACCESS) => ": is it an executable file (`chmod +x`)?",
        Some(Errno::TOOBIG) => ": pass long values in a file of the workspace",
        Some(Errno::NOEXEC) => {
            ": it needs a `#!` first line, or was built for another kind of machine"
        }
        Some(_) | None => "",
    };
    cause::not_started(format!("`{program}` could not be started: {error}{advice}"))
}
