//! The one spelling of every JSON file of the format.
//!
//! A reader accepts only the bytes the writer would have written. That one rule refuses duplicate
//! keys, unknown members, byte-order marks, CRLF, other escapes and huge numbers all at once, so
//! that no two tools can read the same evidence differently.

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Bytes that are not the one spelling of what they mean.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// They are no such document at all.
    #[error("not valid: {0}")]
    Invalid(#[source] serde_json::Error),
    /// They mean something, but are written in another way than the format allows.
    #[error("not written as the format demands (other order, spacing, escapes or repeated keys)")]
    Spelling,
}

/// A document's bytes: JSON indented by two spaces, members in the order of the format, a line
/// feed at the end.
///
/// # Panics
///
/// If `value` has maps with other keys than text, which no type of the format has.
pub fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("types of the format are plain JSON");
    bytes.push(b'\n');
    bytes
}

/// Reads a document written by [`to_bytes`].
///
/// # Errors
///
/// [`DocumentError`] for everything else.
pub fn from_bytes<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, DocumentError> {
    let value: T = serde_json::from_slice(bytes).map_err(DocumentError::Invalid)?;
    if to_bytes(&value) == bytes { Ok(value) } else { Err(DocumentError::Spelling) }
}

/// A line's bytes: compact JSON, members in the order of the format, a line feed at the end.
///
/// # Panics
///
/// As [`to_bytes`].
pub(crate) fn to_line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(value).expect("types of the format are plain JSON");
    bytes.push(b'\n');
    bytes
}

/// Reads a line written by [`to_line`], given without its line feed.
pub(crate) fn from_line<T: Serialize + DeserializeOwned>(line: &[u8]) -> Result<T, DocumentError> {
    let value: T = serde_json::from_slice(line).map_err(DocumentError::Invalid)?;
    let written = to_line(&value);
    if written.strip_suffix(b"\n") == Some(line) { Ok(value) } else { Err(DocumentError::Spelling) }
}
