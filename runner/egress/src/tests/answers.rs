//! Answers that are too large, too slow, cut short, or none at all.

use std::{thread, time::Duration};

use hardstop_core::time::Millis;
use hardstop_ports::secrets::SecretValue;

use crate::{Code, Gate, Refused};

use super::{
    kit::{gate, get, grants, request},
    server::{Server, ok, say},
};

/// What becomes of a request to a server that says this, if 1,000 bytes and 2 seconds are granted.
async fn refused(server: &Server) -> Refused {
    let mut granted = grants(&[server.url("")]);
    granted.caps.response_bytes = 1_000;
    granted.caps.request_time = Millis::from_secs(2);
    let gate = gate(&granted);
    let refused = get(&gate, &server.url("/")).await.unwrap_err();
    assert_eq!(gate.records()[0].error.as_ref(), Some(&refused.message));
    assert_eq!(gate.records()[0].received, None);
    refused
}

async fn code(says: impl Into<Vec<u8>>) -> Code {
    refused(&Server::saying(says)).await.code
}

#[tokio::test]
async fn what_fits_is_whole() {
    for says in [
        ok("", &[b'a'; 1_000]),
        [
            &b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n"[..],
            &[b'a'; 1_000],
            b"\r\n0\r\n\r\n",
        ]
        .concat(),
        [&b"HTTP/1.0 200 OK\r\n\r\n"[..], &[b'a'; 1_000]].concat(),
    ] {
        let server = Server::saying(says);
        let mut granted = grants(&[server.url("")]);
        granted.caps.response_bytes = 1_000;
        let response = get(&gate(&granted), &server.url("/")).await.unwrap();
        assert_eq!(response.body, [b'a'; 1_000][..]);
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    assert_eq!(code(ok("", &[b'a'; 1_001])).await, Code::Size);
    // Said to be large, and nothing sent.
    assert_eq!(code("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await, Code::Size);
    let chunk = [&b"1f4\r\n"[..], &[b'a'; 500], b"\r\n"].concat();
    let endless = Server::new(move |_, stream| {
        say(stream, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        for _ in 0..100_000 {
            say(stream, &chunk);
        }
    });
    let refused = refused(&endless).await;
    assert_eq!(refused.code, Code::Size);
    assert!(refused.message.contains("raise `plugins.ci.caps.response`"), "{refused}");
}

#[tokio::test]
async fn what_masking_makes_too_large_is_refused() {
    let server = Server::saying(ok("", &b"canary".repeat(100)));
    let secrets = || [("token".to_owned(), SecretValue::new("canary".to_owned()))].into();
    let mut granted = grants(&[server.url("")]);
    for (most, masked) in [(1_600, Some(1_600)), (1_599, None)] {
        granted.caps.response_bytes = most;
        let gate = Gate::new("plugins.ci", &granted, secrets()).unwrap();
        let answer = get(&gate, &server.url("/")).await;
        match masked {
            Some(length) => assert_eq!(answer.unwrap().body.len(), length),
            None => assert_eq!(answer.unwrap_err().code, Code::Size),
        }
    }
}

#[tokio::test]
async fn a_head_may_speak_of_something_large() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n");
    let gate = gate(&grants(&[server.url("")]));
    let response = gate.send(request("HEAD", &server.url("/"), &[])).await.unwrap();
    assert_eq!(response.headers["content-length"], "99999999999");
    assert!(response.body.is_empty());
}

#[tokio::test]
async fn a_million_headers_are_refused() {
    let million = Server::new(|_, stream| {
        say(stream, b"HTTP/1.1 200 OK\r\n");
        for block in 0..1_000 {
            let lines: Vec<_> = (0..1_000).map(|n| format!("x-{block}-{n}: 1\r\n")).collect();
            say(stream, lines.concat().as_bytes());
        }
        say(stream, b"content-length: 0\r\n\r\n");
    });
    let refused = refused(&million).await;
    assert_eq!(refused.code, Code::Headers, "{refused}");
}

#[tokio::test]
async fn many_or_large_headers_are_refused() {
    let many: Vec<_> = (0..101).map(|n| format!("x-{n}: 1\r\n")).collect();
    assert_eq!(code(ok(&many.concat(), b"")).await, Code::Headers);
    let large = format!("x-large: {}\r\n", "a".repeat(70_000));
    assert_eq!(code(ok(&large, b"")).await, Code::Headers);
    let huge = format!("x-huge: {}\r\n", "a".repeat(1_000_000));
    assert_eq!(code(ok(&huge, b"")).await, Code::Headers);
}

#[tokio::test]
async fn what_ends_too_soon_may_be_tried_again() {
    for says in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"[..],
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"",
    ] {
        let refused = refused(&Server::saying(says)).await;
        let said = String::from_utf8_lossy(says);
        assert_eq!(refused.code, Code::Broken, "{said}: {refused}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    for says in
        ["SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno header\r\n\r\n"]
    {
        assert_eq!(code(says).await, Code::Answer, "{says}");
    }
}

#[tokio::test]
async fn what_takes_too_long_may_be_tried_again() {
    let silent = Server::new(|_, _| thread::sleep(Duration::from_secs(30)));
    let dripping = Server::new(|_, stream| {
        say(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n");
        for _ in 0..300 {
            say(stream, b"a");
            thread::sleep(Duration::from_millis(100));
        }
    });
    for server in [silent, dripping] {
        let began = std::time::Instant::now();
        let refused = refused(&server).await;
        assert_eq!(refused.code, Code::Time, "{refused}");
        assert!(refused.message.contains("raise `plugins.ci.caps.request_time`"), "{refused}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn failures_of_the_other_side_are_answers() {
    for status in [204, 304, 401, 404, 429, 500, 503] {
        let says =
            format!("HTTP/1.1 {status} Whatever\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n");
        let server = Server::saying(says);
        let response = get(&gate(&grants(&[server.url("")])), &server.url("/")).await.unwrap();
        assert_eq!(
            (response.status.as_u16(), &response.headers["retry-after"]),
            (status, &"7".parse().unwrap())
        );
    }
}

#[tokio::test]
async fn compressed_answers_stay_compressed() {
    let server = Server::saying(ok("content-encoding: gzip\r\n", b"\x1f\x8b\x08\x00"));
    let gate = gate(&grants(&[server.url("")]));
    let asked = request("GET", &server.url("/"), &[("accept-encoding", "gzip")]);
    assert_eq!(gate.send(asked).await.unwrap().body, b"\x1f\x8b\x08\x00"[..]);
    assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip"));
}
