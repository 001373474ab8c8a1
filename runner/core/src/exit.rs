//! Exit codes of the `hardstop` command: public and stable.

/// What a command tells the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done: the run succeeded, the question is answered, nothing is wrong.
    Done = 0,
    /// The run ended without success. For `simulate` and `plugin test`: something did not come out as
    /// expected. For `diff`: there is a difference of the kind that `--fail-on` names.
    RunFailed = 1,
    /// The command, the runbook or the configuration is wrong. For `verify` and `plugin verify`:
    /// something could not be checked.
    Usage = 2,
    /// The run waits for people or for time. Not an error.
    Waiting = 3,
    /// Refused: by policy, by a gate, or because another process drives the run.
    Refused = 4,
    /// The evidence does not verify. For `plugin verify`: a component is not what was locked.
    Evidence = 5,
    /// Our fault: please report it.
    Internal = 70,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
