//! Keeping secrets out of what comes back.
//!
//! A server may repeat what it was sent, by accident or not. What it encoded in none of the ways
//! that [`redact`] knows, compressed or cut to pieces is not found.

use std::collections::BTreeMap;

use bytes::Bytes;
use hardstop_evidence::redact;
use hardstop_ports::secrets::SecretValue;
use reqwest::header::{HeaderMap, HeaderValue};

/// Why there is no answer, and where a request was to go: no message of ours needs half of it.
pub(crate) const TEXT_BYTES_MAX: usize = 1024;

/// Masks the secrets of one gate.
pub(crate) struct Scrubber {
    masks: redact::Secrets,
    /// The values in lower case, as names of headers are.
    lower: Vec<String>,
}

impl Scrubber {
    /// Masks these, granted or not.
    ///
    /// # Errors
    ///
    /// Why they could not be found in an answer.
    pub(crate) fn new(secrets: &BTreeMap<String, SecretValue>) -> Result<Self, String> {
        if secrets.is_empty() {
            return Ok(Self { masks: redact::Secrets::default(), lower: Vec::new() });
        }
        let pairs = secrets.iter().map(|(name, value)| (&**name, value.expose()));
        let masks = redact::Secrets::new(pairs).map_err(|error| error.to_string())?;
        for (name, value) in secrets {
            if masks.find(value.expose().as_bytes()).is_none() {
                return Err(format!("`{name}` is too short to be told from ordinary text"));
            }
        }
        let lower = secrets.values().map(|value| value.expose().to_ascii_lowercase()).collect();
        Ok(Self { masks, lower })
    }

    /// Whether there is anything to mask.
    pub(crate) const fn is_idle(&self) -> bool {
        self.lower.is_empty()
    }

    /// Whether `bytes` hold a secret.
    pub(crate) fn finds(&self, bytes: &[u8]) -> bool {
        self.masks.find(bytes).is_some()
    }

    /// Masks a stream of bytes, if there is anything to mask.
    pub(crate) fn stream(&self) -> Option<redact::Redactor> {
        (!self.is_idle()).then(|| self.masks.redactor())
    }

    /// `bytes` with `[REDACTED:<name>]` in the place of secrets.
    pub(crate) fn bytes(&self, bytes: Bytes) -> Bytes {
        if !self.finds(&bytes) {
            return bytes;
        }
        let mut redactor = self.masks.redactor();
        let mut masked = redactor.feed(&bytes);
        masked.extend(redactor.finish().0);
        masked.into()
    }

    /// The same of a text for people, of which the first [`TEXT_BYTES_MAX`] bytes are kept: it may
    /// repeat what was asked for, and stands in the record of each request.
    pub(crate) fn text(&self, text: String) -> String {
        let mut text = String::from_utf8_lossy(&self.bytes(text.into())).into_owned();
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text
    }

    /// The same of headers; one with a secret in its name is left out.
    pub(crate) fn headers(&self, headers: HeaderMap) -> HeaderMap {
        if self.is_idle() {
            return headers;
        }
        let mut masked = HeaderMap::with_capacity(headers.len());
        for (name, value) in &headers {
            let text = name.as_str();
            if self.finds(text.as_bytes()) || self.lower.iter().any(|secret| text.contains(secret))
            {
                continue;
            }
            let value = self.bytes(Bytes::copy_from_slice(value.as_bytes()));
            // A mask is as good in a header as what it stands for.
            if let Ok(value) = HeaderValue::from_maybe_shared(value) {
                masked.append(name, value);
            }
        }
        masked
    }
}
