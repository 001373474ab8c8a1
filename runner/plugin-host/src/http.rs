//! `wasi:http`: every request a guest sends, whatever made it, comes by here and goes through the
//! gate. This file decides nothing about it; it only keeps bodies from filling the memory.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hardstop_core::limits;
use hardstop_egress::{Code, Gate, Refused, Request};
use http_body_util::{BodyExt, Full};
use hyper::Response;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::printed::Printed;

/// Bytes of bodies that are kept for one guest, in both directions together. An answer that it has
/// not read counts until it is dropped.
const BODIES_BYTES_MAX: usize = 64 * 1024 * 1024;
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
    bodies: Arc<Semaphore>,
    under_way: Arc<Semaphore>,
}

impl WayOut {
    /// Through this gate. What does not get through is also told in `printed`.
    pub(crate) fn new(gate: Arc<Gate>, printed: Printed) -> Self {
        Self {
            gate,
            printed,
            refused: Arc::default(),
            bodies: Arc::new(Semaphore::new(BODIES_BYTES_MAX)),
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
        let (body, held) = self.collect(body).await?;
        let (method, url, headers) = (head.method, head.uri.to_string(), head.headers);
        let under_way = self.under_way.acquire().await;
        let answer = self.gate.send(Request { method, url, headers, body }).await;
        drop((under_way, held));
        let answer = answer.map_err(|refused| self.told(&refused))?;
        let held = self.hold(answer.body.len())?;
        // What is held is let go when the guest has read the body, or dropped it.
        let body = Full::new(answer.body).map_frame(move |frame| {
            let _until_then = &held;
            frame
        });
        let mut response = Response::new(body.map_err(Error::from).boxed_unsync());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    async fn collect(&self, mut body: WasiBody) -> Result<(Bytes, OwnedSemaphorePermit), Error> {
        let (mut bytes, mut held) = (Vec::new(), self.hold(0)?);
        while let Some(frame) = body.frame().await {
            // Trailers are not sent: nobody reads them.
            let Ok(data) = frame?.into_data() else { continue };
            held.merge(self.hold(data.len())?);
            bytes.extend_from_slice(&data);
            // More than may be sent: the gate refuses it, says why and keeps a record.
            if bytes.len() > limits::CALL_REQUEST_BYTES_MAX {
                break;
            }
        }
        Ok((bytes.into(), held))
    }

    /// Keeps so many bytes for the guest, as long as what this gives lives.
    fn hold(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Error> {
        let held = u32::try_from(bytes).ok();
        let held =
            held.and_then(|bytes| Arc::clone(&self.bodies).try_acquire_many_owned(bytes).ok());
        held.ok_or_else(|| {
            self.printed.add(b"hardstop: there are too many bodies that were not read yet\n");
            Error::HttpResponseBodySize(None)
        })
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

    #[test]
    fn bodies_that_nobody_reads_do_not_fill_the_memory() {
        let gate = Gate::new("plugins.demo", &Grants::default(), BTreeMap::new()).unwrap();
        let way_out = WayOut::new(Arc::new(gate), Printed::default());
        let held = way_out.hold(BODIES_BYTES_MAX).unwrap();
        assert!(matches!(way_out.clone().hold(1), Err(Error::HttpResponseBodySize(None))));
        drop(held);
        assert!(way_out.hold(1).is_ok());
        assert!(way_out.hold(usize::MAX).is_err());
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
