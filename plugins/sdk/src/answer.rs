//! What a call comes to: done, going on, found, failed.

use std::{borrow::Cow, time::Duration};

use serde_json::Value;

/// How far a call came. `O` is the action's output, `S` what it needs to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<O, S> {
    /// The action did what it was for.
    Done(Done<O>),
    /// It goes on without us.
    Pending(Pending<S>),
}

/// What an action gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<O> {
    /// Its output.
    pub value: O,
    /// Where people look at it.
    pub link: Option<String>,
    /// One for each target, if the action fans out by itself.
    pub targets: Vec<Target>,
}

/// What one target of an action that fans out by itself came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Whether it went well. If any did not, the attempt failed.
    pub ok: bool,
    /// What is to be said about it.
    pub message: Option<String>,
}

/// An action that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending<S> {
    /// All that is needed to go on, perhaps months later. At most 64 KiB as JSON, and no secrets.
    pub state: S,
    /// When to ask again. Zero is a checkpoint between two side effects: the state is made durable
    /// and the next call comes at once.
    pub poll_after: Duration,
    /// What people should know meanwhile, on one line.
    pub note: Option<String>,
    /// Where they can look.
    pub link: Option<String>,
}

/// What became of an attempt whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding<O, S> {
    /// The other side has never heard of it: it may be begun.
    NotStarted,
    /// It goes on.
    Pending(Pending<S>),
    /// It went well.
    Done(Done<O>),
    /// It failed.
    Failed(Failure),
    /// Nobody can tell; why. People are asked, unless doing it twice equals doing it once.
    CannotTell(String),
}

/// An action that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A short name in lower case with underscores that does not change between versions.
    pub code: Cow<'static, str>,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// Whether the very same call may succeed later.
    pub retryable: bool,
    /// Not before this time from now, if the other side said so.
    pub retry_after: Option<Duration>,
    /// What is known beyond the message. Boxed, because failures travel in every result.
    pub details: Option<Box<Value>>,
    /// Whether the other side may have done what was asked though it did not say so: the connection
    /// broke before the answer, or a server or a proxy before it failed. Never so of what only
    /// looks. If the first call of an attempt fails so, its probe is asked; what that does not find is
    /// for people, unless the action is idempotent.
    pub may_have_arrived: bool,
}

impl<O> Done<O> {
    /// Only an output.
    pub fn new(value: O) -> Self {
        Self { value, link: None, targets: Vec::new() }
    }

    /// Says where people look at it.
    #[must_use]
    pub fn link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(link.into());
        self
    }
}

impl<S> Pending<S> {
    /// Only what is needed to go on.
    pub fn new(state: S, poll_after: Duration) -> Self {
        Self { state, poll_after, note: None, link: None }
    }

    /// Tells people what they should know meanwhile.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Says where people can look.
    #[must_use]
    pub fn link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(link.into());
        self
    }
}

impl<O, S> From<Done<O>> for Progress<O, S> {
    fn from(done: Done<O>) -> Self {
        Self::Done(done)
    }
}

impl<O, S> From<Pending<S>> for Progress<O, S> {
    fn from(pending: Pending<S>) -> Self {
        Self::Pending(pending)
    }
}

impl<O, S> From<Progress<O, S>> for Finding<O, S> {
    fn from(progress: Progress<O, S>) -> Self {
        match progress {
            Progress::Done(done) => Self::Done(done),
            Progress::Pending(pending) => Self::Pending(pending),
        }
    }
}

impl Failure {
    /// One that no repetition mends.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self {
            code,
            message,
            retryable: false,
            retry_after: None,
            details: None,
            may_have_arrived: false,
        }
    }

    /// A parameter or a setting that makes no sense, in the author's words.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new("bad_input", message)
    }

    /// The very same call may succeed later.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// It may succeed later, but not before this time has passed.
    #[must_use]
    pub fn retry_after(mut self, time: Option<Duration>) -> Self {
        self.retry_after = time;
        self
    }

    /// Adds what is known beyond the message.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// The same again might do it a second time, so people look first.
    #[must_use]
    pub(crate) fn for_people(mut self) -> Self {
        self.message.push_str("; it may have been done: look before it is repeated");
        Self { retryable: false, retry_after: None, ..self }
    }
}
