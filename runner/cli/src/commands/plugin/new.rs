//! `hardstop plugin new`.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_runbook::action::{is_built_in, is_name};

use crate::{
    error::CliError,
    output::{PluginNewView, Printer},
    plugins::Language,
};

/// Begin a plugin: a small project that builds, with two actions and recorded exchanges.
///
/// Nothing that is there is written over.
#[derive(Args, Debug)]
pub(crate) struct New {
    /// The plugin's name: small letters, digits and `-`.
    #[arg(value_parser = parse_name)]
    name: String,
    /// What it is written in.
    #[arg(long, value_enum)]
    language: Language,
    /// The folder; one of the plugin's name if not given.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl New {
    /// Writes the project.
    ///
    /// # Errors
    ///
    /// If a file of it is there already, and then nothing is written; or if one cannot be written.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let Self { name, language, into } = self;
        let folder = into.unwrap_or_else(|| PathBuf::from(&name));
        let files = language.files(&name);
        let present = files.iter().find(|(path, _)| folder.join(path).symlink_metadata().is_ok());
        if let Some((path, _)) = present {
            return Err(CliError::usage(
                format!("{} is there already", folder.join(path).display()),
                "name an empty folder with `--into`; nothing was written",
            ));
        }
        for (path, text) in &files {
            let path = folder.join(path);
            write(&path, text).map_err(|source| {
                let path = path.display().to_string();
                CliError::Path { path, action: "cannot be written", source }
            })?;
        }
        let view = PluginNewView {
            folder: folder.display().to_string(),
            files: files.into_iter().map(|(path, _)| path.to_owned()).collect(),
            next: language.next().iter().map(ToString::to_string).collect(),
            name,
        };
        out.answer(&view, in_words)?;
        Ok(ExitCode::Done)
    }
}

fn parse_name(text: &str) -> Result<String, String> {
    if !is_name(text) {
        return Err("use lower-case letters, digits and `-`, a letter first, at most 63".to_owned());
    }
    if is_built_in(text) {
        return Err("that is built in: no plugin may have its name".to_owned());
    }
    Ok(text.to_owned())
}

/// Writes a file that is not there.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}

fn in_words(view: &PluginNewView) -> String {
    let PluginNewView { name, folder, files, next } = view;
    let mut text =
        format!("plugin `{name}`: {} files in {folder}\nnext:\n  cd {folder}\n", files.len());
    for command in next {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {command}");
    }
    text
}
