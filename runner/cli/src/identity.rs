//! Who types this: the identity Git would commit with.

use std::env;

use hardstop_core::policy::{Actor, Channel};
use hardstop_git::Repo;

use crate::error::CliError;

/// What an unsigned command proves: somebody with access to this machine and, for an approval,
/// to the request's code.
pub(crate) const LEVEL: u8 = 1;

/// The person at the keyboard, as the repository knows them: `GIT_AUTHOR_EMAIL` if it is set, as
/// Git has it, and `user.email` otherwise. Nobody has checked it.
///
/// # Errors
///
/// If there is neither.
pub(crate) fn actor(repo: &Repo, via: Channel) -> Result<Actor, CliError> {
    let from_environment =
        env::var("GIT_AUTHOR_EMAIL").ok().filter(|email| !email.trim().is_empty());
    let email = match from_environment {
        Some(email) => email,
        None => repo.identity()?.email.ok_or_else(|| {
            CliError::usage(
                "nobody knows who you are: git has no `user.email`",
                "`git config user.email you@example.com`",
            )
        })?,
    };
    Ok(Actor { email: email.trim().to_ascii_lowercase(), via, level: LEVEL })
}
