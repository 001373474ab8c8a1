//! Just enough HTTP for a server of a test: one request a connection.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

/// A request as it came in.
pub(crate) struct Asked {
    /// Its first line and its headers, without the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// Method and path.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            more(stream, &mut bytes)?;
        };
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let mut asked = Self { head, body: bytes.split_off(end + 4) };
        let length = asked.header("content-length").map_or(0, |text| text.parse().unwrap());
        while asked.body.len() < length {
            more(stream, &mut asked.body)?;
        }
        Some(asked)
    }
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut some = [0; 8 * 1024];
    let read = stream.read(&mut some).ok().filter(|read| *read > 0)?;
    bytes.extend(&some[..read]);
    Some(())
}

/// Answers each request on a thread of its own, on a free port of loopback, as long as the test's
/// process lives. Gives the address, without a slash at the end.
///
/// * `answer`: `None` to say nothing and wait until whoever asked is gone.
pub(crate) fn serve(answer: impl Fn(&Asked) -> Option<Vec<u8>> + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                let Some(asked) = Asked::read(&mut stream) else { return };
                match answer(&asked) {
                    // Whoever asked may be dead.
                    Some(bytes) => drop(stream.write_all(&bytes)),
                    None => while more(&mut stream, &mut Vec::new()).is_some() {},
                }
            });
        }
    });
    url
}

/// Sends a request to `address` and reads the whole answer; `Connection: close` is the caller's.
pub(crate) fn exchange(address: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
