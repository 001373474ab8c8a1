//! When a wait or a hard stop is over.

use hardstop_core::{
    calendar::{InvalidZone, Moment},
    model::{Delay, Until},
};

use super::resolver::{Resolved, Resolver};

impl<'s> Resolver<'s> {
    /// Local times and times of day are those of the delay's zone, or else of the runbook's; a time
    /// of day is the next one from now on.
    pub(super) fn delay(&self, delay: &'s Delay) -> Result<Resolved, String> {
        let until = match &delay.until {
            Until::After { .. } => None,
            Until::Instant(text) => {
                let text = self.text(text)?;
                let moment = text.parse::<Moment>().map_err(|error| error.to_string())?;
                let zone = match &delay.zone {
                    Some(name) => &name.parse().map_err(|error: InvalidZone| error.to_string())?,
                    None => &self.known.zone,
                };
                Some(moment.instant(zone, self.now))
            }
        };
        Ok(Resolved::Delay { until })
    }
}
