//! Headers that belong to a connection rather than to a message, and how many there may be.

use hardstop_core::limits;
use reqwest::header::{self, HeaderMap, HeaderName};

/// Those of RFC 9110, section 7.6.1, and those that have no meaning but for one connection.
const OF_THE_CONNECTION: [&str; 10] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// By which a request says with `manual` that it takes an answer that leads elsewhere as the answer.
/// It is for us and is not sent.
pub(crate) const REDIRECT: &str = "x-hardstop-redirect";

/// Takes out what belongs to the connection, with what `connection` names.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}

/// Takes out of a request what we alone say: where it goes, and how long it is.
pub(crate) fn strip_request(headers: &mut HeaderMap) {
    strip(headers);
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
}

/// Whether there are more, or more bytes of them, than may be.
pub(crate) fn are_too_many(headers: &HeaderMap) -> bool {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    headers.len() > limits::CALL_HEADERS_MAX || bytes > limits::CALL_HEADER_BYTES_MAX
}
