//! The requests an approval has written, and what became of each, for those who answer too late.

use std::collections::BTreeSet;

use crate::{
    ids::{AttemptNo, Digest},
    policy::By,
    time::Timestamp,
};

/// A request that was put before people.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Which request of its step.
    pub(crate) request: AttemptNo,
    /// Its digest; the first ten digits are its code.
    pub(crate) digest: Digest,
    /// What became of it, and when. `None` while it is open, and for one that was dropped because
    /// steps were done again.
    pub(crate) decided: Option<(Decision, Timestamp)>,
    /// Answers the journal tells of, by account and whether they were a yes. One that comes again
    /// once all is decided is not late, but told twice.
    pub(crate) heard: BTreeSet<(String, bool)>,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// These people said yes.
    Approved(Vec<By>),
    /// This person said no.
    Rejected(By),
    /// Nobody answered in time.
    Expired,
    /// What it was about changed, or who said yes.
    Void,
}
