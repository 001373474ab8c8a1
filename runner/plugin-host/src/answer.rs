//! Bounds on what a guest answers. Data that is too large ends the attempt, because half of it would
//! be wrong; words for people are cut.

use hardstop_core::limits;
use hardstop_ports::plugin::{Answer, Failure, Output, Pending, Target};

use crate::failure::{Stopped, cut};

/// A link.
const LINK_BYTES_MAX: usize = 4 * 1024;
/// A failure's code.
const CODE_BYTES_MAX: usize = 64;
/// The code of a failure whose own is none, or one of the host's.
const NO_CODE: &str = "failed";

/// The answer, if all of it can be kept.
pub(crate) fn bounded(answer: Answer) -> Result<Answer, Stopped> {
    Ok(match answer {
        Answer::Done(output) => Answer::Done(done(output)?),
        Answer::Pending(pending) => Answer::Pending(going_on(pending)?),
        Answer::Failed(failure) => Answer::Failed(failed(failure)?),
        Answer::Over(failure) => Answer::Over(failed(failure)?),
        Answer::CannotTell(why) => Answer::CannotTell(words(why)),
        Answer::NotStarted | Answer::Cancelled => answer,
    })
}

fn done(output: Output) -> Result<Output, Stopped> {
    let Output { value, link, targets } = output;
    if targets.len() > limits::CALL_TARGETS_MAX {
        return Err(Stopped::Targets(targets.len()));
    }
    let value = within("its output", value, limits::OUTPUTS_BYTES_MAX)?;
    let mut room = limits::OUTPUTS_BYTES_MAX;
    let mut kept = Vec::with_capacity(targets.len());
    for Target { name, ok, message } in targets {
        let message = message.map(words);
        let bytes = name.len() + message.as_ref().map_or(0, String::len);
        let what = "what it tells of its targets";
        room = room
            .checked_sub(bytes)
            .ok_or(Stopped::Output { what, max: limits::OUTPUTS_BYTES_MAX })?;
        kept.push(Target { name, ok, message });
    }
    Ok(Output { value, link: address(link)?, targets: kept })
}

fn going_on(pending: Pending) -> Result<Pending, Stopped> {
    let Pending { state, poll_after, note, link } = pending;
    let state = within("its state", state, limits::CALL_STATE_BYTES_MAX)?;
    let note = note.map(|note| words(note.lines().next().unwrap_or_default().to_owned()));
    Ok(Pending { state, poll_after, note, link: address(link)? })
}

fn failed(failure: Failure) -> Result<Failure, Stopped> {
    let Failure { code, message, retryable, retry_after, details } = failure;
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let own = (1..=CODE_BYTES_MAX).contains(&code.len())
        && code.bytes().all(valid)
        && !code.starts_with("plugin_");
    let code = if own { code } else { NO_CODE.to_owned() };
    let details = details
        .map(|details| within("what it knows of its failure", details, limits::OUTPUTS_BYTES_MAX));
    Ok(Failure {
        code,
        message: words(message),
        retryable,
        retry_after,
        details: details.transpose()?,
    })
}

fn address(link: Option<String>) -> Result<Option<String>, Stopped> {
    link.map(|link| within("its link", link, LINK_BYTES_MAX)).transpose()
}

fn within(what: &'static str, text: String, max: usize) -> Result<String, Stopped> {
    if text.len() > max { Err(Stopped::Output { what, max }) } else { Ok(text) }
}

fn words(text: String) -> String {
    cut(text, limits::TEXT_BYTES_MAX)
}
