//! A plugin as a component: the runner as [`Host`], and the contract's types.
//!
//! Compiled for WebAssembly alone. [`plugin!`](crate::plugin) is its only caller.

use std::time::Duration;

use bindings::{
    hardstop::plugin::artifacts,
    wasi::{
        clocks::wall_clock,
        config::store,
        http::{
            outgoing_handler,
            types::{
                ErrorCode, Fields, IncomingBody, IncomingResponse, Method as WasiMethod,
                OutgoingBody, OutgoingRequest, RequestOptions, Scheme, http_error_code,
            },
        },
        io::streams::{InputStream, StreamError},
        logging::logging,
    },
};

use crate::{
    Broken, Call, Done, Failure, Finding, Host, Level, Pending, Plugin, Progress, Target,
    http::{Method, Request, Response, parts},
};

/// What the contract's WIT comes to in Rust.
#[expect(missing_docs, clippy::all, clippy::pedantic, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "hardstop_sdk::guest::bindings",
    });
}

/// The exported interface.
pub use bindings::exports::hardstop::plugin::action as contract;

/// Bytes read, or written, at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// What `blocking-write-and-flush` takes at once.
const WRITE_BYTES_MAX: usize = 4096;

/// `invoke` of the contract.
///
/// # Errors
///
/// What the action fails with.
pub fn invoke(
    plugin: &Plugin,
    call: contract::Call,
) -> Result<contract::Progress, contract::Failure> {
    let (call, action, input) = taken(call);
    plugin.invoke(&call, &action, &input).map(Into::into).map_err(Into::into)
}

/// `poll` of the contract.
///
/// # Errors
///
/// What the action fails with.
pub fn poll(
    plugin: &Plugin,
    call: contract::Call,
    state: &str,
) -> Result<contract::Progress, contract::Failure> {
    let (call, action, input) = taken(call);
    plugin.poll(&call, &action, &input, state).map(Into::into).map_err(Into::into)
}

/// `probe` of the contract.
///
/// # Errors
///
/// If nothing could be found out.
pub fn probe(
    plugin: &Plugin,
    call: contract::Call,
) -> Result<contract::Finding, contract::Failure> {
    let (call, action, input) = taken(call);
    plugin.probe(&call, &action, &input).map(Into::into).map_err(Into::into)
}

/// `cancel` of the contract.
///
/// # Errors
///
/// If it could not be ended.
pub fn cancel(
    plugin: &Plugin,
    call: contract::Call,
    state: Option<&str>,
) -> Result<(), contract::Failure> {
    let (call, action, input) = taken(call);
    plugin.cancel(&call, &action, &input, state).map_err(Into::into)
}

fn taken(call: contract::Call) -> (Call<'static>, String, String) {
    let contract::Call { action, input, idempotency_key: key, attempt, recovering } = call;
    (Call { key, attempt, recovering, host: &Runner }, action, input)
}

/// The runner.
struct Runner;

impl Host for Runner {
    fn send(&self, request: &Request) -> Result<Response, Broken> {
        send(request)
    }

    fn config(&self, key: &str) -> Option<String> {
        store::get(key).ok().flatten()
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        artifacts::put_artifact(name, bytes)
    }

    fn now(&self) -> Duration {
        let now = wall_clock::now();
        Duration::new(now.seconds, now.nanoseconds)
    }

    fn say(&self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => logging::Level::Debug,
            Level::Info => logging::Level::Info,
            Level::Warn => logging::Level::Warn,
        };
        logging::log(level, "plugin", message);
    }
}

fn send(request: &Request) -> Result<Response, Broken> {
    let outgoing = outgoing(request)?;
    let body = outgoing.body().map_err(|()| unsent("the body cannot be opened"))?;
    let options = RequestOptions::new();
    let timeout = request.timeout.and_then(|it| u64::try_from(it.as_nanos()).ok());
    // A host that knows no time-outs of requests has its own.
    let _ = options.set_first_byte_timeout(timeout);
    let coming = outgoing_handler::handle(outgoing, Some(options)).map_err(|code| broken(&code))?;
    // If the other side answers before it has read everything, the answer says why.
    let written = write(body, &request.body);
    coming.subscribe().block();
    let answered = match coming.get() {
        Some(Ok(answered)) => answered.map_err(|code| broken(&code))?,
        Some(Err(())) | None => return Err(Broken::NoAnswer("the host gave no answer".to_owned())),
    };
    written.or_else(|broken| if answered.status() >= 400 { Ok(()) } else { Err(broken) })?;
    read(&answered)
}

