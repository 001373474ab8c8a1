//! `wasi:http`: every request a guest sends, whatever made it, comes by here and goes through the
//! gate. This file decides nothing about it.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{Request, Response};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::{gate::Gate, printed::Printed};

/// Bytes of a request's body.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the other side's connection goes on with after the answer: nothing, bodies are whole.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Box<dyn Future<Output = Result<(Response<WasiBody>, Rest), Error>> + Send>;

/// The way out of one guest.
pub(crate) struct WayOut {
    gate: Arc<Gate>,
    printed: Printed,
}

impl WayOut {
    /// Through this gate. What does not get through is also told in `printed`.
    pub(crate) fn new(gate: Arc<Gate>, printed: Printed) -> Self {
        Self { gate, printed }
    }
}

impl WasiHttpHooks for WayOut {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Rest,
    ) -> Sent {
        let (gate, printed) = (Arc::clone(&self.gate), self.printed.clone());
        let patience = options.and_then(|options| options.first_byte_timeout);
        Box::new(async move {
            let sent = send(&gate, request);
            let sent = match patience {
                Some(patience) => {
                    timeout(patience, sent).await.unwrap_or(Err(Error::HttpResponseTimeout))
                }
                None => sent.await,
            };
            if let Err(Error::InternalError(Some(why))) = &sent {
                printed.add(format!("hardstop: {why}\n").as_bytes());
            }
            Ok((sent?, Box::new(async { Ok(()) }) as Rest))
        })
    }
}

async fn send(gate: &Gate, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, REQUEST_BYTES_MAX).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Error::HttpRequestBodySize(Some(REQUEST_BYTES_MAX as u64))
        } else {
            failed(&*error)
        }
    })?;
    let headers = head.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let url = head.uri.to_string();
    let body = body.to_bytes().to_vec();
    let answer = gate
        .send(head.method.as_str(), &url, headers, body)
        .await
        .map_err(|refused| failed(&refused))?;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let body = Full::new(Bytes::from(answer.body)).map_err(Error::from).boxed_unsync();
    response.body(body).map_err(|error| failed(&error))
}

/// In the one error of `wasi:http` that has room for words, because the reason helps whoever wrote
/// the plugin or the configuration.
fn failed(error: &dyn std::error::Error) -> Error {
    Error::InternalError(Some(error.to_string()))
}
