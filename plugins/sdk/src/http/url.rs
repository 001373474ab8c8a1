//! As much of URLs as a guest needs. The host parses and judges them; this only takes them apart.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What may stand in a path segment or a query value as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A URL in the three parts that `wasi:http` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Whether it is `https`; otherwise it is `http`.
    pub secure: bool,
    /// `host[:port]`.
    pub authority: &'a str,
    /// Path and query; without a fragment.
    pub path: &'a str,
}

/// Text as one segment of a path, or one name or value of a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Takes a URL apart.
///
/// # Errors
///
/// What is wrong with it, if it is not `http(s)://host[:port][/path][?query]`.
pub fn parts(url: &str) -> Result<Parts<'_>, &'static str> {
    if url.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\' || byte >= 0x80) {
        return Err("it holds characters that must be percent-encoded");
    }
    let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err("it does not begin with `https://` or `http://`"),
    };
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.is_empty() {
        return Err("it names no host");
    }
    if authority.contains('@') {
        return Err("it holds a user name: credentials belong into headers");
    }
    Ok(Parts { secure, authority, path })
}
