//! Every request leaves a record, and none holds a secret.

use std::{thread, time::Duration};

use hardstop_evidence::digest;
use hardstop_ports::plugin::Body;

use crate::Code;

use super::{
    kit::{CANARY, gate, gate_with_token, get, grants, request, with_token},
    server::{Server, ok},
};

fn body(bytes: &[u8]) -> Body {
    Body { bytes: bytes.len() as u64, digest: digest(bytes) }
}

#[tokio::test]
async fn of_a_request_and_its_answer() {
    let server = Server::saying(ok("", format!("you sent {CANARY}").as_bytes()));
    let gate = gate_with_token(&with_token(grants(&[server.url("")]), &["127.0.0.1"]));
    let bearer = format!("Bearer {}", gate.placeholder("token").unwrap());
    let mut asked = request("POST", &server.url("/a?b"), &[("authorization", &bearer)]);
    asked.body = "sent".into();
    gate.send(asked).await.unwrap();
    let [record] = &*gate.records() else { panic!("one record") };
    assert!(record.at.as_millis() > 1_700_000_000_000);
    assert_eq!((&*record.method, &record.origin), ("POST", &server.url("")));
    assert_eq!((record.path, &record.sent), (digest(b"/a?b"), &body(b"sent")));
    assert_eq!((record.status, &record.error), (Some(200), &None));
    assert_eq!(record.received, Some(body(b"you sent [REDACTED:token]")));
    assert_eq!(record.secrets, ["token"]);
}

#[tokio::test]
async fn of_what_was_refused() {
    let gate = gate(&grants(&[]));
    get(&gate, "https://api.example.com/a").await.unwrap_err();
    get(&gate, "https://user@api.example.com/").await.unwrap_err();
    let records = gate.records();
    assert_eq!(records[0].origin, "https://api.example.com:443");
    assert!(records[0].error.as_ref().unwrap().starts_with("nothing grants"), "{records:?}");
    assert_eq!((records[0].status, &records[0].secrets), (None, &Vec::new()));
    assert_eq!(records[1].origin, "unknown");
    assert_eq!(records[1].path, digest(b"https://user@api.example.com/"));
}

#[tokio::test]
async fn of_what_nobody_waited_for() {
    let silent = Server::new(|_, _| thread::sleep(Duration::from_secs(30)));
    let gate = gate(&grants(&[silent.url("")]));
    let url = silent.url("/");
    let waited = tokio::time::timeout(Duration::from_millis(300), get(&gate, &url)).await;
    assert!(waited.is_err());
    assert_eq!(silent.received().len(), 1);
    assert_eq!(gate.records()[0].error.as_deref(), Some("nobody waited for the answer"));
}

#[tokio::test]
async fn of_bounded_size_whatever_is_asked() {
    let gate = gate_with_token(&with_token(grants(&["https://api.example.com".into()]), &["*"]));
    let token = gate.placeholder("token").unwrap();
    let url = "https://api.example.com/";
    let (longest, long) = ("A".repeat(32), "a".repeat(60_000));
    let host = |length: usize| format!("https://{}example/", "a.".repeat(length / 2));
    let asked = [
        (request(&"A".repeat(33), url, &[]), Code::Message, "unknown"),
        (request(&long, url, &[]), Code::Message, "unknown"),
        (request("CONNECT", url, &[]), Code::Message, "CONNECT"),
        (request(&"a".repeat(32), &host(200), &[]), Code::Grant, &*longest),
        (request("GET", &host(300), &[]), Code::Url, "GET"),
        (request("GET", &format!("{url}{long}"), &[]), Code::Url, "GET"),
        (request("GET", url, &[(&long, &token)]), Code::Secret, "GET"),
    ];
    for (request, code, method) in asked {
        let refused = gate.send(request).await.unwrap_err();
        let record = gate.records().pop().unwrap();
        assert_eq!((refused.code, &*record.method), (code, method), "{refused}");
        assert_eq!(record.error.as_ref(), Some(&refused.message));
        assert!(refused.message.len() <= 1024 && record.origin.len() <= 1024, "{record:?}");
    }
}

#[tokio::test]
async fn messages_and_origins_hold_no_secret() {
    let granted = with_token(grants(&[]), &["127.0.0.1"]);
    let secrets =
        [("token".to_owned(), hardstop_ports::secrets::SecretValue::new("canary-bird".into()))];
    let gate = crate::Gate::new("plugins.ci", &granted, secrets.into()).unwrap();
    let refused = get(&gate, "https://canary-bird.example.com/").await.unwrap_err();
    assert!(!format!("{refused:?} {:?} {gate:?}", gate.records()).contains("canary-bird"));
    assert_eq!(gate.records()[0].origin, "https://[REDACTED:token].example.com:443");
}
