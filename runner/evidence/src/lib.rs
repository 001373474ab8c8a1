//! What a run proves, and how it is checked: the format `evidence/v1`, bytes in, findings out.
//!
//! `evidence/FORMAT.md` specifies every byte this crate reads and writes. Nothing here does I/O,
//! reads a clock or draws randomness: seeds, nonces and instants are arguments. Storing and
//! fetching the bytes is the business of the adapters.

pub mod attestation;
pub mod chain;
mod digest;
pub mod document;
pub mod keys;
pub mod layout;
pub mod policy;
pub mod redact;
pub mod register;
pub mod request;
pub mod seal;
#[cfg(test)]
mod tests;
pub mod verify;

pub use digest::digest;
