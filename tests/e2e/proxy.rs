//! What stands between the program and a Buildbot: it passes requests on, and keeps back the answer
//! that a test names.

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
    /// What the first line of a request holds whose answer is kept back, and who hears of it.
    keeps: Mutex<Option<(&'static str, Sender<()>)>>,
}

impl Proxy {
    /// One in front of the server at `url`.
    pub(crate) fn before(url: &str) -> Self {
        let server = url.strip_prefix("http://").unwrap().to_owned();
        let shared = Arc::new(Shared { server, keeps: Mutex::default() });
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
        let is_passed_on = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default();
            !name.eq_ignore_ascii_case("connection")
        };
        let lines = asked.head.lines().filter(is_passed_on).chain(["Connection: close", "", ""]);
        let head = lines.collect::<Vec<_>>().join("\r\n");
        let request = [head.as_bytes(), &asked.body].concat();
        let answer = exchange(&self.server, &request);
        let Some((_, hears)) = kept else { return Some(answer) };
        hears.send(()).unwrap();
        None
    }
}
