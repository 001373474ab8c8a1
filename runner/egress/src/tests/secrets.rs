//! Secrets get where they are granted, and nowhere else; whoever asked never sees one.

use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use hardstop_ports::secrets::SecretValue;

use crate::{Code, Gate, Refused, Response, connect::system_trust};

use super::{
    kit::{CANARY, Names, gate_with_token, get, grants, request, token, with_token},
    server::{Server, ok, say},
};

/// A server that is granted the token, and a gate for it.
fn granted(server: &Server) -> Gate {
    gate_with_token(&with_token(grants(&[server.url("")]), &["127.0.0.1"]))
}

async fn send(
    gate: &Gate,
    server: &Server,
    header: &str,
    value: &str,
) -> Result<Response, Refused> {
    gate.send(request("GET", &server.url("/"), &[(header, value)])).await
}

#[test]
fn placeholders_are_new_in_each_gate() {
    let granted = with_token(grants(&[]), &[]);
    let placeholder = || gate_with_token(&granted).placeholder("token").unwrap();
    let (one, other) = (placeholder(), placeholder());
    assert_ne!(one, other);
    let digits = one.strip_prefix("hardstop-secret-token-").unwrap();
    assert!(digits.len() == 32 && digits.bytes().all(|b| b"0123456789abcdef".contains(&b)));
}

#[test]
fn what_is_not_granted_has_no_placeholder() {
    let gate = gate_with_token(&grants(&[]));
    assert_eq!((gate.placeholder("token"), gate.placeholder("other")), (None, None));
    let gate = super::kit::gate(&with_token(grants(&[]), &[]));
    assert_eq!(gate.placeholder("token"), None);
}

#[test]
fn a_secret_that_could_not_be_masked_is_refused() {
    let short = [("token".to_owned(), SecretValue::new("abc".to_owned()))];
    let refused = Gate::new("plugins.ci", &grants(&[]), short.into()).unwrap_err();
    assert!(refused.to_string().contains("`token` is too short"), "{refused}");
}

#[tokio::test]
async fn a_value_takes_the_place_of_its_placeholder() {
    let server = Server::saying(ok("", b""));
    let gate = granted(&server);
    let token = gate.placeholder("token").unwrap();
    let basic = Base64::encode_string(format!("user:{token}").as_bytes());
    let unpadded = Base64::encode_string(format!("a:{token}").as_bytes());
    for (value, sent) in [
        (format!("Bearer {token}"), format!("Bearer {CANARY}")),
        (token.clone(), CANARY.to_owned()),
        (format!("a {token} b {token}"), format!("a {CANARY} b {CANARY}")),
        (
            format!("Basic {basic}"),
            format!("Basic {}", Base64::encode_string(format!("user:{CANARY}").as_bytes())),
        ),
        (
            format!("bAsIc  {}", unpadded.trim_end_matches('=')),
            format!("Basic {}", Base64::encode_string(format!("a:{CANARY}").as_bytes())),
        ),
        ("Basic dXNlcjpwYXNzd29yZA==".to_owned(), "Basic dXNlcjpwYXNzd29yZA==".to_owned()),
        ("Basic §".to_owned(), "Basic §".to_owned()),
    ] {
        send(&gate, &server, "authorization", &value).await.unwrap();
        let received = server.received().pop().unwrap();
        assert_eq!(received.header("authorization"), Some(&*sent));
        assert_eq!(received.header("accept-encoding"), Some("identity"));
    }
}

