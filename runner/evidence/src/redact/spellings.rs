//! The ways a secret may appear in output: as it is, line by line, and encoded.

use std::collections::BTreeSet;

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter spellings are not masked: they would shred every output, and are no secret.
pub(super) const BYTES_MIN: usize = 6;

/// What a URL may hold as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Every spelling of `secret` that has at least [`BYTES_MIN`] bytes.
pub(super) fn of(secret: &str) -> BTreeSet<String> {
    let mut spellings = BTreeSet::new();
    for part in std::iter::once(secret).chain(secret.lines().map(str::trim)) {
        if part.len() < BYTES_MIN {
            continue;
        }
        let json = serde_json::to_string(part).expect("text is JSON");
        let url = utf8_percent_encode(part, UNRESERVED).to_string();
        let hex = in_hex(part);
        spellings.extend([
            part.to_owned(),
            json[1..json.len() - 1].to_owned(),
            url.replace("%20", "+"),
            lower_escapes(&url),
            url,
            hex.to_ascii_uppercase(),
            hex,
        ]);
        for shift in 0..3 {
            spellings.extend(in_base64(part.as_bytes(), shift));
        }
    }
    spellings.retain(|spelling| spelling.len() >= BYTES_MIN);
    spellings
}

/// Two lower-case digits a byte.
pub(super) fn in_hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        for nibble in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(nibble), 16));
        }
        hex
    })
}

/// `%2F` as `%2f`; the rest as it is.
fn lower_escapes(url: &str) -> String {
    let mut parts = url.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at(2);
        text.extend(["%", &escape.to_ascii_lowercase(), rest]);
    }
    text
}

/// What base64 makes of `secret` after `shift` (0 to 2) unknown bytes: the digits that depend on
/// the secret alone, in both alphabets.
fn in_base64(secret: &[u8], shift: usize) -> [String; 2] {
    let padded = [&[0; 3][..shift], secret].concat();
    // Each digit holds six bits. Digits with a bit of the bytes before or after are left out.
    let first = (shift * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let cut = |text: String| text[first..last].to_owned();
    [cut(Base64Unpadded::encode_string(&padded)), cut(Base64UrlUnpadded::encode_string(&padded))]
}
