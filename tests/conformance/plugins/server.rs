//! A server that answers as a row of the table says, except where a test lets it go wrong.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::{call::KEY, shipped::Exchange};

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A status, and the header that says when to come again.
    Status(u16, Option<&'static str>),
    /// A 403 that speaks of a rate limit, and of no time.
    Limit,
    /// Nothing, until the other side hangs up.
    Silence,
    /// Half of what was announced.
    Truncated,
    /// A page for people where JSON should be.
    NotJson,
    /// Leads somewhere else.
    Redirect(Elsewhere),
    /// Does what it was asked for, and hangs up without a word.
    Lost,
}

/// Where an answer leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// Where clouds keep the credentials of machines.
    Metadata,
    /// Another server on this machine, which nobody granted.
    OtherOrigin,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    /// Method, a blank and the path, as [`Exchange::at`] has it.
    pub(crate) at: String,
    /// What stands behind `?`.
    pub(crate) query: String,
    pub(crate) body: String,
}

/// Listens on 127.0.0.1 until the test's process ends.
pub(crate) struct Server {
    /// Without a slash at its end.
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    led_astray: Arc<AtomicBool>,
}

struct State {
    exchanges: Vec<Exchange>,
    wrong: Option<(String, Wrong)>,
    received: Vec<Received>,
    effects: Vec<Received>,
    /// A server nobody granted.
    elsewhere: String,
}

impl Server {
    /// One that is well.
    pub(crate) fn new(exchanges: &[Exchange]) -> Self {
        let elsewhere = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = elsewhere.local_addr().expect("it is bound");
        let led_astray = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&led_astray);
        thread::spawn(move || {
            if elsewhere.accept().is_ok() {
                seen.store(true, Ordering::SeqCst);
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let state = Arc::new(Mutex::new(State {
            exchanges: exchanges.to_vec(),
            wrong: None,
            received: Vec::new(),
            effects: Vec::new(),
            elsewhere: format!("http://{address}"),
        }));
        let (shared, own) = (Arc::clone(&state), url.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, own) = (Arc::clone(&shared), own.clone());
                thread::spawn(move || serve(stream, &shared, &own));
            }
        });
        Self { url, state, led_astray }
    }

    /// Whether a request went to the server that nobody granted.
    pub(crate) fn led_astray(&self) -> bool {
        self.led_astray.load(Ordering::SeqCst)
    }

    /// From now on it forgets what was, and goes wrong at this exchange if there is one.
    pub(crate) fn goes(&self, wrong: Option<(&str, Wrong)>) {
        let mut state = self.state.lock().expect("nobody panicked");
        state.wrong = wrong.map(|(at, wrong)| (at.to_owned(), wrong));
        state.received.clear();
        state.effects.clear();
    }

    /// It is well again, and remembers.
    pub(crate) fn mends(&self) {
        self.state.lock().expect("nobody panicked").wrong = None;
    }

    /// What came, in order.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().expect("nobody panicked").received.clone()
    }

    /// What it was asked to do and did, in order.
    pub(crate) fn effects(&self) -> Vec<Received> {
        self.state.lock().expect("nobody panicked").effects.clone()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, url: &str) {
    let Some(received) = read(&mut stream) else { return };
    let answer = answer(&mut state.lock().expect("nobody panicked"), received, url);
    match answer {
        Some(answer) => {
            // The other side may have heard enough.
            drop(stream.write_all(answer.as_bytes()));
            drop(stream.shutdown(Shutdown::Write));
        }
        None => drop(stream.read(&mut [0])),
    }
}

/// What is said, an empty text for hanging up; `None` for saying nothing.
fn answer(state: &mut State, received: Received, url: &str) -> Option<String> {
    let wrong = state.wrong.as_ref().filter(|(at, _)| *at == received.at).map(|(_, wrong)| *wrong);
    let exchange = state.exchanges.iter().find(|it| it.at == received.at).cloned();
    state.received.push(received.clone());
    let Some(exchange) = exchange else { return Some(whole(599, "", "nobody expected this")) };
    let does = exchange.kind.changes() && matches!(wrong, None | Some(Wrong::Lost));
    let body = if state.effects.is_empty() { &exchange.before } else { &exchange.after };
    let body = body.replace("${KEY}", KEY).replace("${URL}", url);
    if does {
        state.effects.push(received);
    }
    Some(match wrong {
        None => {
            let headers = exchange.headers.replace("${URL}", url);
            whole(exchange.status, &headers, &body)
        }
        Some(Wrong::Status(status, after)) => {
            let after = after.map(|after| format!("retry-after: {after}\r\n"));
            whole(status, &after.unwrap_or_default(), "{\"message\":\"no\"}")
        }
        Some(Wrong::Limit) => {
            whole(403, "", "{\"message\":\"You have exceeded a secondary rate limit.\"}")
        }
        Some(Wrong::Silence) => return None,
        Some(Wrong::Truncated) => {
            whole(200, "", &body).replace("content-length: ", "content-length: 9")
        }
        Some(Wrong::NotJson) => {
            whole(exchange.status, "content-type: text/html\r\n", "<html>Welcome</html>")
        }
        Some(Wrong::Redirect(to)) => {
            let to = match to {
                Elsewhere::Metadata => "http://169.254.169.254",
                Elsewhere::OtherOrigin => &state.elsewhere,
            };
            whole(302, &format!("location: {to}/latest/meta-data/\r\n"), "")
        }
        Some(Wrong::Lost) => String::new(),
    })
}

fn whole(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

fn read(stream: &mut TcpStream) -> Option<Received> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let mut words = head.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(Received { at: format!("{method} {path}"), query: query.to_owned(), body })
}
