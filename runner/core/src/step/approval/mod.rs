//! Approvals: named people's yes or no to one request.
//!
//! ```text
//! Pending ── request written ──> Asking ── enough yeses ──> Approved ── next step starts ──> Succeeded
//!    ^                             │  │                        │
//!    │                             │  └─ a no, or no answer ──>│──> Failed
//!    └── what was shown changed, not used in time, taken back ─┘
//! ```
//!
//! A request is never re-opened: what is void is followed by a request with the next number, and
//! who answers one that is decided is told so.

mod entitlement;
mod quorum;
mod request;
mod time;
mod void;
mod vote;

pub(crate) use entitlement::{approvers, may_answer};
pub use quorum::{Seats, seats};
pub use request::binding;
pub(crate) use request::start;
pub(crate) use time::{expiry_cause, next_instant, wake};
pub(crate) use void::void_reason;
pub use vote::decided;
pub(crate) use vote::{Answer, answer, withdraw};
