//! Ctrl-C and its like: the first asks to stop, the second does not wait.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::{error::CliError, leave_at_once, output::note};

/// A switch that becomes true when somebody asks this process to stop, or when it is thrown by
/// hand.
pub(crate) struct Interrupt {
    switch: watch::Sender<bool>,
    signals: [Signal; 3],
}

impl Interrupt {
    /// Listens from now on. Needs a runtime.
    ///
    /// # Errors
    ///
    /// If the system does not let us.
    pub(crate) fn listen() -> Result<Self, CliError> {
        let on = |kind| {
            signal(kind)
                .map_err(|source| CliError::System { what: "signals cannot be awaited", source })
        };
        let signals =
            [on(SignalKind::interrupt())?, on(SignalKind::terminate())?, on(SignalKind::hangup())?];
        Ok(Self { switch: watch::Sender::new(false), signals })
    }

    /// The switch, for those it stops.
    pub(crate) fn switch(&self) -> watch::Sender<bool> {
        self.switch.clone()
    }

    /// Does `work`, and meanwhile throws the switch at the first signal; the second ends the
    /// process at once.
    pub(crate) async fn guard<T>(mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            let [interrupt, terminate, hangup] = &mut self.signals;
            tokio::select! {
                done = &mut work => return done,
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            if self.switch.send_replace(true) {
                leave_at_once();
            }
            note("stopping; what is under way is ended first (again to leave at once)");
        }
    }
}
