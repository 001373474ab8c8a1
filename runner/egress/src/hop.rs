//! One request on its way, placeholders not filled in, and the one that follows it.

use bytes::Bytes;
use hardstop_core::limits;
use reqwest::{
    Method,
    header::{self, HeaderMap},
};

use crate::{
    exchange, headers,
    ledger::{Entry, Ledger},
    message::{Request, Response},
    refused::{Code, Refused},
    scrub::Scrubber,
    secrets::Keyring,
    target::Target,
};

/// Longest method: those that are registered have at most 17 letters.
const METHOD_BYTES_MAX: usize = 32;

/// A request before it is judged.
pub(crate) struct Hop {
    /// In upper case, if it can be one.
    pub(crate) method: Result<Method, Refused>,
    /// Where it goes, if that can be understood.
    pub(crate) target: Result<Target, Refused>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// As it was given, for the record of one that cannot be understood.
    url: String,
    /// Whether an answer that leads elsewhere is followed.
    follows: bool,
    /// How many led here.
    redirects: u32,
    /// Why the last of them must not be followed.
    leads_wrong: Option<&'static str>,
}

impl Hop {
    /// What is asked for, without what is ours to say.
    pub(crate) fn first(request: Request) -> Self {
        let Request { method, url, mut headers, body } = request;
        headers::strip_request(&mut headers);
        let follows = headers.remove(headers::REDIRECT).is_none_or(|how| how != "manual");
        let (method, target) = (upper(&method), Target::parse(&url));
        Self { method, target, headers, body, url, follows, redirects: 0, leads_wrong: None }
    }

    /// The request that a redirect asks for; `None` if the answer is to be given as it is: only
    /// what changes nothing is sent again without being asked.
    pub(crate) fn next(&self, response: &Response, keyring: &Keyring) -> Option<Self> {
        let location = exchange::redirect(response.status, &response.headers)?;
        let from = self.target.as_ref().ok()?;
        if !self.follows || !matches!(self.method, Ok(Method::GET | Method::HEAD)) {
            return None;
        }
        let location = String::from_utf8_lossy(location).into_owned();
        let url = from.url.join(&location).map_or(location, String::from);
        let (target, redirects) = (Target::parse(&url), self.redirects + 1);
        let mut headers = HeaderMap::new();
        let mut leads_wrong =
            (redirects > limits::CALL_REDIRECTS_MAX).then_some("the answers lead on and on");
        if let Ok(to) = &target {
            headers = following(&self.headers, from, to, keyring);
            if from.url.scheme() == "https" && to.url.scheme() != "https" {
                leads_wrong = Some("the answer leads from https to an address without");
            }
        }
        let (method, body) = (self.method.clone(), self.body.clone());
        Some(Self { method, target, headers, body, url, follows: true, redirects, leads_wrong })
    }

    /// Begins its record.
    pub(crate) fn record(&self, ledger: &Ledger, scrubber: &Scrubber) -> Entry {
        let method = self.method.as_ref().map_or("unknown", Method::as_str);
        let (origin, path) = match &self.target {
            Ok(target) => (scrubber.text(target.origin()), target.path()),
            Err(_) => ("unknown".to_owned(), self.url.clone()),
        };
        ledger.begin(method, origin, &path, &self.body)
    }

    /// # Errors
    ///
    /// [`Code::Message`] for what may not be sent to anybody, [`Code::Redirect`] for what nobody
    /// may be led to.
    pub(crate) fn check(&self) -> Result<(), Refused> {
        let refuse = |message: String| Err(Refused::new(Code::Message, message));
        if let Some(why) = self.leads_wrong {
            return Err(Refused::new(Code::Redirect, why));
        }
        if let Ok(method @ (Method::CONNECT | Method::TRACE)) = &self.method {
            return refuse(format!("the method {method} is for proxies"));
        }
        if self.body.len() > limits::CALL_REQUEST_BYTES_MAX {
            let most = limits::CALL_REQUEST_BYTES_MAX;
            return refuse(format!("the request's body has more than {most} bytes"));
        }
        if headers::are_too_many(&self.headers) {
            let (count, bytes) = (limits::CALL_HEADERS_MAX, limits::CALL_HEADER_BYTES_MAX);
            return refuse(format!(
                "the request has more than {count} headers, or {bytes} bytes of them"
            ));
        }
        Ok(())
    }
}

/// Methods of HTTP are in upper case, and so are those of grants.
fn upper(method: &Method) -> Result<Method, Refused> {
    let method = method.as_str();
    let upper = (method.len() <= METHOD_BYTES_MAX).then(|| method.to_ascii_uppercase());
    upper.and_then(|upper| Method::from_bytes(upper.as_bytes()).ok()).ok_or_else(|| {
        let message = format!("the request's method has more than {METHOD_BYTES_MAX} letters");
        Refused::new(Code::Message, message)
    })
}

/// Headers for a redirect from one origin to another: a secret goes only to its own hosts, and what
/// speaks for somebody otherwise stays behind.
fn following(headers: &HeaderMap, from: &Target, to: &Target, keyring: &Keyring) -> HeaderMap {
    let is_same = from.origin() == to.origin();
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let speaks_for_somebody = [header::AUTHORIZATION, header::COOKIE].contains(name);
        if keyring.may_go(value, to).unwrap_or(is_same || !speaks_for_somebody) {
            kept.append(name, value.clone());
        }
    }
    kept
}
