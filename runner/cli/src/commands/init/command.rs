//! Making the files that are not there.

use std::{
    env,
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;
use hardstop_core::{exit::ExitCode, policy::Channel};

use super::scaffold;
use crate::{
    error::CliError,
    identity,
    output::{InitView, Printer},
    wire::Site,
};

/// Set a repository up: configuration, policy, a first runbook, a CI job.
///
/// Files that are there already are left as they are. The policy knows one person, the one Git
/// would commit as; nothing is committed.
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// A folder of the repository; the current one if not given.
    folder: Option<PathBuf>,
}

impl Init {
    /// Makes the files.
    ///
    /// # Errors
    ///
    /// If there is no repository with a work tree, nobody knows who asks, or a file cannot be
    /// written.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        if let Some(folder) = &self.folder {
            env::set_current_dir(folder).map_err(failed(folder, "cannot be entered"))?;
        }
        let site = Site::open()?;
        if site.repo.work_dir().is_none() {
            return Err(CliError::usage(
                "a bare repository has no files to set up",
                "do it in a clone, and push",
            ));
        }
        let person = identity::actor(&site.repo, Channel::Cli)?;
        let principal = format!("hardstop@{}", plain(&site.holder.host));
        let signer = site.key()?.public().allowed_signers_line(&principal);
        let (mut made, mut kept) = (Vec::new(), Vec::new());
        for (path, text) in scaffold::files(&person, &signer)? {
            let list = if make(&site.root.join(&path), &text)? { &mut made } else { &mut kept };
            list.push(path);
        }
        let repository = site.root.display().to_string();
        let next = [
            "git add .hardstop runbooks .github",
            "git commit -m 'Set hardstop up'",
            "hardstop check",
            "hardstop run runbooks/hello.yaml",
        ];
        let next = next.map(str::to_owned).to_vec();
        out.answer(&InitView { repository, made, kept, next }, in_words)?;
        Ok(ExitCode::Done)
    }
}

/// A host's name, as far as a list of signers can hold it.
fn plain(host: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = host.chars().filter(fits).take(64).collect();
    if name.is_empty() { "runner".to_owned() } else { name }
}

/// Makes a file; whether it was made. One that is there, even as a broken link, is left alone.
fn make(path: &Path, text: &str) -> Result<bool, CliError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed(folder, "cannot be made"))?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(failed(path, "cannot be written"))?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(path, "cannot be made")(error)),
    }
}

fn failed(path: &Path, action: &'static str) -> impl Fn(io::Error) -> CliError {
    let path = path.display().to_string();
    move |source| CliError::Path { path: path.clone(), action, source }
}

fn in_words(view: &InitView) -> String {
    let mut text = format!("in {}\n", view.repository);
    // Writing to a String cannot fail.
    for path in &view.made {
        let _ = writeln!(text, "  made {path}");
    }
    for path in &view.kept {
        let _ = writeln!(text, "  kept {path}, which was there");
    }
    for command in &view.next {
        let _ = writeln!(text, "next: {command}");
    }
    text
}
