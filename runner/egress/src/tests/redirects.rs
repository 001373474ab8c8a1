//! Where answers lead, and what goes there.

use crate::{Code, Refused, Response};

use super::{
    kit::{CANARY, gate, gate_with_token, get, grants, request, with_token},
    server::{Received, Server, ok, say},
};

fn to(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// Redirects `/` to `location`, and answers everything else.
fn leading(location: &str) -> Server {
    let location = location.to_owned();
    Server::new(move |request, stream| {
        if request.head.starts_with("GET / ") {
            say(stream, &to(&location));
        } else {
            say(stream, &ok("", b"arrived"));
        }
    })
}

async fn follow(server: &Server) -> Result<Response, Refused> {
    let gate = gate(&grants(&[server.url("")]));
    let answer = get(&gate, &server.url("/")).await;
    let records = gate.records();
    assert_eq!((records.len(), records[0].status), (2, Some(302)));
    assert_eq!(records[1].error, answer.as_ref().err().map(ToString::to_string));
    answer
}

#[tokio::test]
async fn what_is_granted_is_followed() {
    for location in ["/next", "next?a=b#c", "//127.0.0.1:{port}/next"] {
        let server = Server::new(|request, stream| {
            if request.head.starts_with("GET /next") {
                say(stream, &ok("", b"arrived"));
                return;
            }
            let host = request.header("host").unwrap();
            let port = host.split(':').nth(1).unwrap();
            let location = request.header("x-to").unwrap().replace("{port}", port);
            say(stream, &to(&location));
        });
        let gate = gate(&grants(&[server.url("")]));
        let asked = request("GET", &server.url("/"), &[("x-to", location)]);
        assert_eq!(gate.send(asked).await.unwrap().body, "arrived", "{location}");
        assert_eq!(gate.records().len(), 2);
    }
}

#[tokio::test]
async fn forbidden_places_are_not_reached() {
    for (location, code) in [
        ("http://169.254.169.254/latest/meta-data", Code::Grant),
        ("http://evil.example/", Code::Grant),
        ("https://127.0.0.1/", Code::Grant),
        ("file:///etc/passwd", Code::Url),
        ("http://user:password@127.0.0.1/", Code::Url),
        ("http://[::ffff:169.254.169.254]/", Code::Grant),
        ("http://[", Code::Url),
    ] {
        let server = leading(location);
        assert_eq!(follow(&server).await.unwrap_err().code, code, "{location}");
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn metadata_is_not_reached_even_if_granted() {
    let server = leading("http://169.254.169.254/latest/meta-data");
    let gate = gate(&grants(&[server.url(""), "http://*".to_owned()]));
    assert_eq!(get(&gate, &server.url("/")).await.unwrap_err().code, Code::Address);
}

#[tokio::test]
async fn five_are_followed() {
    let server = Server::new(|request, stream| {
        let n: u32 = request.head[5..].split(' ').next().unwrap().parse().unwrap();
        let answer = if n == 0 { ok("", b"arrived") } else { to(&format!("/{}", n - 1)) };
        say(stream, &answer);
    });
    let gate = gate(&grants(&[server.url("")]));
    assert_eq!(get(&gate, &server.url("/5")).await.unwrap().body, "arrived");
    let refused = get(&gate, &server.url("/6")).await.unwrap_err();
    assert_eq!(refused.code, Code::Redirect);
    assert_eq!(server.received().len(), 12);
}

#[tokio::test]
async fn loops_end() {
    let server = Server::saying(to("/"));
    let gate = gate(&grants(&[server.url("")]));
    assert_eq!(get(&gate, &server.url("/")).await.unwrap_err().code, Code::Redirect);
    assert_eq!((server.received().len(), gate.records().len()), (6, 7));
}

#[tokio::test]
async fn each_is_counted() {
    let server = Server::saying(to("/"));
    let mut granted = grants(&[server.url("")]);
    granted.caps.requests = 3;
    assert_eq!(get(&gate(&granted), &server.url("/")).await.unwrap_err().code, Code::Count);
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn what_changes_something_is_not_sent_again() {
    let server = Server::saying(to("/next"));
    let gate = gate(&grants(&[server.url("")]));
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let response = gate.send(request(method, &server.url("/"), &[])).await.unwrap();
        assert_eq!(
            (response.status.as_u16(), &response.headers["location"]),
            (302, &"/next".parse().unwrap())
        );
    }
    assert_eq!(server.received().len(), 4);
}

#[tokio::test]
async fn an_answer_without_a_location_is_an_answer() {
    let server = Server::saying("HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n");
    let response = get(&gate(&grants(&[server.url("")])), &server.url("/")).await.unwrap();
    assert_eq!(response.status.as_u16(), 302);
}

/// What a redirect from `from` to `to` takes along, if both are granted and the token is for
/// `hosts`.
async fn taken_along(
    from: &str,
    to_host: &str,
    hosts: &[&str],
    headers: &[(&str, &str)],
) -> Received {
    let target = Server::saying(ok("", b""));
    let server = Server::saying(to(&target.named(to_host, "/")));
    let granted = grants(&[server.named("*", ""), target.named("*", "")]);
    let gate = gate_with_token(&with_token(granted, hosts));
    let token = gate.placeholder("token").unwrap();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (*name, value.replace("{}", &token))).collect();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
    gate.send(request("GET", &server.named(from, "/"), &headers)).await.unwrap();
    assert!(server.received()[0].header(headers[0].0).is_some());
    target.received().remove(0)
}

#[tokio::test]
async fn secrets_go_to_their_hosts_only() {
    let bearer = [("authorization", "Bearer {}"), ("x-other", "1")];
    let both = ["api.example.com", "other.example.com"];
    let received = taken_along("api.example.com", "other.example.com", &both, &bearer).await;
    assert_eq!(received.header("authorization"), Some(&*format!("Bearer {CANARY}")));
    let received = taken_along("api.example.com", "evil.example", &both, &bearer).await;
    assert_eq!((received.header("authorization"), received.header("x-other")), (None, Some("1")));
    let one = ["api.example.com"];
    let received = taken_along("api.example.com", "other.example.com", &one, &bearer).await;
    assert!(!received.head.contains(CANARY) && !received.head.contains("hardstop-secret"));
}

#[tokio::test]
async fn what_speaks_for_somebody_stays_behind() {
    let own = [("authorization", "Bearer own"), ("cookie", "a=b"), ("x-other", "1")];
    let received = taken_along("api.example.com", "other.example.com", &[], &own).await;
    assert_eq!((received.header("authorization"), received.header("cookie")), (None, None));
    assert_eq!(received.header("x-other"), Some("1"));
}

#[tokio::test]
async fn who_wants_the_answer_that_leads_elsewhere_gets_it() {
    let target = Server::saying(ok("", b""));
    let server = Server::saying(to(&target.url("/")));
    let gate = gate(&grants(&[server.url(""), target.url("")]));
    let manual = [("x-hardstop-redirect", "manual")];
    let answer = gate.send(request("GET", &server.url("/"), &manual)).await.unwrap();
    assert_eq!(answer.status.as_u16(), 302);
    assert!(target.received().is_empty());
    assert_eq!(server.received()[0].header("x-hardstop-redirect"), None);
}
