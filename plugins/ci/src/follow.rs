//! The order in which a build is begun, found, followed and stopped.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Finding, Pending, Progress, time};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How long a build that may have been begun is looked for, and how often.
const SOUGHT_EVERY: Duration = Duration::from_secs(5);
const SOUGHT_MAX: u32 = 12;

/// A server that builds, in its own words.
pub trait Server {
    /// What a step gives.
    type Input;
    /// What the build gives.
    type Output;
    /// By what the server knows the build, before and after it left the queue.
    type Id: Clone + Serialize + DeserializeOwned;

    /// The time between two looks, as the step writes it.
    fn every(input: &Self::Input) -> &str;

    /// Begins a build and leaves the key with it.
    ///
    /// * Returns `None` if the server does not say which build it will be.
    ///
    /// # Errors
    ///
    /// If it was not begun, or may not have been ([`Failure::may_have_arrived`]).
    fn trigger(call: &Call, input: &Self::Input) -> Result<Option<Self::Id>, Failure>;

    /// The build that has the key.
    ///
    /// # Errors
    ///
    /// If the server cannot be asked.
    fn find(call: &Call, input: &Self::Input) -> Result<Found<Self::Id>, Failure>;

    /// What has become of it. When it has ended, its console text and files are kept.
    ///
    /// # Errors
    ///
    /// If the server cannot be asked. That a build failed is [`Look::Ended`].
    fn look(
        call: &Call,
        input: &Self::Input,
        id: Self::Id,
    ) -> Result<Look<Self::Id, Self::Output>, Failure>;

    /// Stops it, or takes it off the queue; that it is over already is no failure.
    ///
    /// # Errors
    ///
    /// If it may go on.
    fn stop(call: &Call, input: &Self::Input, id: &Self::Id) -> Result<(), Failure>;
}

/// Whether a build is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<Id> {
    /// It is.
    Here(Id),
    /// It is not, and was never begun.
    Nowhere,
    /// Nothing on the server tells; why.
    Unclear(String),
}

/// What has become of a build.
#[derive(Debug)]
pub enum Look<Id, O> {
    /// It waits or builds.
    Going {
        /// By what it is known from now on.
        id: Id,
        /// How it stands, on one line.
        note: String,
        /// Where people look.
        link: Option<String>,
    },
    /// It ended, well or not.
    Ended(Result<Done<O>, Failure>),
}

/// What is kept between two looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State<Id> {
    /// It may have been begun: it is looked for by its key.
    Sought {
        /// How often it was.
        times: u32,
    },
    /// It is there.
    Known(Id),
}

/// Begins a build.
///
/// # Errors
///
/// If it was certainly not begun.
pub fn begin<S: Server>(
    call: &Call,
    input: &S::Input,
) -> Result<Progress<S::Output, State<S::Id>>, Failure> {
    every::<S>(input)?;
    // In both cases what is known is made durable before anything else is asked.
    match S::trigger(call, input) {
        Ok(Some(id)) => Ok(Pending::new(State::Known(id), Duration::ZERO).into()),
        Ok(None) => Ok(Pending::new(State::Sought { times: 0 }, Duration::from_secs(1)).into()),
        Err(failure) if failure.may_have_arrived => {
            let note = format!("it may have been begun: {}", failure.message);
            Ok(Pending::new(State::Sought { times: 0 }, SOUGHT_EVERY).note(note).into())
        }
        Err(failure) => Err(failure),
    }
}

/// Goes on with it.
///
/// # Errors
///
/// If the build failed, or nothing can be known of it any more.
pub fn poll<S: Server>(
    call: &Call,
    input: &S::Input,
    state: &State<S::Id>,
) -> Result<Progress<S::Output, State<S::Id>>, Failure> {
    let every = every::<S>(input)?;
    let looked = match state {
        State::Known(id) => S::look(call, input, id.clone()),
        State::Sought { times } => match S::find(call, input) {
            Ok(Found::Here(id)) => S::look(call, input, id),
            // Not retryable: what appears later would be a second one.
            Ok(Found::Unclear(why)) if *times >= SOUGHT_MAX => return Err(unclear(&why)),
            Ok(Found::Nowhere) if *times >= SOUGHT_MAX => return Err(unclear(&nowhere(call))),
            Ok(Found::Nowhere | Found::Unclear(_)) => {
                let state = State::Sought { times: times + 1 };
                return Ok(Pending::new(state, SOUGHT_EVERY).note("looking for the build").into());
            }
            Err(failure) => Err(failure),
        },
    };
    match looked {
        Ok(Look::Going { id, note, link }) => {
            let pending = Pending { link, ..Pending::new(State::Known(id), every).note(note) };
            Ok(pending.into())
        }
        Ok(Look::Ended(ended)) => ended.map(Progress::Done),
        // The build goes on while its server is away; another attempt would begin a second one.
        Err(failure) if failure.retryable => {
            let wait = failure.retry_after.map_or(every, |after| after.max(every));
            Ok(Pending::new(state.clone(), wait).note(failure.message).into())
        }
        Err(failure) => Err(failure),
    }
}

/// Finds out whether it was begun.
///
/// # Errors
///
/// If the server cannot be asked.
pub fn probe<S: Server>(
    call: &Call,
    input: &S::Input,
) -> Result<Finding<S::Output, State<S::Id>>, Failure> {
    Ok(match S::find(call, input)? {
        Found::Here(id) => Finding::Pending(Pending::new(State::Known(id), Duration::ZERO)),
        Found::Nowhere => Finding::NotStarted,
        Found::Unclear(why) => Finding::CannotTell(why),
    })
}

/// Stops it.
///
/// # Errors
///
/// If it may go on.
pub fn cancel<S: Server>(
    call: &Call,
    input: &S::Input,
    state: Option<&State<S::Id>>,
) -> Result<(), Failure> {
    match state {
        Some(State::Known(id)) => S::stop(call, input, id),
        Some(State::Sought { .. }) | None => match S::find(call, input)? {
            Found::Here(id) => S::stop(call, input, &id),
            // It may have been begun a moment ago: whoever asks does so again for a while.
            Found::Nowhere => Err(unclear(&nowhere(call)).retryable()),
            Found::Unclear(why) => Err(unclear(&why)),
        },
    }
}

fn every<S: Server>(input: &S::Input) -> Result<Duration, Failure> {
    Ok(time::duration(S::every(input))?.max(Duration::from_secs(1)))
}

fn unclear(why: &str) -> Failure {
    Failure::new(
        "unclear",
        format!("a build may have been begun: {why}; look before it is repeated"),
    )
}

fn nowhere(call: &Call) -> String {
    format!("none with the key {} has appeared so far", call.key)
}
