//! Keeping secrets out of the evidence: masking those that are known, and finding what looks like
//! one before anything is sealed.
//!
//! Output is redacted before it is hashed, written or committed: raw output never touches a disk.
//!
//! A known secret is found whole and each of its lines alone, in twelve encodings, however the
//! stream is cut into chunks and wherever the text is folded over lines:
//!
//! | encoding | as written by |
//! |---|---|
//! | as it is | everything |
//! | base64, at any of the three alignments | `base64`, PEM, Basic authentication |
//! | base64 for URLs, likewise | tokens |
//! | hex | `xxd -p`, digests |
//! | upper-case hex | |
//! | percent-encoded, with each set of characters left alone | URLs |
//! | form-encoded | queries: `+` for a space |
//! | JSON-escaped, also for HTML and with `\/` | |
//! | Unicode-escaped | JSON in ASCII: `\u00e4` |
//! | XML-escaped | XML, HTML |
//! | quoted for a shell | `set -x`, `printf %q` |
//! | UTF-16 | Windows |
//!
//! Not found: compressed or encrypted text, a secret cut up by other text, and encodings of
//! encodings but the above.

mod fold;
mod mask;
mod shapes;
mod spellings;
#[cfg(test)]
mod tests;

pub use mask::{Masked, Redactor, Secrets};
pub use shapes::{Finding, scan};
