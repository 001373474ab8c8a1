//! Answers, and what their statuses mean.

use std::time::{Duration, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde_json::json;

use crate::Failure;

/// Characters of a body that a failure quotes.
const QUOTED_CHARS_MAX: usize = 300;
/// How long a rate limit holds that says no time: GitHub wants a minute at least.
const LIMIT_HOLDS: Duration = Duration::from_mins(1);

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values; those that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Method and URL without its query, for messages.
    pub asked: String,
    /// Whether what was asked for does more than look.
    pub changes: bool,
    /// When it came, since 1970-01-01T00:00:00Z.
    pub now: Duration,
}

impl Response {
    /// The first header of a name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the status says that it went well.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// `bad_answer` if it is not what was expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let message = format!("{} answered what was not expected: {error}", self.asked);
            Failure::new("bad_answer", message).details(json!({ "body": self.quote() }))
        })
    }

    /// This answer, if it says that it went well.
    ///
    /// # Errors
    ///
    /// * `unauthorized` (401), `forbidden` (403), `not_found` (404, 410), `conflict` (409),
    ///   `redirected` (3xx), `rejected` (any other 4xx): the same again is no use.
    /// * `rate_limited` (429, and 403 that speaks of a rate limit or says when to come again),
    ///   `server_error` (5xx), `request_timeout` (408): retryable, with the time the other side
    ///   asked for.
    pub fn ok(self) -> Result<Self, Failure> {
        if self.is_ok() {
            return Ok(self);
        }
        Err(self.failure())
    }

    /// What a status that is not 2xx means.
    pub fn failure(&self) -> Failure {
        let told = self.tells_of_a_rate_limit();
        let retry_after = self.retry_after().or(told.then_some(LIMIT_HOLDS));
        let limited = retry_after.is_some() || self.header("x-ratelimit-remaining") == Some("0");
        let (code, retryable) = match self.status {
            300..=399 => ("redirected", false),
            401 => ("unauthorized", false),
            403 if limited => ("rate_limited", true),
            403 => ("forbidden", false),
            404 | 410 => ("not_found", false),
            408 => ("request_timeout", true),
            409 => ("conflict", false),
            429 => ("rate_limited", true),
            500.. => ("server_error", true),
            _ => ("rejected", false),
        };
        let quote = self.quote();
        let colon = if quote.is_empty() { "" } else { ": " };
        let message = format!("{} answered {}{colon}{quote}", self.asked, self.status);
        let failure = Failure::new(code, message).details(json!({ "status": self.status }));
        let may_have_arrived = self.changes && self.status >= 500;
        let failure = Failure { may_have_arrived, ..failure };
        if retryable { failure.retryable().retry_after(retry_after) } else { failure }
    }

    /// GitHub's secondary limits may be 403, and nothing but the body tells them from a missing
    /// right.
    fn tells_of_a_rate_limit(&self) -> bool {
        self.status == 403 && self.text().to_ascii_lowercase().contains("rate limit")
    }

    /// When to come again: `retry-after` in seconds or as a date, or the second at which a rate
    /// limit is lifted.
    fn retry_after(&self) -> Option<Duration> {
        if let Some(after) = self.header("retry-after") {
            if let Ok(seconds) = after.trim().parse() {
                return Some(Duration::from_secs(seconds));
            }
            let date = httpdate::parse_http_date(after).ok()?;
            return Some(date.duration_since(UNIX_EPOCH + self.now).unwrap_or_default());
        }
        let reset = self
            .header("x-ratelimit-reset")
            .filter(|_| self.header("x-ratelimit-remaining") == Some("0"))?;
        Some(Duration::from_secs(reset.parse().ok()?).saturating_sub(self.now))
    }

    /// The beginning of the body on one line.
    fn quote(&self) -> String {
        let text = self.text();
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let quote: String = text.trim().chars().take(QUOTED_CHARS_MAX).map(printable).collect();
        let cut = text.trim().chars().nth(QUOTED_CHARS_MAX).is_some();
        if cut { format!("{quote}...") } else { quote }
    }
}
