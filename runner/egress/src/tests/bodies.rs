//! Bodies in memory: those that are sent, those that are read, and those that nobody dropped yet.

use std::{collections::BTreeMap, sync::Arc};

use reqwest::{StatusCode, header::HeaderMap};

use crate::{Answers, Code, Gate, Refused, Request, Response};

use super::{
    kit::{gate, get, grants},
    server::{Server, ok, say},
};

const MIB: usize = 1 << 20;

#[tokio::test]
async fn there_is_room_for_so_many() {
    let server = Server::saying(ok("", &[b'a'; 2_000]));
    let gate = gate(&grants(&[server.url("")]));
    let mut sent = gate.body();
    sent.add(&vec![0; 64 * MIB - 3_000]).unwrap();
    let kept = get(&gate, &server.url("/")).await.unwrap();
    let refused = get(&gate, &server.url("/")).await.unwrap_err();
    assert_eq!(refused.code, Code::Size);
    assert!(refused.message.contains("67108864 bytes together"), "{refused}");
    assert_eq!(gate.records()[1].error.as_ref(), Some(&refused.message));
    // A part of it is kept, so all of it is.
    let part = kept.body.slice(..10);
    drop(kept);
    assert!(get(&gate, &server.url("/")).await.is_err());
    drop(part);
    get(&gate, &server.url("/")).await.unwrap();
    let whole = sent.whole();
    assert_eq!(gate.body().add(&[0; 4_000]).unwrap_err().code, Code::Size);
    drop(whole);
    gate.body().add(&[0; 4_000]).unwrap();
}

#[tokio::test]
async fn what_is_being_read_counts() {
    let endless = Server::new(|_, stream| {
        say(stream, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [&b"1000\r\n"[..], &[b'a'; 0x1000], b"\r\n"].concat();
        (0..100_000).for_each(|_| say(stream, &chunk));
    });
    let mut granted = grants(&[endless.url("")]);
    granted.caps.response_bytes = 64 * MIB as u64;
    let gate = gate(&granted);
    let mut sent = gate.body();
    sent.add(&vec![0; 63 * MIB]).unwrap();
    let refused = get(&gate, &endless.url("/")).await.unwrap_err();
    assert_eq!(refused.code, Code::Size);
    assert!(refused.message.contains("not dealt with yet"), "{refused}");
}

/// Answers with 65 MiB.
struct Large;

impl Answers for Large {
    fn answer(&self, _: Request) -> Result<Response, Refused> {
        let body = vec![b'a'; 65 * MIB].into();
        Ok(Response { status: StatusCode::OK, headers: HeaderMap::new(), body })
    }
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_is_granted() {
    let mut granted = grants(&["https://api.example.com".to_owned()]);
    granted.caps.response_bytes = 100 * MIB as u64;
    let large = Arc::new(Large);
    let gate = Gate::recorded("plugins.ci", &granted, BTreeMap::new(), large).unwrap();
    let response = get(&gate, "https://api.example.com/").await.unwrap();
    assert_eq!(response.body.len(), 65 * MIB);
    assert_eq!(get(&gate, "https://api.example.com/").await.unwrap_err().code, Code::Size);
    drop(response);
    assert!(get(&gate, "https://api.example.com/").await.is_ok());
}
