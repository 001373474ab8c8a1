//! Keys: making and checking SSHSIG signatures with Ed25519, and whose signature counts.
//!
//! All cryptography is that of `ssh-key`; the files are those of OpenSSH, so that `ssh-keygen` and
//! `git` check what this crate signs, and the other way round.

#[cfg(test)]
mod tests;

mod allowed;
mod own;
mod signing;

pub use allowed::{AllowedSigners, SignatureError, Signer, SignersError};
pub use own::{OwnError, check_own};
pub use signing::{KeyError, Namespace, PublicKey, SigningKey};
