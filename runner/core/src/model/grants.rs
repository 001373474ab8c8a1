//! What a plugin may reach: the part of its manifest's wishes that the configuration grants.

use std::{collections::BTreeMap, fmt};

use super::Secret;
use crate::time::Millis;

/// Everything one plugin is allowed, and nothing else is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// What it reads under `wasi:config`; no secrets.
    pub config: BTreeMap<String, String>,
    /// Where it may send requests.
    pub http: Vec<HttpGrant>,
    /// The secrets it may have put into headers, by name.
    pub secrets: BTreeMap<String, SecretGrant>,
    /// How much of everything.
    pub caps: Caps,
}

/// Requests that may be sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpGrant {
    /// `https` or `http`.
    pub scheme: String,
    /// A host in lower case, or `*.` and one: any host below it, not the host itself; `*` for any.
    /// An address of IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// In upper case; any if empty.
    pub methods: Vec<String>,
    /// Whether the name may stand for an address of a private network or of this machine.
    /// Link-local, metadata, multicast and unspecified addresses are refused whatever this says.
    pub private: bool,
}

/// A secret, and where its value may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretGrant {
    /// Where this runner finds it; `None` for a secret of the runbook, which brings its own source.
    pub source: Option<Secret>,
    /// The one header it may be put into, in lower case.
    pub header: String,
    /// The hosts it may go to, spelt as in [`HttpGrant::host`]. Without TLS it goes only to addresses
    /// of private networks and of this machine.
    pub hosts: Vec<String>,
}

/// Bounds of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of one response's body.
    pub response_bytes: u64,
    /// Time for one request, from connecting to the last byte.
    pub request_time: Millis,
    /// Requests of one call, redirects included.
    pub requests: u32,
}

impl Grants {
    /// What may be reached, each in a line for people: what the journal says of an attempt.
    pub fn words(&self) -> Vec<String> {
        let http = self.http.iter().map(ToString::to_string);
        http.chain(self.secrets.iter().map(secret)).collect()
    }

    /// What stands in those lines, and no more: what was granted since does not count.
    #[must_use]
    pub fn within(mut self, words: &[String]) -> Self {
        self.http.retain(|grant| words.contains(&grant.to_string()));
        self.secrets.retain(|name, grant| words.contains(&secret((name, grant))));
        self
    }
}

/// What commands may execute, in lines for people: the programs, or all.
pub fn programs(allow: Option<&[String]>) -> Vec<String> {
    match allow {
        Some(programs) => programs.iter().map(|program| format!("exec {program}")).collect(),
        None => vec!["exec any program".to_owned()],
    }
}

fn secret((name, grant): (&String, &SecretGrant)) -> String {
    format!("secret {name} in {} to {}", grant.header, grant.hosts.join(","))
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            response_bytes: crate::limits::CALL_RESPONSE_BYTES,
            request_time: crate::limits::CALL_REQUEST_TIME,
            requests: crate::limits::CALL_REQUESTS_MAX,
        }
    }
}

/// `https://ci.example.com:443 GET,POST`, with `private` at the end if it may be one.
impl fmt::Display for HttpGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, methods, private } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let methods = if methods.is_empty() { "any method".to_owned() } else { methods.join(",") };
        let private = if *private { " private" } else { "" };
        write!(f, "{scheme}://{host}:{port} {methods}{private}")
    }
}
