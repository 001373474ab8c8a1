//! `hardstop approve`.

use std::path::PathBuf;

use clap::Args;
use hardstop_core::{exit::ExitCode, input::Request, time::Timestamp};

use super::{
    deliver::{deliver, text},
    sign::sign,
};
use crate::{error::CliError, find, output::Printer, ui::request, wire::Site};

/// Say yes to a request.
#[derive(Args, Debug)]
pub(crate) struct Approve {
    /// The request's code.
    code: String,
    /// What to say with it.
    #[arg(long)]
    comment: Option<String>,
    /// It is to count from this instant on only: `2026-11-20T08:00:00Z`.
    #[arg(long, value_name = "INSTANT")]
    from: Option<Timestamp>,
    /// Sign the request with your own SSH key: assurance level 3.
    #[arg(long)]
    sign: bool,
    /// The key to sign with; `~/.ssh/id_ed25519` if not given.
    #[arg(long, value_name = "FILE", requires = "sign")]
    key: Option<PathBuf>,
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
        let bytes = request::bytes(&site, &run, &code).filter(|_| self.sign);
        deliver(out, site, &run, |_| {
            let signature = bytes.map(|bytes| sign(self.key.as_deref(), &bytes)).transpose()?;
            let comment = self.comment.as_deref().map(|said| text("the comment", said));
            let (code, comment) = (code.clone(), comment.transpose()?);
            let signature = signature.map(Ok);
            Ok(vec![Request::Approve { code, comment, from: self.from, signature }])
        })
    }
}
