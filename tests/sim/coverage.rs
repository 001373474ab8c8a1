//! What the seeds reached. A simulator that reaches little proves little.

use std::collections::BTreeMap;

use hardstop_core::{
    event::Event,
    run::{Ending, RunState, StepState},
};
use hardstop_engine::driver::DriveError;

use crate::ledger::Ledgers;

/// A function that names the variant of a value, and the list of all names.
macro_rules! variants {
    ($of:ident, $all:ident, $type:ident: $($variant:ident)*) => {
        const $all: &[&str] = &[$(stringify!($variant)),*];

        fn $of(value: &$type) -> &'static str {
            match value {
                $($type::$variant { .. } => stringify!($variant)),*
            }
        }
    };
}

variants! { event, EVENTS, Event:
    RunOpened LeaseAcquired PolicyLoaded AttemptStarted AttemptFailed AttemptLost BackoffElapsed
    StepSucceeded StepFailed StepSkipped StepRetried StepAttested AttestationOffered
    ChecklistOpened ItemTicked GateReached ApprovalAccepted ApprovalRefused ApprovalVoided
    GateSatisfied GateRejected GateExpired WaitStarted WaitElapsed HardStopStarted HardStopElapsed
    RunHeld RunLifted ClockAnomaly EvidenceBlocked EvidenceUnblocked AbortRequested RunEnding
    RunClosed
    CallStarted ChildStarted AttemptProbed ItemsListed BlockEntered BlockTurned RemedyStarted
    BackoutStarted LocksRequested LocksAcquired LocksReleased WindowClosed WindowOpened
    WindowOverrun StepRerun StepSentBack RunRebased RunClaimed NoteWritten ApprovalWithdrawn
    ApprovalLate GateReminded GateEscalated DelayMoved GlassAsked GlassBroken GlassReviewed
    ItemWaived ItemReopened CallPending CallProbed
}

variants! { state, STATES, StepState:
    Pending Running Backoff Ticking Asking Approved Open Delaying Failed Unknown Succeeded
    Skipped Attested
}

variants! { ending, ENDINGS, Ending: Working BackingOut Finishing Closed }

variants! { error, ERRORS, DriveError: Session Files Evidence Group Refused }

/// Every point a process may end at.
const POINTS: [&str; 18] = [
    "before an append",
    "after an append",
    "before a write",
    "after a write",
    "before a commit",
    "after a commit",
    "before an attempt",
    "after an attempt",
    "before a leg",
    "after a leg",
    "reading the clock",
    "drawing a nonce",
    "before asking for locks",
    "after asking for locks",
    "before giving locks back",
    "after giving locks back",
    "before a run is opened",
    "after a run is opened",
];

/// How often each thing was reached, by its name.
#[derive(Default)]
pub(crate) struct Coverage(BTreeMap<(&'static str, &'static str), u64>);

impl Coverage {
    /// A story is over.
    pub(crate) fn add(&mut self, ledgers: &Ledgers, crashes: &BTreeMap<&'static str, u64>) {
        for told in ledgers.all.values().flat_map(|ledger| &ledger.told) {
            self.count("event", event(&told.entry.event), 1);
        }
        for (point, times) in crashes {
            self.count("crash", point, *times);
        }
    }

    /// A process was ended while the run stood so.
    pub(crate) fn crashed(&mut self, run: &RunState) {
        for placed in run.steps() {
            self.count("step at a crash", state(placed.state), 1);
        }
        self.count("run at a crash", ending(&run.ending()), 1);
    }

    /// A driver could not go on.
    pub(crate) fn failed(&mut self, why: &DriveError) {
        self.count("error", error(why), 1);
    }

    /// Everything counted here as well.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            *self.0.entry(*what).or_default() += times;
        }
    }

    /// What no seed reached.
    pub(crate) fn missing(&self) -> Vec<String> {
        let all = [
            ("event", EVENTS),
            ("step at a crash", STATES),
            ("run at a crash", ENDINGS),
            ("error", ERRORS),
            ("crash", &POINTS[..]),
        ];
        let names = all.iter().flat_map(|(kind, names)| names.iter().map(|name| (*kind, *name)));
        // No group of these plans is without a name.
        let names = names.filter(|(_, name)| *name != "Group");
        names
            .filter(|what| !self.0.contains_key(what))
            .map(|(kind, name)| format!("{kind}: {name}"))
            .collect()
    }

    fn count(&mut self, kind: &'static str, name: &'static str, times: u64) {
        *self.0.entry((kind, name)).or_default() += times;
    }
}

/// One line a kind, for whoever wants to know how well the seeds reach.
impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for ((kind, name), times) in &self.0 {
            writeln!(f, "{times:8}  {kind}: {name}")?;
        }
        Ok(())
    }
}
