//! Keeping secrets out of the evidence: masking those that are known, and finding what looks like
//! one before anything is sealed.
//!
//! Output is redacted before it is hashed, written or committed: raw output never touches a disk.

mod mask;
mod shapes;
mod spellings;
#[cfg(test)]
mod tests;

pub use mask::{Masked, Redactor, Secrets};
pub use shapes::{Finding, scan};