#[tokio::test]
async fn placeholders_elsewhere_are_refused() {
    let server = Server::saying(ok("", b""));
    let gate = granted(&server);
    let token = gate.placeholder("token").unwrap();
    let url = server.url("/");
    let basic = format!("Basic {}", Base64::encode_string(format!("u:{token}").as_bytes()));
    let mut body = request("POST", &url, &[]);
    body.body = format!("{{\"token\": \"{token}\"}}").into();
    for (asked, says) in [
        (request("GET", &server.url(&format!("/{token}")), &[]), "the address holds"),
        (request("GET", &server.url(&format!("/?a={token}")), &[]), "the address holds"),
        (body, "the body holds"),
        (request("GET", &url, &[(&token, "1")]), "the name of a header holds"),
        (request("GET", &url, &[("x-token", &token)]), "`plugins.ci.grants.secrets.token.header`"),
        (request("GET", &url, &[("x-token", &basic)]), "not into `x-token`"),
    ] {
        let refused = gate.send(asked).await.unwrap_err();
        assert_eq!(refused.code, Code::Secret);
        assert!(refused.message.contains(says), "{refused}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn unknown_placeholders_are_refused() {
    let server = Server::saying(ok("", b""));
    let gate = granted(&server);
    let earlier = granted(&server).placeholder("token").unwrap();
    let ours = gate.placeholder("token").unwrap();
    let basic = format!("Basic {}", Base64::encode_string(format!("u:{earlier}").as_bytes()));
    for value in [format!("Bearer {earlier}"), basic, format!("{ours} {earlier}")] {
        let refused = send(&gate, &server, "authorization", &value).await.unwrap_err();
        assert_eq!(refused.code, Code::Secret);
        assert!(refused.message.contains("an earlier call"), "{refused}");
    }
    let bytes = [earlier.as_bytes(), b"\xff"].concat();
    let mut asked = request("GET", &server.url("/"), &[]);
    drop(asked.headers.insert("x-bytes", bytes.as_slice().try_into().unwrap()));
    assert_eq!(gate.send(asked).await.unwrap_err().code, Code::Secret);
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_secret_goes_to_its_hosts_only() {
    let server = Server::saying(ok("", b""));
    let origins = [server.named("api.example.com", ""), server.named("evil.example", "")];
    let gate = gate_with_token(&with_token(grants(&origins), &["*.example.com"]));
    let token = gate.placeholder("token").unwrap();
    let to = |host| request("GET", &server.named(host, "/"), &[("authorization", &*token)]);
    gate.send(to("api.example.com")).await.unwrap();
    let refused = gate.send(to("evil.example")).await.unwrap_err();
    assert_eq!(refused.code, Code::Secret);
    assert!(
        refused.message.contains("add evil.example to `plugins.ci.grants.secrets.token.hosts`")
    );
    assert_eq!(server.received().len(), 1);
    assert_eq!(gate.records()[1].secrets, Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_does_not_cross_the_internet_in_clear() {
    let server = Server::saying(ok("", b""));
    // One address is here, the other is anywhere.
    let names = Names::default().and("api.example.com", &[&["127.0.0.1", "192.0.2.1"]]);
    let granted = with_token(grants(&[server.named("api.example.com", "")]), &["api.example.com"]);
    let gate = Gate::with("plugins.ci", &granted, token(), Arc::new(names), system_trust).unwrap();
    let url = server.named("api.example.com", "/");
    let placeholder = gate.placeholder("token").unwrap();
    let asked = request("GET", &url, &[("authorization", &placeholder)]);
    let refused = gate.send(asked).await.unwrap_err();
    assert_eq!(refused.code, Code::Secret);
    assert!(refused.message.contains("begins with `https://`"), "{refused}");
    assert_eq!(gate.records()[0].secrets, Vec::<String>::new());
    assert!(server.received().is_empty());
    // Without it, the request may be sent.
    get(&gate, &url).await.unwrap();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_value_that_no_header_may_hold_is_refused() {
    let server = Server::saying(ok("", b""));
    let grants = with_token(grants(&[server.url("")]), &["127.0.0.1"]);
    let lines = [("token".to_owned(), SecretValue::new("first line\r\nx-evil: 1".to_owned()))];
    let gate = Gate::new("plugins.ci", &grants, lines.into()).unwrap();
    let token = gate.placeholder("token").unwrap();
    let refused = send(&gate, &server, "authorization", &token).await.unwrap_err();
    assert_eq!(refused.code, Code::Secret);
    assert!(!refused.message.contains("first line"), "{refused}");
    assert!(server.received().is_empty());
}

/// The canary as other programs wrote it, with what may stay of the text around it.
const SPELLINGS: [(&str, &str, &str); 18] = [
    (CANARY, "", ""),
    ("czNjcjN0L3cib3InZCs/PCY+fg==", "", "g=="),
    ("eHMzY3IzdC93Im9yJ2QrPzwmPn55", "eH", "55"),
    ("eHhzM2NyM3QvdyJvcidkKz88Jj5+eQ==", "eHh", "eQ=="),
    ("eHMzY3IzdC93Im9yJ2QrPzwmPn4=", "eH", "4="),
    ("dXNlcjpzM2NyM3QvdyJvcidkKz88Jj5-", "dXNlcjp", ""),
    ("7333637233742f77226f7227642b3f3c263e7e", "", ""),
    ("7333637233742F77226F7227642B3F3C263E7E", "", ""),
    ("s3cr3t%2Fw%22or%27d%2B%3F%3C%26%3E~", "", ""),
    ("s3cr3t%2fw%22or%27d%2b%3f%3c%26%3e~", "", ""),
    ("s3cr3t%2Fw%22or%27d%2B%3F%3C%26%3E%7E", "", ""),
    (r#"s3cr3t/w\"or'd+?<&>~"#, "", ""),
    (r#"s3cr3t\/w\"or'd+?<&>~"#, "", ""),
    (
        r"\u0073\u0033\u0063\u0072\u0033\u0074\u002f\u0077\u0022\u006f\u0072\u0027\u0064\u002b\u003f\u003c\u0026\u003e\u007e",
        "",
        "",
    ),
    ("s3cr3t/w&quot;or&#x27;d+?&lt;&amp;&gt;~", "", ""),
    (r#"s3cr3t/w"or'"'"'d+?<&>~"#, "", ""),
    (
        "s\x003\x00c\x00r\x003\x00t\x00/\x00w\x00\"\x00o\x00r\x00'\x00d\x00+\x00?\x00<\x00&\x00>\x00~\x00",
        "",
        "",
    ),
    (
        "\x00s\x003\x00c\x00r\x003\x00t\x00/\x00w\x00\"\x00o\x00r\x00'\x00d\x00+\x00?\x00<\x00&\x00>\x00~",
        "",
        "",
    ),
];

#[tokio::test]
async fn an_echo_is_masked_in_every_spelling() {
    for (spelling, before, after) in SPELLINGS {
        // In the middle of bytes that are no text, over the border of two chunks.
        let (head, tail) = spelling.as_bytes().split_at(spelling.len() / 2);
        let (head, tail) = ([b"\xff\xfe ", head].concat(), [tail, b" \xff"].concat());
        let is_text = !spelling.contains('\0');
        let header = if is_text { format!("x-echo: a {spelling} b\r\n") } else { String::new() };
        let server = Server::new(move |_, stream| {
            say(
                stream,
                format!("HTTP/1.1 200 OK\r\n{header}transfer-encoding: chunked\r\n\r\n").as_bytes(),
            );
            for chunk in [&head, &tail] {
                say(
                    stream,
                    &[format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat(),
                );
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            say(stream, b"0\r\n\r\n");
        });
        let gate = granted(&server);
        let token = gate.placeholder("token").unwrap();
        let response = send(&gate, &server, "authorization", &token).await.unwrap();
        assert_eq!(server.received()[0].header("authorization"), Some(CANARY));
        let masked = format!("{before}[REDACTED:token]{after}");
        let expected = [b"\xff\xfe ", masked.as_bytes(), b" \xff"].concat();
        assert_eq!(response.body, expected, "{spelling}: {:?}", response.body);
        if is_text {
            assert_eq!(response.headers["x-echo"], *format!("a {masked} b"), "{spelling}");
        }
    }
}

#[tokio::test]
async fn an_echo_is_masked_in_other_places() {
    let server = Server::new(|request, stream| {
        let sent = request.header("authorization").unwrap();
        let headers = format!("x-a: {sent}\r\nx-a: {sent}\r\nx-plain: 1\r\nx-canary-bird: 1\r\n");
        let failed =
            [b"HTTP/1.1 401 canary-bird\r\n", headers.as_bytes(), b"content-length: 11\r\n\r\n"];
        say(stream, &[&failed.concat(), "canary-BIRD".as_bytes()].concat());
    });
    let secrets = [("token".to_owned(), SecretValue::new("canary-BIRD".to_owned()))];
    let granted = with_token(grants(&[server.url("")]), &["127.0.0.1"]);
    let gate = Gate::new("plugins.ci", &granted, secrets.into()).unwrap();
    let basic = format!("u:{}", gate.placeholder("token").unwrap());
    let basic = format!("Basic {}", Base64::encode_string(basic.as_bytes()));
    let response = send(&gate, &server, "authorization", &basic).await.unwrap();
    assert_eq!(response.body, "[REDACTED:token]");
    assert_eq!(response.headers["content-length"], "16");
    let shown = format!("{response:?}").to_lowercase();
    assert!(!shown.contains("canary-bird") && !shown.contains("y2fuyxj5lujju"), "{shown}");
    assert!(shown.contains("x-plain"), "{shown}");
    assert_eq!(response.headers.get_all("x-a").iter().count(), 2);
}

#[tokio::test]
async fn a_secret_is_masked_also_where_it_was_not_sent() {
    let server = Server::saying(ok("", CANARY.as_bytes()));
    // It is known, and not granted.
    let gate = Gate::new("plugins.ci", &grants(&[server.url("")]), token()).unwrap();
    assert_eq!(get(&gate, &server.url("/")).await.unwrap().body, "[REDACTED:token]");
}

#[tokio::test]
async fn a_redirect_to_a_secret_does_not_send_it() {
    let location = format!("location: /{CANARY}\r\n");
    let server = Server::new(move |request, stream| {
        let status = if request.head.starts_with("GET / ") { "302 Found" } else { "200 OK" };
        say(stream, format!("HTTP/1.1 {status}\r\n{location}content-length: 0\r\n\r\n").as_bytes());
    });
    let gate = granted(&server);
    get(&gate, &server.url("/")).await.unwrap();
    assert!(!server.received()[1].head.contains("s3cr3t"), "{}", server.received()[1].head);
}
