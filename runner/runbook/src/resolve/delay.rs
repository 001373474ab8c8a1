//! When a wait or a hard stop is over.

use hardstop_core::{
    calendar::{InvalidZone, Moment, Zone},
    model::{Delay, Until},
};

use super::resolver::{Resolved, Resolver};

impl<'s> Resolver<'s> {
    /// Local times and times of day are those of the delay's zone, or else of the runbook's; a time
    /// of day is the next one from now on.
    pub(super) fn delay(&self, delay: &'s Delay) -> Result<Resolved, String> {
        let moment = self.moment(delay)?;
        let until = moment.map(|(moment, zone)| moment.instant(&zone, self.now));
        Ok(Resolved::Delay { until })
    }

    /// What `until` names, and in whose time; `None` for a span.
    pub(super) fn moment(&self, delay: &'s Delay) -> Result<Option<(Moment, Zone)>, String> {
        let Until::Instant(text) = &delay.until else { return Ok(None) };
        let moment = self.text(text)?.parse::<Moment>().map_err(|error| error.to_string())?;
        let zone = match &delay.zone {
            Some(name) => name.parse().map_err(|error: InvalidZone| error.to_string())?,
            None => self.known.zone.clone(),
        };
        Ok(Some((moment, zone)))
    }
}
