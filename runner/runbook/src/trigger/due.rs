//! Which instants of a schedule are to be run now.

use hardstop_core::{
    limits::{SCHEDULE_CATCH_UP_MAX, SCHEDULE_ON_TIME},
    time::Timestamp,
};

use super::{Missed, Schedule};

/// What a look at a schedule finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The instants to run, the oldest first.
    pub instants: Vec<Timestamp>,
    /// The newest instant that nobody looked at in time and that is left out, if there is one.
    pub missed: Option<Timestamp>,
}

/// The instants of `schedule` after `since` and not after `now`, as its rule for missed ones has
/// it.
///
/// * `since`: the last look; for a schedule that nobody has looked at yet, when it came to be.
///   Nothing before is ever run.
pub fn due(schedule: &Schedule, since: Timestamp, now: Timestamp) -> Due {
    let most = match schedule.missed {
        Missed::Skip | Missed::RunOnce => 1,
        Missed::RunAll => SCHEDULE_CATCH_UP_MAX,
    };
    let mut found = schedule.cron.newest(&schedule.zone, since, now, most + 1);
    let mut left = if found.len() > most { found.pop() } else { None };
    if schedule.missed == Missed::Skip {
        let late = found.pop_if(|at| now.since(*at) > SCHEDULE_ON_TIME);
        left = late.or(left);
    }
    found.reverse();
    Due { instants: found, missed: left }
}
