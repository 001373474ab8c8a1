//! Addresses that look like others.

use reqwest::Method;

use crate::{Code, target::Target};

use super::kit::{gate, get, grant, grants};

/// Where an address really leads.
fn origin(url: &str) -> String {
    Target::parse(url).unwrap().origin()
}

#[test]
fn traps_lead_where_browsers_would_go() {
    for (url, expected) in [
        ("https://evil.example\\@api.example.com/", "https://evil.example:443"),
        ("https://evil.example/@api.example.com/", "https://evil.example:443"),
        ("https://evil.example?@api.example.com/", "https://evil.example:443"),
        ("https://evil.example#@api.example.com/", "https://evil.example:443"),
        ("https://2130706433/", "https://127.0.0.1:443"),
        ("https://0x7f.1/", "https://127.0.0.1:443"),
        ("https://0177.0.0.1/", "https://127.0.0.1:443"),
        ("https://127.1/", "https://127.0.0.1:443"),
        ("https://%31%32%37.0.0.1/", "https://127.0.0.1:443"),
        ("https://１２７.0.0.1/", "https://127.0.0.1:443"),
        ("https://[::ffff:7f00:1]/", "https://[::ffff:7f00:1]:443"),
        ("https://API.Example.COM/", "https://api.example.com:443"),
        ("https://api.example.com./", "https://api.example.com:443"),
        ("https://api.example.com:443/", "https://api.example.com:443"),
        ("http://api.example.com/", "http://api.example.com:80"),
        ("https:api.example.com", "https://api.example.com:443"),
        ("  https://api.exam\tple.com/", "https://api.example.com:443"),
        ("https://bücher.example/", "https://xn--bcher-kva.example:443"),
    ] {
        assert_eq!(origin(url), expected, "{url}");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    let long = format!("https://api.example.com/{}", "a".repeat(9_000));
    for url in [
        "https://api.example.com@evil.example/",
        "https://user:password@api.example.com/",
        "https://:password@api.example.com/",
        "https://",
        "https://api.example.com:99999/",
        "https://[::1/",
        "https://exa mple.com/",
        "https://1.2.3.4.5/",
        "/relative",
        "",
        "ftp://api.example.com/",
        "file:///etc/passwd",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "ws://api.example.com/",
        &long,
    ] {
        assert_eq!(Target::parse(url).unwrap_err().code, Code::Url, "{url}");
    }
}

#[test]
fn fragments_are_not_sent() {
    let target = Target::parse("https://api.example.com/a?b=c#d").unwrap();
    assert_eq!((target.url.as_str(), &*target.path()), ("https://api.example.com/a?b=c", "/a?b=c"));
}

/// Whether one grant allows an address.
fn is_granted(origin: &str, url: &str) -> bool {
    let grants = [grant(origin, &[])];
    Target::parse(url).unwrap().granted(&Method::GET, &grants, "plugins.ci").is_ok()
}

#[test]
fn hosts_are_matched_whole() {
    for (origin, url, expected) in [
        ("https://api.example.com", "https://api.example.com/", true),
        ("https://api.example.com", "https://API.EXAMPLE.COM./", true),
        ("https://api.example.com", "https://api.example.com.evil.example/", false),
        ("https://api.example.com", "https://xapi.example.com/", false),
        ("https://api.example.com", "https://example.com/", false),
        ("https://api.example.com", "https://api.example.com../", false),
        ("https://*.example.com", "https://api.example.com/", true),
        ("https://*.example.com", "https://a.b.example.com/", true),
        ("https://*.example.com", "https://example.com/", false),
        ("https://*.example.com", "https://evilexample.com/", false),
        ("https://*.example.com", "https://example.com.evil.example/", false),
        ("https://*example.com", "https://evilexample.com/", false),
        ("https://*.0.0.1", "https://127.0.0.1/", false),
        ("https://*", "https://anything.example/", true),
        ("https://*", "https://10.0.0.1/", true),
        ("https://127.0.0.1", "https://2130706433/", true),
        ("https://127.0.0.1", "https://[::ffff:127.0.0.1]/", false),
        ("https://[0:0:0:0:0:0:0:1]", "https://[::1]/", true),
        ("https://[::1]", "https://[::2]/", false),
    ] {
        assert_eq!(is_granted(origin, url), expected, "{origin} {url}");
    }
}

#[test]
fn schemes_and_ports_are_matched() {
    for (origin, url, expected) in [
        ("https://api.example.com", "http://api.example.com/", false),
        ("https://api.example.com", "http://api.example.com:443/", false),
        ("http://api.example.com", "https://api.example.com/", false),
        ("http://api.example.com", "http://api.example.com:80/", true),
        ("https://api.example.com", "https://api.example.com:8443/", false),
        ("https://api.example.com:8443", "https://api.example.com:8443/", true),
        ("https://api.example.com:8443", "https://api.example.com/", false),
    ] {
        assert_eq!(is_granted(origin, url), expected, "{origin} {url}");
    }
}

#[tokio::test]
async fn literals_are_judged_without_a_grant_for_private_ones() {
    let mut any = grants(&["http://*".to_owned()]);
    any.http[0].private = false;
    let gate = gate(&any);
    for url in ["http://127.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://0/"] {
        assert_eq!(get(&gate, url).await.unwrap_err().code, Code::Address, "{url}");
    }
}

#[tokio::test]
async fn some_literals_are_refused_whatever_is_granted() {
    let gate = gate(&grants(&["http://*".to_owned()]));
    for url in ["http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "http://0.0.0.0/"] {
        let refused = get(&gate, url).await.unwrap_err();
        assert_eq!(refused.code, Code::Address, "{url}");
        assert!(refused.message.ends_with("no request may go there"), "{refused}");
    }
}
