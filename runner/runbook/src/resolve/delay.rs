//! When a wait or a hard stop is over.

use hardstop_core::{
    calendar::Moment,
    model::{Delay, Until},
};

use super::resolver::{Resolved, Resolver};

impl<'s> Resolver<'s> {
    /// Local times and times of day are those of the runbook's zone; a time of day is the next one
    /// from now on.
    pub(super) fn delay(&self, delay: &'s Delay) -> Result<Resolved, String> {
        let until = match &delay.until {
            Until::After { .. } => None,
            Until::Instant(text) => {
                let text = self.text(text)?;
                let moment = text.parse::<Moment>().map_err(|error| error.to_string())?;
                Some(moment.instant(&self.known.zone, self.now))
            }
        };
        Ok(Resolved::Delay { until })
    }
}
