//! One request on the wire, and its answer as far as it may be read.

use std::{error::Error, io, iter::successors};

use bytes::Bytes;
use hardstop_core::{limits, model::Caps};
use reqwest::{
    Body, Method, StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use url::Url;

use crate::{
    bodies::Bodies,
    connect::Way,
    headers, message,
    refused::{Code, Refused},
    scrub::Scrubber,
};

/// The first half of an answer.
pub(crate) struct Answer(reqwest::Response);

/// Sends a request that was judged.
///
/// # Errors
///
/// [`Code::Unreachable`], [`Code::Tls`], [`Code::Broken`], [`Code::Headers`] or [`Code::Answer`];
/// of one that is only recorded, what was recorded.
pub(crate) async fn send(
    way: &Way,
    method: Method,
    url: Url,
    filled: HeaderMap,
    body: Bytes,
) -> Result<Answer, Refused> {
    let client = match way {
        Way::Network(known) => &known.client,
        Way::Recorded(answers) => {
            let url = url.into();
            let request = message::Request { method, url, headers: filled, body };
            return Answer::recorded(answers.answer(request)?);
        }
    };
    // Servers want to be told that nothing follows, where something might.
    let has_body = !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&method);
    let mut request = reqwest::Request::new(method, url);
    *request.headers_mut() = filled;
    *request.body_mut() = has_body.then(|| Body::from(body));
    Answer::new(client.execute(request).await.map_err(failed)?)
}

impl Answer {
    fn new(response: reqwest::Response) -> Result<Self, Refused> {
        if headers::are_too_many(response.headers()) {
            return Err(too_many_headers());
        }
        Ok(Self(response))
    }

    /// One that was written down, to be read as if it had come.
    fn recorded(written: message::Response) -> Result<Self, Refused> {
        let mut response = hyper::Response::new(Body::from(written.body));
        *response.status_mut() = written.status;
        *response.headers_mut() = written.headers;
        Self::new(response.into())
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// All of it, without the headers of the connection. It is masked as it comes, so that a large
    /// one keeps nobody waiting.
    ///
    /// # Errors
    ///
    /// [`Code::Size`] if it is larger than may be, as it came or masked, or there is no room for it;
    /// [`Code::Broken`] if it ends too soon.
    pub(crate) async fn read(
        self,
        caps: &Caps,
        place: &str,
        bodies: &Bodies,
        scrubber: &Scrubber,
    ) -> Result<message::Response, Refused> {
        let Self(mut response) = self;
        let most = caps.response_bytes;
        let fits = |bytes: u64| {
            let message = || {
                format!(
                    "the answer has more than {most} bytes; if it should be read, raise \
                     `{place}.caps.response`"
                )
            };
            if bytes > most { Err(Refused::new(Code::Size, message())) } else { Ok(()) }
        };
        fits(response.content_length().unwrap_or_default())?;
        let (mut body, mut masking, mut came) = (bodies.body(), scrubber.stream(), 0);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            came += chunk.len() as u64;
            fits(came)?;
            match &mut masking {
                Some(masking) => body.add(&masking.feed(&chunk))?,
                None => body.add(&chunk)?,
            }
        }
        if let Some(masking) = masking {
            body.add(&masking.finish().0)?;
        }
        let body = body.whole();
        let length = body.len() as u64;
        // A mask may be longer than what it stands for.
        fits(length)?;
        let mut headers = std::mem::take(response.headers_mut());
        headers::strip(&mut headers);
        let mut headers = scrubber.headers(headers);
        if length != came && headers.contains_key(header::CONTENT_LENGTH) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        Ok(message::Response { status: response.status(), headers, body })
    }
}

/// Where an answer sends us, if a client follows such answers.
pub(crate) fn redirect(status: StatusCode, headers: &HeaderMap) -> Option<&[u8]> {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| headers.get(header::LOCATION))?
        .map(HeaderValue::as_bytes)
}

fn too_many_headers() -> Refused {
    let (count, bytes) = (limits::CALL_HEADERS_MAX, limits::CALL_HEADER_BYTES_MAX);
    let message = format!("the answer has more than {count} headers, or {bytes} bytes of them");
    Refused::new(Code::Headers, message)
}

/// Says what went wrong on the way. The address is left out: it may hold what nobody should read.
fn failed(error: reqwest::Error) -> Refused {
    let error = error.without_url();
    let last = causes(&error).last().map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(tls) = causes(&error).find_map(in_tls) {
        return Refused::new(Code::Tls, format!("the other side is not to be trusted: {tls}"));
    }
    if error.is_connect() {
        return Refused::new(Code::Unreachable, format!("nobody answers there: {last}"));
    }
    match causes(&error).find_map(|cause| cause.downcast_ref::<hyper::Error>()) {
        Some(error) if error.is_parse_too_large() => too_many_headers(),
        Some(error) if error.is_parse() => {
            Refused::new(Code::Answer, format!("what answers there does not speak HTTP: {last}"))
        }
        _ => Refused::new(Code::Broken, format!("the connection ended too soon: {last}")),
    }
}

/// What is beneath an error, down to the first cause.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(error.source(), |cause: &&'a (dyn Error + 'static)| {
        let cause: &'a (dyn Error + 'static) = *cause;
        cause.source()
    })
}

/// The failure of TLS that `cause` is, or carries: it comes as one of input and output.
fn in_tls<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let carried = || cause.downcast_ref::<io::Error>()?.get_ref();
    cause.downcast_ref().or_else(|| in_tls(carried()?))
}
