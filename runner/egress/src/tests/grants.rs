//! What is granted passes, and a refusal says what to grant.

use hardstop_core::time::Millis;

use crate::{Code, Refused};

use super::{
    kit::{Names, gate, gate_with, get, grant, grants, request},
    server::{Server, ok},
};

#[tokio::test]
async fn a_granted_request_comes_as_it_was_asked_for() {
    let server = Server::saying(ok("x-kind: good\r\nkeep-alive: timeout=5\r\n", b"hello"));
    let gate = gate(&grants(&[server.url("")]));
    let headers =
        [("x-one", "1"), ("host", "evil.example"), ("connection", "x-hop"), ("x-hop", "1")];
    let mut asked = request("post", &server.url("/a/../b?c=d#e"), &headers);
    asked.body = "body".into();
    let response = gate.send(asked).await.unwrap();
    assert_eq!((response.status.as_u16(), &*response.body), (200, &b"hello"[..]));
    assert_eq!(response.headers["x-kind"], "good");
    assert!(!response.headers.contains_key("keep-alive"));
    let received = &server.received()[0];
    assert!(received.head.starts_with("POST /b?c=d HTTP/1.1\r\n"), "{}", received.head);
    assert_eq!(received.body, b"body");
    assert_eq!(received.header("host"), Some(&*server.address.to_string()));
    assert_eq!((received.header("x-one"), received.header("x-hop")), (Some("1"), None));
}

#[tokio::test]
async fn what_is_not_granted_is_not_sent() {
    let server = Server::saying(ok("", b""));
    let mut granted = grants(&[]);
    let url = server.url("/secret-path");
    let refused = get(&gate(&granted), &url).await.unwrap_err();
    let origin = format!("http://{}", server.address);
    assert_eq!(
        refused,
        Refused {
            code: Code::Grant,
            message: format!(
                "nothing grants requests to {origin}; if they should be sent, add `- origin: \
                 {origin}` to `plugins.ci.grants.http`"
            )
        }
    );
    granted.http.push(grant(&origin, &["GET", "HEAD"]));
    let refused = gate(&granted).send(request("DELETE", &url, &[])).await.unwrap_err();
    assert_eq!(refused.code, Code::Grant);
    assert!(refused.message.contains("add DELETE to its `methods`"), "{refused}");
    assert!(server.received().is_empty());
    assert!(get(&gate(&granted), &url).await.is_ok());
}

#[tokio::test]
async fn private_addresses_are_granted_by_method() {
    let server = Server::saying(ok("", b""));
    let url = server.named("api.example.com", "/");
    let origin = server.named("api.example.com", "");
    let (reads, mut writes) = (grant(&origin, &["GET"]), grant(&origin, &["POST"]));
    writes.private = false;
    let mut both = grants(&[]);
    both.http = vec![reads, writes];
    let gate = gate(&both);
    get(&gate, &url).await.unwrap();
    // Although the connection is there.
    let refused = gate.send(request("POST", &url, &[])).await.unwrap_err();
    assert_eq!(refused.code, Code::Address);
    assert!(refused.message.contains("api.example.com stands for 127.0.0.1, which is loopback"));
    assert!(refused.message.contains("`private: true`"), "{refused}");
}

#[tokio::test]
async fn methods_for_proxies_are_refused() {
    let gate = gate(&grants(&["http://*".to_owned()]));
    for method in ["CONNECT", "TRACE", "trace"] {
        let refused = gate.send(request(method, "http://api.example.com/", &[])).await;
        assert_eq!(refused.unwrap_err().code, Code::Message, "{method}");
    }
}

#[tokio::test]
async fn requests_are_counted() {
    let server = Server::saying(ok("", b""));
    let mut granted = grants(&[server.url("")]);
    granted.caps.requests = 2;
    let gate = gate(&granted);
    for _ in 0..2 {
        get(&gate, &server.url("/")).await.unwrap();
    }
    for _ in 0..5 {
        let refused = get(&gate, &server.url("/")).await.unwrap_err();
        assert_eq!(refused.code, Code::Count);
    }
    assert_eq!((server.received().len(), gate.records().len()), (2, 3));
}

#[tokio::test]
async fn large_requests_are_refused() {
    let gate = gate(&grants(&["http://*".to_owned()]));
    let mut large = request("POST", "http://api.example.com/", &[]);
    large.body = vec![0; 16 * 1024 * 1024 + 1].into();
    assert_eq!(gate.send(large).await.unwrap_err().code, Code::Message);
    let value = "a".repeat(70_000);
    let large = request("GET", "http://api.example.com/", &[("x-large", &value)]);
    assert_eq!(gate.send(large).await.unwrap_err().code, Code::Message);
}

#[tokio::test]
async fn nobody_there_may_be_tried_again() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let mut granted = grants(std::slice::from_ref(&url));
    granted.caps.request_time = Millis::from_secs(10);
    let refused = get(&gate(&granted), &url).await.unwrap_err();
    assert_eq!(refused.code, Code::Unreachable, "{refused}");
    let names = std::sync::Arc::new(Names::default());
    let gate = gate_with(&grants(&["http://*".to_owned()]), names, crate::connect::system_trust);
    let refused = get(&gate, "http://nowhere.example/").await.unwrap_err();
    assert_eq!(refused.code, Code::Name, "{refused}");
}
