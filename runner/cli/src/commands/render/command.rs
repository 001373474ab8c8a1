//! Asking for the document, and where it goes.

use std::{fs, path::PathBuf};

use clap::Args;
use hardstop_core::exit::ExitCode;
use hardstop_engine::documents::{Format, procedure};
use hardstop_git::Repo;
use hardstop_runbook::outline;

use crate::{
    begin,
    clock::SystemClock,
    error::CliError,
    output::{Printer, RenderView},
    wire::here,
};

/// Print a runbook as a document to read, print and follow by hand.
///
/// Made from the text as it lies in the work tree. Nothing is run; expressions are shown as they
/// are written.
#[derive(Args, Debug)]
pub(crate) struct Render {
    /// The runbook.
    runbook: PathBuf,
    /// Markdown, with task lists; so it is unless `--html` is given.
    #[arg(long, conflicts_with = "html")]
    markdown: bool,
    /// One page of HTML that needs nothing else.
    #[arg(long)]
    html: bool,
    /// Write it to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Render {
    /// Renders the document.
    ///
    /// # Errors
    ///
    /// If the runbook is wrong, or the file cannot be written.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let here = here()?;
        let repo = Repo::discover(&here)?;
        let source = repo.source(&repo.locate(&here, &self.runbook)?)?;
        let text = begin::text(&source)?;
        let compiled = begin::compiled(&repo, &source, &text, SystemClock::now())?;
        let (format, name) =
            if self.html { (Format::Html, "html") } else { (Format::Markdown, "markdown") };
        let document = procedure(&compiled.plan, &outline(&text), format);
        if let Some(path) = &self.output {
            fs::write(path, &document).map_err(|source| {
                let path = path.display().to_string();
                CliError::Path { path, action: "cannot be written", source }
            })?;
        }
        let file = self.output.map(|path| path.display().to_string());
        let view = RenderView { path: source.path, format: name, file, document };
        out.answer(&view, |view| match &view.file {
            Some(_) => String::new(),
            None => view.document.clone(),
        })?;
        Ok(ExitCode::Done)
    }
}
