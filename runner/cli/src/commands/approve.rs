//! `hardstop approve`.

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request};

use super::deliver::{deliver, text};
use crate::{error::CliError, find, output::Printer, ui::request, wire::Site};

/// Say yes to a request.
#[derive(Args, Debug)]
pub(crate) struct Approve {
    /// The request's code.
    code: String,
    /// What to say with it.
    #[arg(long)]
    comment: Option<String>,
}

impl Approve {
    /// Shows what is approved, and delivers the yes.
    ///
    /// # Errors
    ///
    /// If it does not count, or the run cannot be taken over.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let code = self.code.to_ascii_lowercase();
        let run = find::request(&site, &code)?;
        request::show(&site, &run, &code);
        deliver(out, site, &run, |_| {
            let comment = self.comment.as_deref().map(|said| text("the comment", said));
            let (code, comment) = (code.clone(), comment.transpose()?);
            Ok(vec![Request::Approve { code, comment, from: None, signature: None }])
        })
    }
}