fn outgoing(request: &Request) -> Result<OutgoingRequest, Broken> {
    let Request { method, url, headers, body, timeout: _ } = request;
    let url = parts(url).map_err(unsent)?;
    let mut entries: Vec<(String, Vec<u8>)> =
        headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    if !body.is_empty() || matches!(method, Method::Post | Method::Put | Method::Patch) {
        entries.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }
    let fields = Fields::from_list(&entries).map_err(|_| unsent("a header is not allowed"))?;
    let outgoing = OutgoingRequest::new(fields);
    let method = match method {
        Method::Get => WasiMethod::Get,
        Method::Head => WasiMethod::Head,
        Method::Post => WasiMethod::Post,
        Method::Put => WasiMethod::Put,
        Method::Patch => WasiMethod::Patch,
        Method::Delete => WasiMethod::Delete,
    };
    let scheme = if url.secure { Scheme::Https } else { Scheme::Http };
    let path = match url.path {
        "" => "/".to_owned(),
        path if path.starts_with('?') => format!("/{path}"),
        path => path.to_owned(),
    };
    outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(url.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&path)))
        .map_err(|()| unsent("the host does not take this URL"))?;
    Ok(outgoing)
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), Broken> {
    let lost = |error: StreamError| Broken::NoAnswer(format!("the body cannot be sent: {error}"));
    if !bytes.is_empty() {
        let stream =
            body.write().map_err(|()| Broken::NoAnswer("the body cannot be sent".to_owned()))?;
        for chunk in bytes.chunks(WRITE_BYTES_MAX) {
            stream.blocking_write_and_flush(chunk).map_err(lost)?;
        }
    }
    OutgoingBody::finish(body, None).map_err(|code| broken(&code))
}

fn read(answered: &IncomingResponse) -> Result<Response, Broken> {
    let status = answered.status();
    let entries = answered.headers().entries();
    let headers = entries
        .into_iter()
        .filter_map(|(name, value)| {
            Some((name.to_ascii_lowercase(), String::from_utf8(value).ok()?))
        })
        .collect();
    let body = answered.consume().map_err(|()| Broken::NoAnswer("it has no body".to_owned()))?;
    let stream = body.stream().map_err(|()| Broken::NoAnswer("it has no body".to_owned()))?;
    let bytes = all(&stream)?;
    drop(stream);
    drop::<IncomingBody>(body);
    Ok(Response { status, headers, body: bytes, ..Response::default() })
}

fn all(stream: &InputStream) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(CHUNK_BYTES as u64) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(match http_error_code(&error) {
                    Some(code) => broken(&code),
                    None => Broken::NoAnswer(error.to_debug_string()),
                });
            }
        }
    }
}

fn unsent(why: &str) -> Broken {
    Broken::Unreachable(why.to_owned())
}

/// Which of the many codes mean that nothing was sent.
fn broken(code: &ErrorCode) -> Broken {
    let why = match code {
        ErrorCode::InternalError(Some(why)) => why.clone(),
        // `ErrorCode::ConnectionRefused`; the host prints more about it.
        other => format!("{other:?}").trim_start_matches("ErrorCode::").to_owned(),
    };
    match code {
        ErrorCode::HttpRequestDenied
        | ErrorCode::DestinationIpProhibited
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid => Broken::Denied(why),
        ErrorCode::DnsTimeout
        | ErrorCode::DnsError(_)
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTimeout
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_)
        | ErrorCode::ConnectionLimitReached => Broken::Unreachable(why),
        ErrorCode::HttpResponseBodySize(_) => Broken::TooLarge(why),
        // Everything else may have happened after the other side had read the request.
        _ => Broken::NoAnswer(why),
    }
}

impl From<Progress<String, String>> for contract::Progress {
    fn from(progress: Progress<String, String>) -> Self {
        match progress {
            Progress::Done(done) => Self::Done(done.into()),
            Progress::Pending(pending) => Self::Pending(pending.into()),
        }
    }
}

impl From<Finding<String, String>> for contract::Finding {
    fn from(finding: Finding<String, String>) -> Self {
        match finding {
            Finding::NotStarted => Self::NotStarted,
            Finding::Pending(pending) => Self::Pending(pending.into()),
            Finding::Done(done) => Self::Done(done.into()),
            Finding::Failed(failure) => Self::Failed(failure.into()),
            Finding::CannotTell(why) => Self::CannotTell(why),
        }
    }
}

impl From<Done<String>> for contract::Output {
    fn from(Done { value, link, targets }: Done<String>) -> Self {
        let target = |Target { name, ok, message }| contract::Target { name, ok, message };
        Self { value, link, targets: targets.into_iter().map(target).collect() }
    }
}

impl From<Pending<String>> for contract::Pending {
    fn from(Pending { state, poll_after, note, link }: Pending<String>) -> Self {
        Self { state, poll_after_ms: millis(poll_after), note, link }
    }
}

impl From<Failure> for contract::Failure {
    fn from(failure: Failure) -> Self {
        let Failure { code, message, retryable, retry_after, details, may_have_arrived: _ } =
            failure;
        Self {
            code: code.into_owned(),
            message,
            retryable,
            retry_after_ms: retry_after.map(millis),
            details: details.map(|details| details.to_string()),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
