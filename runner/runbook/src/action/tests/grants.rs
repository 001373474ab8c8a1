//! Grants: what is asked for, as far as it is granted.

use hardstop_core::model::Grants;

use super::{
    super::{Manifest, effective, origin::in_common},
    parsed,
};
use crate::config;

/// What the configuration grants the plugin `ci`.
fn granted(text: &str) -> Grants {
    let text = format!(
        "apiVersion: hardstop/v1\nkind: Config\nplugins:\n  ci:\n    {}\n",
        text.replace('\n', "\n    ")
    );
    config("config.yaml", &text).unwrap().plugins.remove("ci").unwrap()
}

fn origins(grants: &Grants) -> Vec<String> {
    grants.http.iter().map(ToString::to_string).collect()
}

fn missing(manifest: &Manifest, text: &str) -> Vec<String> {
    effective(manifest, &granted(text)).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_asked_and_granted_is_had() {
    let text = "config: {url: 'https://CI.example.com:8443/jenkins/'}
grants:
  http:
    - {origin: 'https://*.example.com:8443', methods: [GET, DELETE]}
    - {origin: 'https://a.cdn.example.com'}
    - {origin: 'https://elsewhere.example.org'}
  secrets:
    token: {env: CI_TOKEN, header: Authorization, hosts: [ci.example.com]}
    mine: {header: x-mine, hosts: ['*.example.com']}
caps: {response: 64MiB, request_time: 5s, requests: 3}";
    let grants = effective(&parsed(), &granted(text)).unwrap();
    assert_eq!(
        origins(&grants),
        [
            "https://ci.example.com:8443 GET",
            "https://*.cdn.example.com:8443 GET,DELETE",
            "https://a.cdn.example.com:443 any method",
        ]
    );
    assert_eq!(grants.secrets.keys().collect::<Vec<_>>(), ["mine", "token"]);
    assert_eq!(grants.secrets["token"].header, "authorization");
    assert_eq!((grants.caps.response_bytes, grants.caps.requests), (64 << 20, 3));
}

#[test]
fn what_is_missing_is_told() {
    assert_eq!(
        missing(&parsed(), "config: {urll: x}"),
        ["`config.url` is not set: Where it is.", "it has no `config.urll` (did you mean `url`?)"]
    );
    assert_eq!(
        missing(&parsed(), "config: {url: 'https://ci.example.com'}"),
        ["`grants.http` has nothing for https://ci.example.com:443, which it needs: starts builds"]
    );
    assert_eq!(
        missing(&parsed(), "config: {url: ci.example.com}"),
        ["`config.url`: `ci.example.com` is no address such as `https://ci.example.com/path`"]
    );
    let all = "config: {url: 'https://ci.example.com'}
grants:
  http: [{origin: 'https://ci.example.com'}]
  secrets:
    token: {env: A, header: x-token, hosts: ['*']}
    other: {env: A, header: x-token, hosts: ['*']}";
    assert_eq!(
        missing(&parsed(), all),
        [
            "it has no `secrets.other` (known here: token)",
            "`grants.secrets.token` is for the header x-token, and it is asked for authorization",
        ]
    );
}

#[test]
fn wishes_for_any_host_need_one_grant_among_them() {
    let mut manifest = parsed();
    manifest.config.clear();
    manifest.http.drain(..2);
    assert_eq!(missing(&manifest, "config: {}").len(), 1);
    let grants = granted("grants: {http: [{origin: 'http://a.cdn.example.com'}]}");
    assert_eq!(effective(&manifest, &grants).unwrap_err().len(), 1);
    let grants = granted("grants: {http: [{origin: 'https://a.cdn.example.com'}]}");
    assert_eq!(origins(&effective(&manifest, &grants).unwrap()).len(), 1);
    manifest.secrets.get_mut("token").unwrap().required = true;
    let told = effective(&manifest, &grants).unwrap_err()[0].to_string();
    assert!(told.starts_with("`grants.secrets.token` is not granted"), "{told}");
}

#[test]
fn patterns_have_hosts_in_common() {
    let common = |one, other, both: Option<&str>| {
        assert_eq!(in_common(one, other).as_deref(), both, "{one} {other}");
        assert_eq!(in_common(other, one).as_deref(), both, "{other} {one}");
    };
    common("*", "a.example.com", Some("a.example.com"));
    common("*", "*.example.com", Some("*.example.com"));
    common("*.example.com", "a.b.example.com", Some("a.b.example.com"));
    common("*.example.com", "*.b.example.com", Some("*.b.example.com"));
    common("*.example.com", "example.com", None);
    common("*.example.com", "notexample.com", None);
    common("a.example.com", "b.example.com", None);
}

#[test]
fn wrong_grants_are_told() {
    let text = "apiVersion: hardstop/v1
kind: Config
plugins:
  ci:
    grants:
      http:
        - {origin: 'https://ci.example.com/path'}
        - {origin: 'https://*:*'}
        - {origin: 'https://a', methods: [get]}
        - {origin: 'https://a', methods: []}
      secrets:
        a: {header: 'x y', hosts: []}
        b: {env: 1x, header: x, hosts: ['*.com', 'a b']}
        c: {env: A, file: /b, header: x, hosts: [a]}
    caps: {response: 2048MiB, request_time: 0s}
";
    let problems = config("config.yaml", text).unwrap_err();
    let codes: Vec<String> =
        problems.findings().iter().map(|it| format!("{} {}", it.line, it.code)).collect();
    assert_eq!(
        codes,
        [
            "7 config::origin",
            "8 config::origin",
            "9 config::method",
            "10 config::method",
            "12 config::header",
            "12 config::host",
            "13 runbook::invalid-name",
            "13 config::host",
            "13 config::host",
            "14 runbook::secret-source",
            "15 config::size",
            "15 config::duration",
        ]
    );
}
