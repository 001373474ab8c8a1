//! Answers in the place of the network, for trying what sends requests. All that the gate decides
//! before and after an exchange stays as it is.

use crate::{Refused, Request, Response};

/// What answers in the place of the network.
pub trait Answers: Send + Sync {
    /// What comes back for a request that may be sent. The values of secrets stand in its headers,
    /// and its address is as it was parsed.
    ///
    /// # Errors
    ///
    /// Why there is no whole answer.
    fn answer(&self, request: Request) -> Result<Response, Refused>;
}
