//! `wasi:http`: every request a guest sends, whatever made it, comes by here and goes through the
//! gate. This file decides nothing about it; it only keeps requests from filling the memory on their
//! way there.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hardstop_core::limits;
use hardstop_egress::{Code, Gate, Refused, Request};
use http_body_util::{BodyExt, Full};
use hyper::Response;
use tokio::{sync::Semaphore, time::timeout};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::printed::Printed;

/// Bytes of a request's body that a guest writes at once. Two such pieces wait until the request is
/// handed over.
const PIECE_BYTES_MAX: usize = 16 * 1024;
/// Requests under way at the same time; more wait.
const UNDER_WAY_MAX: usize = 8;

/// What the other side's connection goes on with after the answer: nothing, bodies are whole.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Box<dyn Future<Output = Result<(Response<WasiBody>, Rest), Error>> + Send>;

/// The way out of one guest. Clones are the same way.
#[derive(Clone)]
pub(crate) struct WayOut {
    gate: Arc<Gate>,
    printed: Printed,
    /// Why a request has no answer, the last of which people can change that.
    refused: Arc<Mutex<Option<String>>>,
    under_way: Arc<Semaphore>,
}

impl WayOut {
    /// Through this gate. What does not get through is also told in `printed`.
    pub(crate) fn new(gate: Arc<Gate>, printed: Printed) -> Self {
        Self {
            gate,
            printed,
            refused: Arc::default(),
            under_way: Arc::new(Semaphore::new(UNDER_WAY_MAX)),
        }
    }

    /// The gate.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Why a request has no answer, if somebody can change that.
    pub(crate) fn refused(&self) -> Option<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(self, request: hyper::Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let (head, body) = request.into_parts();
        let body = self.collect(body).await?;
        let (method, url, headers) = (head.method, head.uri.to_string(), head.headers);
        let under_way = self.under_way.acquire().await;
        let answer = self.gate.send(Request { method, url, headers, body }).await;
        drop(under_way);
        let answer = answer.map_err(|refused| self.told(&refused))?;
        let body = Full::new(answer.body).map_err(Error::from);
        let mut response = Response::new(body.boxed_unsync());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    async fn collect(&self, mut body: WasiBody) -> Result<Bytes, Error> {
        let mut whole = self.gate.body();
        while let Some(frame) = body.frame().await {
            // Trailers are not sent: nobody reads them.
            let Ok(data) = frame?.into_data() else { continue };
            whole.add(&data).map_err(|refused| self.told(&refused))?;
            // More than may be sent: the gate refuses it, says why and keeps a record.
            if whole.as_ref().len() > limits::CALL_REQUEST_BYTES_MAX {
                break;
            }
        }
        Ok(whole.whole())
    }

    /// Tells people why there is no answer; the guest gets what `wasi:http` has for it.
    fn told(&self, refused: &Refused) -> Error {
        self.printed.add(format!("hardstop: {refused}\n").as_bytes());
        if says_what_to_do(refused.code) {
            let mut last = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(refused.message.clone());
        }
        error(refused)
    }
}

impl WasiHttpHooks for WayOut {
    fn send_request(
        &mut self,
        request: hyper::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Rest,
    ) -> Sent {
        let sent = self.clone().send(request);
        // The first byte comes with the last: answers are whole.
        let patience = options.and_then(|options| options.first_byte_timeout);
        Box::new(async move {
            let sent = match patience {
                Some(patience) => {
                    timeout(patience, sent).await.unwrap_or(Err(Error::HttpResponseTimeout))
                }
                None => sent.await,
            };
            Ok((sent?, Box::new(async { Ok(()) }) as Rest))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        PIECE_BYTES_MAX
    }
}

/// Whether people learn from the message what they could change; the others say that a server is not
/// there, and that a guest says too.
const fn says_what_to_do(code: Code) -> bool {
    match code {
        Code::Url
        | Code::Message
        | Code::Grant
        | Code::Address
        | Code::Secret
        | Code::Redirect
        | Code::Size
        | Code::Headers
        | Code::Count
        | Code::Tls
        | Code::Time => true,
        Code::Name | Code::Unreachable | Code::Broken | Code::Answer => false,
    }
}

/// Guests read from it whether something may have been sent.
fn error(refused: &Refused) -> Error {
    match refused.code {
        Code::Url => Error::HttpRequestUriInvalid,
        Code::Message | Code::Grant | Code::Secret | Code::Redirect | Code::Count => {
            Error::HttpRequestDenied
        }
        Code::Address => Error::DestinationIpProhibited,
        Code::Size => Error::HttpResponseBodySize(None),
        Code::Headers => Error::HttpResponseHeaderSectionSize(None),
        Code::Name => Error::DnsError { rcode: Some(refused.message.clone()), info_code: None },
        Code::Unreachable => Error::ConnectionRefused,
        Code::Tls => Error::TlsCertificateError,
        Code::Time => Error::HttpResponseTimeout,
        Code::Broken => Error::ConnectionTerminated,
        Code::Answer => Error::HttpProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hardstop_core::model::Grants;

    use super::*;

    #[tokio::test]
    async fn bodies_that_nobody_reads_do_not_fill_the_memory() {
        let gate = Gate::new("plugins.demo", &Grants::default(), BTreeMap::new()).unwrap();
        let way_out = WayOut::new(Arc::new(gate), Printed::default());
        let mut kept = way_out.gate().body();
        kept.add(&vec![b'a'; 64 * 1024 * 1024]).unwrap();
        let send = || {
            let body = Full::new(Bytes::from_static(b"a")).map_err(Error::from).boxed_unsync();
            let request = hyper::Request::post("https://api.example.com/").body(body).unwrap();
            way_out.clone().send(request)
        };
        let refused = send().await.unwrap_err();
        assert!(matches!(refused, Error::HttpResponseBodySize(None)), "{refused:?}");
        assert!(way_out.refused().unwrap().contains("not dealt with yet"));
        drop(kept);
        // Nothing grants it, but there is room for it.
        assert!(matches!(send().await.unwrap_err(), Error::HttpRequestDenied));
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_refused_recorded_and_explained() {
        let gate = Gate::new("plugins.demo", &Grants::default(), BTreeMap::new()).unwrap();
        let way_out = WayOut::new(Arc::new(gate), Printed::default());
        let body = Full::new(Bytes::from(vec![b'a'; limits::CALL_REQUEST_BYTES_MAX + 1]));
        let body = body.map_err(Error::from).boxed_unsync();
        let request = hyper::Request::post("https://api.example.com/").body(body).unwrap();
        let refused = way_out.clone().send(request).await.unwrap_err();
        assert!(matches!(refused, Error::HttpRequestDenied), "{refused:?}");
        let [record] = &way_out.gate().records()[..] else { panic!("it was not recorded") };
        assert_eq!(record.error, way_out.refused());
        assert!(record.error.as_ref().unwrap().contains("body has more than"), "{record:?}");
    }
}
