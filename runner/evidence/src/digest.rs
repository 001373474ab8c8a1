//! SHA-256 of bytes at hand.

use hardstop_core::ids::Digest;
use sha2::{Digest as _, Sha256};

/// The SHA-256 digest of `bytes`.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}
