//! The way out, against servers on this machine.

use std::{
    fmt::Write as _,
    io::{Read, Write as _},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use hardstop_core::{
    ids::Digest,
    model::{HttpGrant, SecretGrant},
};
use hardstop_plugin_host::Options;
use hardstop_ports::{
    plugin::{Call, Ended, Plugins as _},
    secrets::SecretValue,
};

use crate::{
    guest::{ANSWER, Guest},
    setup::{INVOKE, Setup, call, failure, options, setup, value},
};

/// Where the answer lies that says that there was no answer.
const NO_ANSWER: usize = 1536;
const SECRET: &str = "correct-horse-battery-staple";

const IMPORTS: &str = r#"
    (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
    (import "wasi:http/types@0.2.12" "[method]fields.append"
        (func $append (param i32 i32 i32 i32 i32 i32)))
    (import "wasi:http/types@0.2.12" "[constructor]outgoing-request"
        (func $request (param i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme"
        (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority"
        (func $authority (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query"
        (func $path (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/outgoing-handler@0.2.12" "handle" (func $handle (param i32 i32 i32 i32)))
    (import "wasi:http/types@0.2.12" "[method]future-incoming-response.subscribe"
        (func $subscribe (param i32) (result i32)))
    (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:http/types@0.2.12" "[method]future-incoming-response.get"
        (func $answer (param i32 i32)))
    (import "wasi:http/types@0.2.12" "[method]incoming-response.consume"
        (func $consume (param i32 i32)))
    (import "wasi:http/types@0.2.12" "[method]incoming-body.stream" (func $stream (param i32 i32)))
    (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read"
        (func $read (param i32 i64 i32)))
    (import "wasi:config/store@0.2.0-rc.1" "get" (func $get (param i32 i32 i32)))
"#;

/// Gets `/` from this authority and answers with the first bytes of the body; fails with `no_answer`
/// if there is none.
///
/// * `headers`: puts headers into the fields `$i`.
fn getter(authority: &str, headers: &str) -> Guest {
    getter_of(Guest::new(), authority, headers)
}

fn getter_of(guest: Guest, authority: &str, headers: &str) -> Guest {
    let guest = guest.declare(IMPORTS).at(NO_ANSWER).failed("no_answer", "nobody answered");
    let (guest, slash) = guest.text("/");
    let (guest, at) = guest.at(ANSWER).done("").text(authority);
    guest.invoke(&format!(
        "(local.set $i (call $fields))
         {headers}
         (local.set $i (call $request (local.get $i)))
         (drop (call $scheme (local.get $i) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
         (drop (call $authority (local.get $i) (i32.const 1) (i32.const {at}) (i32.const {})))
         (drop (call $path (local.get $i) (i32.const 1) (i32.const {slash}) (i32.const 1)))
         (call $handle (local.get $i) (i32.const 0) (i32.const 0) (i32.const 2048))
         (if (i32.load8_u (i32.const 2048)) (then (return (i32.const {NO_ANSWER}))))
         (local.set $i (i32.load (i32.const 2056)))
         (call $block (call $subscribe (local.get $i)))
         (call $answer (local.get $i) (i32.const 2048))
         (if (i32.load8_u (i32.const 2064)) (then (return (i32.const {NO_ANSWER}))))
         (call $consume (i32.load (i32.const 2072)) (i32.const 2048))
         (call $stream (i32.load (i32.const 2052)) (i32.const 2048))
         (call $read (i32.load (i32.const 2052)) (i64.const 4096) (i32.const 2048))
         (if (i32.load8_u (i32.const 2048)) (then (return (i32.const {NO_ANSWER}))))
         (i32.store (i32.const 1040) (i32.load (i32.const 2052)))
         (i32.store (i32.const 1044) (i32.load (i32.const 2056)))
         i32.const {ANSWER}",
        authority.len()
    ))
}

/// A server for one request: its authority, and what it was sent. It answers with what `answer`
/// makes of that, and with silence if that is nothing.
fn server(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (String, u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it has one").port();
    let (sent, received) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody calls");
        let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut chunk) {
                Ok(0) | Err(_) => break,
                Ok(length) => request.extend_from_slice(&chunk[..length]),
            }
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let answer = answer(&request);
        drop(sent.send(request));
        if answer.is_empty() {
            thread::sleep(Duration::from_secs(30));
        }
        // The other side may have heard enough.
        drop(stream.write_all(&answer));
    });
    (format!("127.0.0.1:{port}"), port, received)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn granted(digest: Digest, port: u16) -> Call {
    let mut call = call(digest, INVOKE);
    call.grants.http.push(HttpGrant {
        scheme: "http".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        methods: Vec::new(),
        private: true,
    });
    call
}

async fn get(setup: &Setup, authority: &str, port: u16, headers: &str) -> Ended {
    let digest = setup.folder.put(getter(authority, headers).build());
    setup.host.call(granted(digest, port)).await
}

#[tokio::test]
async fn a_granted_request_is_sent_and_recorded() {
    let setup = setup(options());
    let (authority, port, received) = server(|_| ok("{\"up\":true}"));
    let ended = get(&setup, &authority, port, "").await;
    assert_eq!(value(&ended), "{\"up\":true}");
    assert!(
        received.recv_timeout(Duration::from_secs(5)).unwrap().starts_with("GET / HTTP/1.1\r\n")
    );
    let [request] = &ended.requests[..] else { panic!("{:?}", ended.requests) };
    assert_eq!((request.status, &*request.origin), (Some(200), &*format!("http://{authority}")));
    assert_eq!(request.received.as_ref().unwrap().bytes, 11);
    setup.is_well().await;
}

#[tokio::test]
async fn what_is_not_granted_is_refused_and_says_what_to_grant() {
    let setup = setup(options());
    let ended = get(&setup, "192.0.2.1:8080", 1, "").await;
    let printed = String::from_utf8(ended.printed.clone()).unwrap();
    let [request] = &ended.requests[..] else { panic!("{:?}", ended.requests) };
    assert!(request.error.is_some() && request.status.is_none(), "{request:?}");
    let failed = failure(ended);
    assert_eq!(failed.code, "no_answer");
    assert!(failed.message.starts_with("nobody answered (hardstop: "), "{failed:?}");
    for told in [&failed.message, &printed] {
        assert!(told.contains("plugins.demo.grants.http"), "{told}");
    }
    let ended = get(&setup, "169.254.169.254", 1, "").await;
    assert_eq!(failure(ended).code, "no_answer");
    setup.is_well().await;
}

#[tokio::test]
async fn a_guest_never_holds_a_secret() {
    let setup = setup(options());
    // The server says back all it was sent.
    let (authority, port, received) = server(ok);
    let (guest, key) = Guest::new().text("secret:token");
    let (guest, name) = guest.text("authorization");
    let headers = format!(
        "(call $get (i32.const {key}) (i32.const 12) (i32.const 2048))
         (if (i32.eqz (i32.load8_u (i32.const 2052))) (then unreachable))
         (call $append (local.get $i) (i32.const {name}) (i32.const 13)
            (i32.load (i32.const 2056)) (i32.load (i32.const 2060)) (i32.const 2048))"
    );
    let digest = setup.folder.put(getter_of(guest, &authority, &headers).build());
    let mut call = granted(digest, port);
    let grant = SecretGrant {
        source: None,
        header: "authorization".to_owned(),
        hosts: vec!["127.0.0.1".to_owned()],
    };
    call.grants.secrets.insert("token".to_owned(), grant);
    call.secrets.insert("token".to_owned(), SecretValue::new(SECRET.to_owned()));
    let ended = setup.host.call(call).await;
    assert!(received.recv_timeout(Duration::from_secs(5)).unwrap().contains(SECRET));
    assert!(!format!("{ended:?}").contains(SECRET), "{ended:?}");
    assert!(value(&ended).contains("authorization: "), "{ended:?}");
    assert_eq!(ended.requests[0].secrets, ["token"]);
}

#[tokio::test]
async fn secret_parameters_arrive_as_placeholders() {
    let setup = setup(options());
    let guest = Guest::new().done("").invoke(&format!(
        "(i32.store (i32.const 1040) (local.get $input))
         (i32.store (i32.const 1044) (local.get $input_len)) i32.const {ANSWER}"
    ));
    let mut call = call(setup.folder.put(guest.build()), INVOKE);
    call.input = "{\"text\":\"hello\"}".to_owned();
    call.secret_inputs.insert("token".to_owned(), "ci".to_owned());
    let refused = failure(setup.host.call(call.clone()).await);
    assert_eq!(refused.code, "plugin_denied");
    assert!(refused.message.contains("parameter `token` is secret `ci`"), "{refused:?}");
    let grant = SecretGrant { source: None, header: "x-token".to_owned(), hosts: Vec::new() };
    call.grants.secrets.insert("ci".to_owned(), grant);
    call.secrets.insert("ci".to_owned(), SecretValue::new(SECRET.to_owned()));
    let ended = setup.host.call(call).await;
    let input = value(&ended);
    assert!(input.starts_with("{\"text\":\"hello\",\"token\":\"hardstop-secret-ci-"), "{input}");
}

#[tokio::test]
async fn a_million_headers_go_nowhere() {
    let setup = setup(Options { cpu: Duration::from_mins(1), ..options() });
    let (authority, port, _received) = server(|_| ok("{}"));
    // It goes on whatever it is told.
    let headers = "
        (loop $l
            (call $append (local.get $i) (i32.const 4096) (i32.const 1)
                (i32.const 4096) (i32.const 1) (i32.const 2048))
            (local.set $j (i32.add (local.get $j) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $j) (i32.const 1000000))))";
    let (guest, at) = Guest::new().text("x");
    let headers = headers.replace("4096", &at.to_string());
    let guest = getter_of(guest, &authority, &headers);
    let ended = setup.host.call(granted(setup.folder.put(guest.build()), port)).await;
    let failed = failure(ended);
    assert_eq!(failed.code, "plugin_trap");
    assert!(failed.message.contains("size of fields exceeds limit"), "{failed:?}");

    let (authority, port, _received) = server(|_| {
        let mut text = "HTTP/1.1 200 OK\r\n".to_owned();
        (0..1_000_000).for_each(|number| write!(text, "x-{number}: y\r\n").unwrap());
        (text + "content-length: 2\r\n\r\n{}").into_bytes()
    });
    assert_eq!(failure(get(&setup, &authority, port, "").await).code, "no_answer");
    setup.is_well().await;
}

#[tokio::test]
async fn a_server_that_says_nothing_ends_with_the_call() {
    let setup = setup(options());
    let (authority, port, _received) = server(|_| Vec::new());
    let digest = setup.folder.put(getter(&authority, "").build());
    setup.host.prepare(digest).await.unwrap();
    let mut call = granted(digest, port);
    call.remaining = Duration::from_millis(500);
    let ended = setup.host.call(call).await;
    let [request] = &ended.requests[..] else { panic!("{:?}", ended.requests) };
    assert_eq!(request.status, None);
    assert_eq!(failure(ended).code, "plugin_time");
    setup.is_well().await;
}
