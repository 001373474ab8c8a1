//! From an error to words and an exit code: the only place that does.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    process,
};

use hardstop_core::{exit::ExitCode, run::Refusal};
use hardstop_engine::{driver::DriveError, session::SessionError};
use hardstop_journal::OpenError;
use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::{
    error::CliError,
    output::{self, Failure, FailureBody},
};

/// Says how the command ended, and gives the code for the shell.
pub(crate) fn finish(done: Result<ExitCode, CliError>, json: bool) -> process::ExitCode {
    let error = match done {
        Ok(code) => return code.into(),
        Err(error) => error,
    };
    let code = exit_code(&error);
    if json {
        drop(output::json(&failure(&error, code)));
    }
    // Nobody is left to tell if this fails.
    drop(io::stderr().lock().write_all(text(&error).as_bytes()));
    code.into()
}

/// Help, the version, or what was typed wrong.
pub(crate) fn wrong_arguments(error: &clap::Error) -> process::ExitCode {
    // What was typed is not understood, so whether JSON is wanted is seen from the words.
    let json = env::args_os().take_while(|word| word != "--").any(|word| word == "--json");
    if error.use_stderr() && json {
        let text = error.render().to_string();
        let first = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        let message = first.split_whitespace().collect::<Vec<_>>().join(" ");
        let hint = Some("`--help` after the command says what it takes".to_owned());
        let (causes, findings, exit_code) = (Vec::new(), Vec::new(), ExitCode::Usage as u8);
        let error = FailureBody { message, causes, hint, exit_code, findings };
        drop(output::json(&Failure { error }));
    }
    drop(error.print());
    if error.use_stderr() { ExitCode::Usage.into() } else { ExitCode::Done.into() }
}

/// The error as people read it: heading, causes, hint.
pub(crate) fn text(error: &CliError) -> String {
    if let CliError::Invalid(diagnostics) = error {
        return rendered(diagnostics.as_ref());
    }
    let mut text = format!("error: {error}\n");
    for cause in causes(error) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  because {cause}");
    }
    if let Some(hint) = hint(error) {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

/// Problems of a file with the text they are about, in colour where that is wanted.
pub(crate) fn rendered(diagnostics: &dyn miette::Diagnostic) -> String {
    let colour = env::var_os("NO_COLOR").is_none() && io::stderr().is_terminal();
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = GraphicalReportHandler::new_themed(theme).render_report(&mut text, diagnostics);
    text
}

/// What led to it, the nearest cause first.
pub(crate) fn causes(error: &CliError) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

fn failure(error: &CliError, code: ExitCode) -> Failure {
    let findings = if let CliError::Invalid(diagnostics) = error {
        diagnostics.findings().into_iter().map(Into::into).collect()
    } else {
        Vec::new()
    };
    Failure {
        error: FailureBody {
            message: error.to_string(),
            causes: causes(error),
            hint: hint(error),
            exit_code: code as u8,
            findings,
        },
    }
}

/// The code for the shell.
pub(crate) fn exit_code(error: &CliError) -> ExitCode {
    match error {
        CliError::Usage { .. }
        | CliError::Invalid(_)
        | CliError::Path { .. }
        | CliError::Repo(_)
        | CliError::Files(_)
        | CliError::Locks(_)
        | CliError::Key(_)
        | CliError::Evidence(_) => ExitCode::Usage,
        CliError::Open(error) => match error {
            OpenError::Held { .. } => ExitCode::Refused,
            OpenError::Missing { .. } | OpenError::Exists { .. } | OpenError::Storage(_) => {
                ExitCode::Usage
            }
        },
        CliError::Replay { .. } => ExitCode::Evidence,
        CliError::Drive { source, .. } => match source {
            DriveError::Session(SessionError::Replay(_)) => ExitCode::Evidence,
            DriveError::Session(
                SessionError::Files(_) | SessionError::Append(_) | SessionError::Limit(_),
            )
            | DriveError::Files(_)
            | DriveError::Evidence(_)
            | DriveError::Group(_) => ExitCode::Usage,
            DriveError::Refused(refusal) => refused(refusal),
        },
        CliError::Refused { refusal } => refused(refusal),
        CliError::NotCounted { .. } => ExitCode::Refused,
        CliError::Output(_) | CliError::System { .. } => ExitCode::Internal,
    }
}

fn refused(refusal: &Refusal) -> ExitCode {
    match refusal {
        Refusal::UnknownStep(_) | Refusal::BadAnswer(_) | Refusal::NoSuchRequest { .. } => {
            ExitCode::Usage
        }
        Refusal::NotOpen
        | Refusal::Closed
        | Refusal::NotAllowed(_)
        | Refusal::NotNow(_)
        | Refusal::PolicyWentBack { .. }
        | Refusal::StaleLease { .. } => ExitCode::Refused,
        Refusal::WrongAnswer(_) => ExitCode::Internal,
    }
}

/// What to do about it.
pub(crate) fn hint(error: &CliError) -> Option<String> {
    match error {
        CliError::Usage { hint, .. } => Some(hint.clone()),
        CliError::Open(OpenError::Held { run, .. }) => Some(format!(
            "that process moves the run; look with `hardstop status`, or wait for it to end and \
             repeat the command ({})",
            run.short()
        )),
        CliError::Drive { run, .. } => Some(format!(
            "the journal is intact; once the cause is gone: `hardstop advance {}`",
            run.short()
        )),
        CliError::Replay { run, .. } => {
            Some(format!("nothing was changed; compare with `hardstop verify {}`", run.short()))
        }
        CliError::Refused { refusal: Refusal::NotNow(_) } => {
            Some("`hardstop why <run>` says what the run waits for".to_owned())
        }
        CliError::Refused { refusal: Refusal::Closed } => {
            Some("`hardstop show <run>` tells how it went".to_owned())
        }
        CliError::Refused { .. }
        | CliError::Invalid(_)
        | CliError::Path { .. }
        | CliError::Repo(_)
        | CliError::Open(_)
        | CliError::Files(_)
        | CliError::Locks(_)
        | CliError::Key(_)
        | CliError::Evidence(_)
        | CliError::NotCounted { .. }
        | CliError::Output(_) => None,
        CliError::System { .. } => {
            Some("this is a fault of ours or of the system; report it".into())
        }
    }
}
