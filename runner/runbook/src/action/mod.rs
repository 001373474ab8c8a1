//! Actions of plugins: what their manifests say, what is locked, what they are granted, and
//! whether a call and its outputs fit.
//!
//! ```text
//! describe ──Manifest──> hardstop.lock ──Lock──> compile: `with`, outputs, Plan::plugins
//!                └───────── effective <── Grants ── configuration
//! ```
//!
//! Pure as the rest: where a component comes from, and whether its digest is the locked one, is
//! the caller's business.

mod built_in;
mod error;
mod examine;
mod fit;
mod grant;
mod instance;
mod lock;
mod manifest;
mod member;
mod origin;
mod reference;
mod schema;
mod source;
#[cfg(test)]
mod tests;

pub use built_in::{built_in, is_built_in};
pub use error::InvalidManifest;
pub use examine::is_name;
pub use fit::unfit;
pub use grant::{Missing, effective, in_full};
pub use lock::{InvalidLock, Lock, Locked};
pub use manifest::{Action, Example, ExecWish, HttpWish, Manifest, Role, SecretWish, Setting};
pub use reference::reference;
pub use source::Source;

pub(crate) use examine::is_header;
pub(crate) use fit::{Complaint, fit};
pub(crate) use instance::Instance;
pub(crate) use member::member;
pub(crate) use origin::{host_pattern, origin};
