//! What stands between the program and a Buildbot: it passes requests on, and keeps back the answer
//! that a test names.
//!
//! Buildbot lets people in by a session. As what stands in front of it elsewhere does, this begins
//! one with the name and the password of a request.

use std::sync::{
    Arc, Mutex,
    mpsc::{Receiver, Sender, channel},
};

use crate::http::{Asked, exchange, serve};

/// A running proxy.
pub(crate) struct Proxy {
    /// Where it is, without a slash at the end.
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// Host and port of the server behind it.
    server: String,
    session: Mutex<Option<String>>,
    /// What the first line of a request holds whose answer is kept back, and who hears of it.
    keeps: Mutex<Option<(&'static str, Sender<()>)>>,
}

impl Proxy {
    /// One in front of the server at `url`.
    pub(crate) fn before(url: &str) -> Self {
        let server = url.strip_prefix("http://").unwrap().to_owned();
        let (session, keeps) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { server, session, keeps });
        let passes = Arc::clone(&shared);
        Self { url: serve(move |asked| passes.pass(asked)), shared }
    }

    /// Keeps back the answer to the next request whose first line holds `part`. Whoever asked waits
    /// for it until they are killed.
    ///
    /// * Returns what hears when the server has answered.
    pub(crate) fn keep_back(&self, part: &'static str) -> Receiver<()> {
        let (sender, receiver) = channel();
        *self.shared.keeps.lock().unwrap() = Some((part, sender));
        receiver
    }
}

impl Shared {
    fn pass(&self, asked: &Asked) -> Option<Vec<u8>> {
        let is_kept = |keeps: &mut (&str, _)| asked.line().contains(keeps.0);
        let kept = self.keeps.lock().unwrap().take_if(is_kept);
        let session = asked.header("authorization").map(|it| self.session(it));
        let session = session.map(|session| format!("Cookie: {session}"));
        let is_passed_on = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default();
            !["authorization", "connection"].iter().any(|it| name.eq_ignore_ascii_case(it))
        };
        let lines = asked.head.lines().filter(is_passed_on).chain(session.as_deref());
        let lines: Vec<&str> = lines.chain(["Connection: close", "", ""]).collect();
        let request = [lines.join("\r\n").as_bytes(), &asked.body].concat();
        let answer = exchange(&self.server, &request);
        let Some((_, hears)) = kept else { return Some(answer) };
        hears.send(()).unwrap();
        None
    }

    /// The session of whoever gave their name and password.
    fn session(&self, authorization: &str) -> String {
        let mut known = self.session.lock().unwrap();
        let log_in = || {
            let request = format!(
                "GET /auth/login HTTP/1.1\r\nHost: {}\r\nAuthorization: {authorization}\r\n\
                 Connection: close\r\n\r\n",
                self.server
            );
            let answer = exchange(&self.server, request.as_bytes());
            let head = String::from_utf8_lossy(&answer);
            let mut named = head.lines().filter_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next())?
            });
            // The first is nobody's.
            named
                .next_back()
                .unwrap_or_else(|| panic!("Buildbot begins no session: {head}"))
                .to_owned()
        };
        known.get_or_insert_with(log_in).clone()
    }
}
