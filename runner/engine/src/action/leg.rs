//! One leg: what is called, how long it may take, and what is done if nobody wants it any more.

use std::{collections::BTreeMap, time::Duration};

use hardstop_core::{
    event::{Call, Cause},
    limits::{CALL_END_TIME, CALL_SETTLED},
    model::{Grants, SecretGrant, Uses},
    view::describe,
};
use hardstop_ports::{
    clock::Clock,
    plugin::{self, Answer, Ended, Plugins},
    secrets::SecretValue,
};
use tokio::time::{Instant, sleep, timeout};

use super::{Hands, left::Left};
use crate::exec::{Attempt, Leg, Need, Performed, Stop};

/// A leg that is interrupted may come to its end within this time: what it began is then known.
const LAST_WORD: Duration = Duration::from_secs(10);
/// What a host says of a call that took longer than it might.
const TIME_IS_UP: &str = "plugin_time";
/// How often a question that another answer may follow is asked, and the time between, which grows.
const ASKED_MAX: u32 = 3;
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(2);

impl<C: Clock> Hands<C> {
    /// Goes one leg; `None` if it was interrupted and nobody knows how far it came.
    pub(super) async fn leg(
        &self,
        plugins: &dyn Plugins,
        attempt: Attempt<'_, Uses, Call>,
    ) -> Option<Performed> {
        let begun = Instant::now();
        let call = match self.prepare(&attempt).await {
            Ok(call) => call,
            Err(Cause::Interrupted) => return None,
            Err(cause) => return Some(unprepared(attempt.leg, cause)),
        };
        let mut left = Left::new(&self.exec, &attempt);
        let since = Duration::from_millis(attempt.since.0) + begun.elapsed();
        match attempt.leg {
            Leg::Probe => {
                let ended = ask(plugins, &call, since, &attempt).await?;
                Some(left.found(ended, since, self.clock.read().wall))
            }
            Leg::End { cause, .. } => {
                let ended = ask(plugins, &call, since, &attempt).await?;
                Some(left.ended(ended, cause.clone()))
            }
            Leg::Begin { .. } | Leg::Poll(_) if attempt.remaining.is_zero() => {
                Some(Performed::failure(Cause::TimedOut))
            }
            Leg::Begin { .. } | Leg::Poll(_) => {
                let (ended, stop) = go(plugins, &call, &attempt).await;
                let ended = ended?;
                let late = matches!(&ended.answer, Answer::Failed(it) if it.code == TIME_IS_UP);
                let goes_on = late || matches!(ended.answer, Answer::Pending(_));
                let cause = match stop {
                    Some(Stop::Aborted) if goes_on => Some(Cause::Aborted),
                    _ => late.then_some(Cause::TimedOut),
                };
                let Some(cause) = cause else {
                    return Some(left.went(ended, since, self.clock.read().wall));
                };
                let state = if let Answer::Pending(pending) = &ended.answer {
                    Some(pending.state.clone())
                } else {
                    state_of(attempt.leg)
                };
                left.collect(ended);
                let leg = plugin::Leg::Cancel { state };
                let remaining = Duration::from_millis(CALL_END_TIME.0);
                let call = plugin::Call { leg, remaining, ..call };
                let ended = ask(plugins, &call, since, &attempt).await?;
                Some(left.ended(ended, cause))
            }
        }
    }

    async fn prepare(&self, attempt: &Attempt<'_, Uses, Call>) -> Result<plugin::Call, Cause> {
        let Call { action, with, secrets, grants: words, .. } = attempt.work;
        let (plugin, name) = action.split_once('/').unwrap_or((action, ""));
        let Some(pinned) = attempt.plugins.get(plugin) else {
            let message = format!(
                "plugin `{plugin}` was not locked when this run began: `hardstop plugin add {plugin}`, \
                 commit hardstop.lock, and start the run anew or rebase it"
            );
            return Err(Cause::NotGranted { message });
        };
        let granted = (self.granted)(plugin, pinned);
        let grants = granted.map_err(|message| Cause::NotGranted { message })?.within(words);
        if let Some((parameter, secret)) =
            secrets.iter().find(|(_, secret)| !grants.secrets.contains_key(*secret))
        {
            let message = format!(
                "parameter `{parameter}` is the secret `{secret}`, and the configuration does not say \
                 into which header it may be put: add `plugins.{plugin}.grants.secrets.{secret}`"
            );
            return Err(Cause::NotGranted { message });
        }
        let values = self.values(attempt, &grants).await?;
        let input = serde_json::to_string(with)
            .map_err(|error| Cause::Unresolved { message: error.to_string() })?;
        Ok(plugin::Call {
            plugin: plugin.to_owned(),
            digest: pinned.digest,
            action: name.to_owned(),
            input,
            secret_inputs: secrets.clone(),
            key: format!("{}/{}/{}", attempt.run, attempt.step, attempt.attempt),
            attempt: attempt.attempt.0,
            leg: leg(attempt.leg),
            grants,
            secrets: values,
            remaining: attempt.remaining,
        })
    }

