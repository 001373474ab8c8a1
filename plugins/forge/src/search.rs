//! How what an attempt left on a forge is found again in a list.

use std::time::Duration;

use hardstop_ci::Found;
use hardstop_sdk::{Call, Done, Failure, Finding, time};

/// How old an attempt may be that is looked for.
const LOOKED_BACK: Duration = Duration::from_hours(30 * 24);
/// Pages that are looked at: each costs a request, and GitHub lists no more than 1000 runs.
const PAGES_MAX: u32 = 10;

/// Since when what attempts left is looked for, as RFC 3339.
pub fn since(call: &Call) -> String {
    time::rfc3339(call.now().saturating_sub(LOOKED_BACK))
}

/// Looks for what an attempt left.
///
/// * `page`: the items of a page, by its number from 1. A page without any is the last: servers may
///   make pages shorter than they are asked to.
/// * `ours`: whether it is one that is looked for.
///
/// # Errors
///
/// What `page` fails with.
pub fn search<T>(
    page: impl Fn(&str) -> Result<Vec<T>, Failure>,
    ours: impl Fn(&T) -> bool,
) -> Result<Found<T>, Failure> {
    for number in 1..=PAGES_MAX {
        let items = page(&number.to_string())?;
        if items.is_empty() {
            return Ok(Found::Nowhere);
        }
        if let Some(item) = items.into_iter().find(&ours) {
            return Ok(Found::Here(item));
        }
    }
    Ok(Found::Unclear(format!("more than {PAGES_MAX} pages would have to be looked at")))
}

/// What was found, as a probe says it.
///
/// # Errors
///
/// What `done` fails with.
pub fn finding<T, O>(
    found: Found<T>,
    done: impl FnOnce(T) -> Result<Done<O>, Failure>,
) -> Result<Finding<O, ()>, Failure> {
    Ok(match found {
        Found::Here(item) => Finding::Done(done(item)?),
        Found::Nowhere => Finding::NotStarted,
        Found::Unclear(why) => Finding::CannotTell(why),
    })
}
