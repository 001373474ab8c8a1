//! What goes through the gate, in the types of the `http` crate that every Rust library of HTTP
//! shares.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};

/// A request as it is asked for; placeholders stand where secrets belong.
#[derive(Clone, Debug)]
pub struct Request {
    /// In any case.
    pub method: Method,
    /// An absolute address.
    pub url: String,
    /// Those that belong to the connection, and `host`, are left out when it is sent.
    pub headers: HeaderMap,
    /// Whole.
    pub body: Bytes,
}

impl Request {
    /// Asks for what is at an address, and says nothing else.
    pub fn get(url: &str) -> Self {
        Self {
            method: Method::GET,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }
}

/// An answer with any status, whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// What the other side says of it; 4xx and 5xx are answers too.
    pub status: StatusCode,
    /// Without those that belong to the connection; secrets masked.
    pub headers: HeaderMap,
    /// Never cut short; secrets masked.
    pub body: Bytes,
}

impl Response {
    /// An answer that is written down.
    ///
    /// # Errors
    ///
    /// What no server could say.
    pub fn written(
        status: u16,
        headers: &BTreeMap<String, String>,
        body: String,
    ) -> Result<Self, String> {
        let status = StatusCode::from_u16(status).map_err(|_| format!("no status is {status}"))?;
        let mut written = HeaderMap::new();
        for (name, value) in headers {
            let wrong = || format!("no header is `{name}: {value}`");
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            let value = HeaderValue::from_str(value).map_err(|_| wrong())?;
            written.append(name, value);
        }
        Ok(Self { status, headers: written, body: body.into() })
    }
}
