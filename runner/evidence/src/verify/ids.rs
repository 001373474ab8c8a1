//! The id of every finding. An id is never given another meaning.

use std::fmt;

/// A kind of finding, `EV101`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u16);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EV{}", self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `SHA256SUMS` and the files differ: changed, missing, unlisted, or listed twice.
pub const FILES: Id = Id(101);
/// A path the format does not allow, or two that differ in case only.
pub const PATH: Id = Id(102);
/// A file that is no plain file: a link, a program, a submodule.
pub const MODE: Id = Id(103);
/// More or larger files than the format allows.
pub const SIZE: Id = Id(104);
/// The seal's signature does not hold.
pub const SEAL_SIGNATURE: Id = Id(105);
/// The seal's signature was made for another purpose.
pub const SEAL_NAMESPACE: Id = Id(106);
/// A file differs from the digest its event recorded.
pub const ARTIFACT: Id = Id(108);
/// A file differs from the digest `run.json` or the journal pins.
pub const PINNED: Id = Id(109);
/// A file that cannot be read strictly: malformed, repeated keys, another spelling.
pub const STRICT: Id = Id(110);
/// `seal.json` does not describe this journal.
pub const SEAL_STATE: Id = Id(111);
/// The version of the format is unknown, or a root file was changed.
pub const FORMAT: Id = Id(112);
/// A file every run has is missing.
pub const MISSING: Id = Id(113);
/// The attestation of a closed run is missing or does not hold.
pub const ATTESTATION: Id = Id(114);

/// The journal's chain is broken: a line removed, added, moved or changed.
pub const CHAIN: Id = Id(201);
/// Something of another run.
pub const OTHER_RUN: Id = Id(202);
/// An event written under a lease that had been taken over.
pub const EPOCH: Id = Id(203);
/// The clock was moved, and the journal does not say so.
pub const CLOCK: Id = Id(204);
/// A run sealed as closed without its last event, or with events after it.
pub const TERMINAL: Id = Id(205);
/// The seal's result is not the journal's.
pub const SEAL_RESULT: Id = Id(206);
/// The register does not say the same as the run's folder.
pub const REGISTER: Id = Id(208);

/// The history is not one line of commits.
pub const LINEAR: Id = Id(302);
/// A commit dated before its parent.
pub const COMMIT_DATE: Id = Id(303);
/// A commit that is not signed by a runner.
pub const COMMIT_SIGNATURE: Id = Id(304);
/// The head that was expected is not in the history.
pub const EXPECTED_HEAD: Id = Id(305);
/// A commit that changed or removed what may only grow.
pub const APPEND_ONLY: Id = Id(310);
/// The register has a gap, or names a run that is not there, or leaves one out.
pub const REGISTER_GAP: Id = Id(312);

/// Something went past a gate that was not satisfied.
pub const GATE: Id = Id(401);
/// An answer to another request than the one that was open.
pub const REQUEST: Id = Id(402);
/// The request file is not what the runbook asks for.
pub const REQUEST_FILE: Id = Id(403);
/// A person who was not entitled to what they did.
pub const ENTITLED: Id = Id(404);
/// An older policy came into force again.
pub const POLICY_BACK: Id = Id(405);
/// An approver who played a part that bars them.
pub const SEPARATION: Id = Id(406);
/// One person counted twice.
pub const DISTINCT: Id = Id(407);
/// An answer of a lower level of assurance than the gate asks for.
pub const ASSURANCE: Id = Id(408);
/// An approval given or used after its time.
pub const EXPIRED: Id = Id(410);
/// What was approved is not what was executed.
pub const BINDING: Id = Id(411);
/// A step began or ended out of turn.
pub const ORDER: Id = Id(412);
/// Time that had to pass did not.
pub const DELAY: Id = Id(413);
/// A step began outside its windows, or the journal says otherwise of them than the plan.
pub const WINDOW: Id = Id(414);
/// A step began without its locks, or a run before its turn in its group.
pub const LOCK: Id = Id(415);
/// Something began while nothing was to begin.
pub const HELD: Id = Id(416);
/// What was executed is not what the plan says.
pub const EXECUTED: Id = Id(417);
/// Work was done again, or another plan taken up, otherwise than it may be, or with other
/// consequences than those that follow.
pub const AGAIN: Id = Id(418);
/// Other steps than those due ran because of a failure or at the end, or in another order.
pub const BACKOUT: Id = Id(419);
/// A hard stop was ended early, or reviewed, otherwise than its plan allows.
pub const GLASS: Id = Id(420);
/// The run of another runbook is not there, or not what its parent says.
pub const CHILD: Id = Id(421);
/// What became of a request does not follow from the plan and from what people answered.
pub const ASKED: Id = Id(422);
/// What was found of a call is not followed by what that came to.
pub const FOUND: Id = Id(423);

/// Success without anything done, or a gate that asks nobody.
pub const EMPTY: Id = Id(501);
/// Work that was not done, in a run that counts as a success.
pub const UNDONE: Id = Id(502);
/// Declared evidence or a required answer is missing.
pub const CONTRACT: Id = Id(503);
/// A run closed although something was open, or something was waived that was not.
pub const OPEN: Id = Id(504);
/// A run ended with another result than its events give.
pub const RESULT: Id = Id(505);
