//! Requests, put together piece by piece.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use super::{Response, encode, parts};
use crate::{Broken, Failure, Host};

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "named as everybody knows them")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to, with the query.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Empty if there is none.
    pub body: Vec<u8>,
    /// How long the answer may take to begin; the host's own limit if not given.
    pub timeout: Option<Duration>,
}

/// A request that is being put together.
#[must_use = "nothing is sent before `send` or `ok`"]
pub struct RequestBuilder<'a> {
    host: &'a dyn Host,
    request: Request,
    wrong: Option<String>,
}

impl Method {
    /// As HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether such a request does more than look.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }
}

impl<'a> RequestBuilder<'a> {
    pub(crate) fn new(host: &'a dyn Host, method: Method, url: String) -> Self {
        let agent = concat!("hardstop-plugin/", env!("CARGO_PKG_VERSION"));
        let headers = vec![("user-agent".to_owned(), agent.to_owned())];
        let request = Request { method, url, headers, body: Vec::new(), timeout: None };
        Self { host, request, wrong: None }
    }

    /// Sets a header; the last value of a name counts.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        let name = name.to_ascii_lowercase();
        self.request.headers.retain(|(known, _)| *known != name);
        self.request.headers.push((name, value.into()));
        self
    }

    /// Sets a header if there is a value.
    pub fn header_if(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// Puts a secret's placeholder into `authorization`, if it was granted.
    pub fn bearer(self, secret: Option<String>) -> Self {
        self.header_if("authorization", secret.map(|secret| format!("Bearer {secret}")))
    }

    /// Puts a user's name and a secret's placeholder into `authorization`.
    pub fn basic(self, user: &str, secret: &str) -> Self {
        let pair = Base64::encode_string(format!("{user}:{secret}").as_bytes());
        self.header("authorization", format!("Basic {pair}"))
    }

    /// Adds a name and a value to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let url = &mut self.request.url;
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&encode(name));
        url.push('=');
        url.push_str(&encode(value));
        self
    }

    /// Sets a body as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.request.body = bytes,
            Err(error) => self.wrong = Some(format!("the body is no JSON: {error}")),
        }
        self.header("content-type", "application/json")
    }

    /// Sets a body as a form in a page would send it.
    pub fn form<'p>(self, pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let pair = |(name, value): (&str, &str)| format!("{}={}", encode(name), encode(value));
        let body = pairs.into_iter().map(pair).collect::<Vec<_>>().join("&");
        self.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Sets a body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request.body = body.into();
        self
    }

    /// Sets how long the answer may take to begin.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request.timeout = Some(timeout);
        self
    }

    /// Takes an answer that leads elsewhere as the answer; otherwise those to GET and HEAD are
    /// followed.
    pub fn stay(self) -> Self {
        self.header("x-hardstop-redirect", "manual")
    }

    /// Sends it and takes whatever the other side says.
    ///
    /// # Errors
    ///
    /// If there is no whole answer: `denied`, `unreachable`, `no_answer` (it may have arrived, see
    /// [`Failure::may_have_arrived`]), `answer_too_large`, or `bad_input` for a URL that is none.
    pub fn send(self) -> Result<Response, Failure> {
        let Self { host, request, wrong } = self;
        let Request { url, method, .. } = &request;
        let wrong = wrong.or_else(|| parts(url).err().map(str::to_owned));
        if let Some(wrong) = wrong {
            return Err(Failure::bad_input(format!("`{url}` cannot be asked: {wrong}")));
        }
        let asked = format!("{} {}", method.as_str(), without_query(url));
        host.send(&request)
            .map(|response| Response {
                asked: asked.clone(),
                changes: method.changes(),
                now: host.now(),
                ..response
            })
            .map_err(|broken| failure(&asked, method.changes(), broken))
    }

    /// Sends it, and takes nothing but an answer that says that it went well.
    ///
    /// # Errors
    ///
    /// As [`RequestBuilder::send`] and [`Response::ok`].
    pub fn ok(self) -> Result<Response, Failure> {
        self.send()?.ok()
    }
}

/// What may be shown of a URL: queries may hold what nobody should read.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn failure(asked: &str, changes: bool, broken: Broken) -> Failure {
    match broken {
        Broken::Denied(why) => Failure::new(
            "denied",
            format!("{asked} is not granted: {why}; see `plugins` in the configuration"),
        ),
        Broken::Unreachable(why) => {
            Failure::new("unreachable", format!("{asked} reached nobody: {why}")).retryable()
        }
        Broken::NoAnswer(why) => {
            let message = format!("{asked} got no whole answer: {why}");
            let failure = Failure::new("no_answer", message).retryable();
            Failure { may_have_arrived: changes, ..failure }
        }
        Broken::TooLarge(why) => {
            Failure::new("answer_too_large", format!("{asked} answered too much: {why}"))
        }
    }
}