    /// The values of the secrets that are granted. One that the runbook is to bring and does not is
    /// simply not there.
    async fn values(
        &self,
        attempt: &Attempt<'_, Uses, Call>,
        grants: &Grants,
    ) -> Result<BTreeMap<String, SecretValue>, Cause> {
        let mut values = BTreeMap::new();
        for (name, SecretGrant { source, .. }) in &grants.secrets {
            let Some(source) = source.as_ref().or_else(|| attempt.secrets.get(name)) else {
                continue;
            };
            let deadline = Instant::now() + attempt.remaining;
            let need = Need { run: attempt.run, deadline, stop: attempt.stop.clone() };
            values.insert(name.clone(), self.exec.secret(name, source, need).await?);
        }
        Ok(values)
    }
}

/// What a leg comes to that could not be called.
fn unprepared(leg: &Leg, cause: Cause) -> Performed {
    match leg {
        Leg::Probe => Performed::cannot_tell(describe(&cause)),
        // That it could not be ended does not change why it had to be.
        Leg::End { cause, .. } => Performed::failure(cause.clone()),
        Leg::Begin { .. } | Leg::Poll(_) => Performed::failure(cause),
    }
}

/// Calls it once; `None` if it was interrupted and did not come to its end. Whoever aborts waits
/// for its last word, because what it began is to be ended.
async fn go(
    plugins: &dyn Plugins,
    call: &plugin::Call,
    attempt: &Attempt<'_, Uses, Call>,
) -> (Option<Ended>, Option<Stop>) {
    let mut going = plugins.call(call.clone());
    let mut stop = attempt.stop.clone();
    let stopped = async {
        match stop.wait_for(Option::is_some).await.ok().and_then(|why| *why) {
            Some(why) => why,
            None => std::future::pending().await,
        }
    };
    let why = tokio::select! {
        biased;
        ended = &mut going => return (Some(ended), None),
        why = stopped => why,
    };
    let patience = match why {
        Stop::Interrupted => LAST_WORD,
        Stop::Aborted => Duration::from_millis(CALL_END_TIME.0),
    };
    match (timeout(patience, going).await, why) {
        (Ok(ended), why) => (Some(ended), Some(why)),
        (Err(_), Stop::Interrupted) => (None, Some(why)),
        (Err(_), Stop::Aborted) => (Some(silent()), Some(why)),
    }
}

/// A call that did not come to its end: as if its time were up.
fn silent() -> Ended {
    let message = "did not come to its end".to_owned();
    Ended::failed(plugin::Failure::of_host(TIME_IS_UP, message))
}

/// Looks for what was begun, or ends it; `None` if it was interrupted, and then the next driver asks.
///
/// It asks again where another answer may follow: a network that is back in a moment saves people
/// work, and what was sent in the last moment of another process may be there a little later than
/// whoever looks for it. So "it was not begun" is believed only after [`CALL_SETTLED`].
///
/// * `since`: for how long the attempt has been under way.
async fn ask(
    plugins: &dyn Plugins,
    call: &plugin::Call,
    since: Duration,
    attempt: &Attempt<'_, Uses, Call>,
) -> Option<Ended> {
    let (begun, mut requests, mut asked) = (Instant::now(), Vec::new(), 1);
    let settled = Duration::from_millis(CALL_SETTLED.0);
    loop {
        let patience = call.remaining + LAST_WORD;
        let mut ended =
            timeout(patience, plugins.call(call.clone())).await.unwrap_or_else(|_| silent());
        requests.append(&mut ended.requests);
        let is_early = since + begun.elapsed() < settled;
        let again = match &ended.answer {
            Answer::Failed(failure) => failure.retryable && (is_early || asked < ASKED_MAX),
            Answer::NotStarted => is_early,
            Answer::Done(_)
            | Answer::Pending(_)
            | Answer::Over(_)
            | Answer::CannotTell(_)
            | Answer::Cancelled => false,
        };
        if !again {
            return Some(Ended { requests, ..ended });
        }
        let mut stop = attempt.stop.clone();
        tokio::select! {
            biased;
            Ok(_) = stop.wait_for(|why| *why == Some(Stop::Interrupted)) => return None,
            () = sleep(BETWEEN_QUESTIONS * asked) => {}
        }
        asked += 1;
    }
}

fn leg(leg: &Leg) -> plugin::Leg {
    match leg {
        Leg::Begin { recovering } => plugin::Leg::Invoke { recovering: *recovering },
        Leg::Poll(pending) => plugin::Leg::Poll { state: pending.state.clone() },
        Leg::Probe => plugin::Leg::Probe,
        Leg::End { .. } => plugin::Leg::Cancel { state: state_of(leg) },
    }
}

fn state_of(leg: &Leg) -> Option<String> {
    match leg {
        Leg::Poll(pending) | Leg::End { pending: Some(pending), .. } => Some(pending.state.clone()),
        Leg::Begin { .. } | Leg::Probe | Leg::End { pending: None, .. } => None,
    }
}
