//! Gates, grants and names for tests.

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use hardstop_core::model::{Grants, HttpGrant, SecretGrant};
use hardstop_ports::secrets::SecretValue;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::{
    Gate, Refused, Request, Response,
    connect::{Resolve, Resolving, Trust, system_trust},
};

/// A secret with every character that some encoding changes.
pub(super) const CANARY: &str = r#"s3cr3t/w"or'd+?<&>~"#;

/// Names that stand for what a test says, one answer after the other; the last one stays.
#[derive(Default)]
pub(super) struct Names {
    answers: BTreeMap<String, Mutex<Vec<Vec<IpAddr>>>>,
    pub(super) asked: AtomicUsize,
}

impl Names {
    /// Everything below `example.com` that tests use is on this machine.
    pub(super) fn here() -> Self {
        let names = ["api.example.com", "other.example.com", "example.com", "evil.example"];
        names.into_iter().fold(Self::default(), |all, name| all.and(name, &[&["127.0.0.1"]]))
    }

    pub(super) fn and(mut self, name: &str, answers: &[&[&str]]) -> Self {
        let answers = answers.iter().map(|one| one.iter().map(|a| a.parse().unwrap()).collect());
        drop(self.answers.insert(name.to_owned(), Mutex::new(answers.collect())));
        self
    }
}

impl Resolve for Names {
    fn resolve(&self, name: String) -> Resolving {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers.get(&name).map(|answers| {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
        });
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

/// `scheme://host[:port]`, with hosts as grants have them; private addresses allowed.
pub(super) fn grant(origin: &str, methods: &[&str]) -> HttpGrant {
    let (scheme, rest) = origin.split_once("://").unwrap();
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap()),
        _ => (rest, if scheme == "https" { 443 } else { 80 }),
    };
    let host = host.trim_matches(['[', ']']);
    HttpGrant {
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        port,
        methods: methods.iter().map(ToString::to_string).collect(),
        private: true,
    }
}

/// Grants requests to these, with any method.
pub(super) fn grants(origins: &[String]) -> Grants {
    let http = origins.iter().map(|origin| grant(origin.trim_end_matches('/'), &[])).collect();
    Grants { http, ..Grants::default() }
}

/// Grants `token`, into `authorization`, to these hosts.
pub(super) fn with_token(mut grants: Grants, hosts: &[&str]) -> Grants {
    let hosts = hosts.iter().map(ToString::to_string).collect();
    let secret = SecretGrant { source: None, header: "authorization".to_owned(), hosts };
    drop(grants.secrets.insert("token".to_owned(), secret));
    grants
}

/// `token`, which is the canary.
pub(super) fn token() -> BTreeMap<String, SecretValue> {
    [("token".to_owned(), SecretValue::new(CANARY.to_owned()))].into()
}

/// A gate without secrets that knows [`Names::here`].
pub(super) fn gate(grants: &Grants) -> Gate {
    gate_with(grants, Arc::new(Names::here()), system_trust)
}

/// A gate with the canary.
pub(super) fn gate_with_token(grants: &Grants) -> Gate {
    Gate::with("plugins.ci", grants, token(), Arc::new(Names::here()), system_trust).unwrap()
}

pub(super) fn gate_with(grants: &Grants, names: Arc<Names>, trust: Trust) -> Gate {
    Gate::with("plugins.ci", grants, BTreeMap::new(), names, trust).unwrap()
}

/// A request with headers.
pub(super) fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Request {
    let headers = headers.iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    Request {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        url: url.to_owned(),
        headers: headers.collect::<HeaderMap>(),
        body: Bytes::new(),
    }
}

pub(super) async fn get(gate: &Gate, url: &str) -> Result<Response, Refused> {
    gate.send(request("GET", url, &[])).await
}
