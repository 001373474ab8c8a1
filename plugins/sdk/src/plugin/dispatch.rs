//! Which action a call is for.

use super::Plugin;
use crate::{Call, Failure, Finding, Progress, action::Callable};

impl Plugin {
    /// Begins an attempt at `action`.
    ///
    /// # Errors
    ///
    /// `unknown_action`, `bad_input`, or what the action fails with.
    pub(crate) fn invoke(
        &self,
        call: &Call,
        action: &str,
        input: &str,
    ) -> Result<Progress<String, String>, Failure> {
        self.find(action)?.invoke(call, input)
    }

    /// Goes on with it.
    ///
    /// # Errors
    ///
    /// As [`Plugin::invoke`], and `bad_state` if `state` is not one the action left.
    pub(crate) fn poll(
        &self,
        call: &Call,
        action: &str,
        input: &str,
        state: &str,
    ) -> Result<Progress<String, String>, Failure> {
        self.find(action)?.poll(call, input, state)
    }

    /// Finds out what became of it.
    ///
    /// # Errors
    ///
    /// As [`Plugin::invoke`]: nothing was found out.
    pub(crate) fn probe(
        &self,
        call: &Call,
        action: &str,
        input: &str,
    ) -> Result<Finding<String, String>, Failure> {
        self.find(action)?.probe(call, input)
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// As [`Plugin::poll`].
    pub(crate) fn cancel(
        &self,
        call: &Call,
        action: &str,
        input: &str,
        state: Option<&str>,
    ) -> Result<(), Failure> {
        self.find(action)?.cancel(call, input, state)
    }

    pub(crate) fn find(&self, action: &str) -> Result<&dyn Callable, Failure> {
        let found = self.actions.iter().find(|it| it.name() == action);
        found.map(AsRef::as_ref).ok_or_else(|| {
            let known: Vec<&str> = self.actions.iter().map(|it| it.name()).collect();
            let message = format!("there is no action `{action}`: there are {}", known.join(", "));
            Failure::new("unknown_action", message)
        })
    }
}
