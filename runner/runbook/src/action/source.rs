//! Where a component comes from.

use std::{fmt, str::FromStr};

use hardstop_core::model::{Grants, HttpGrant};
use serde::{Deserialize, Serialize};

use super::origin::origin_of_address;
use crate::path;

/// Where a component comes from, as the lock file says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// This program: `shipped`.
    Shipped,
    /// A file of the repository, from its top: `path:plugins/mine.wasm`.
    Path(String),
    /// A file of this machine, by its absolute path: `file:///srv/plugins/mine.wasm`.
    File(String),
    /// A server: `https://plugins.example.com/mine.wasm`, the whole address.
    Https(String),
}

impl Source {
    /// What it takes to fetch from there: GET requests to its one origin, which must be public.
    /// Nothing where no server is asked.
    pub fn grants(&self) -> Grants {
        let origin = match self {
            Self::Https(address) => origin_of_address(address).ok(),
            Self::Shipped | Self::Path(_) | Self::File(_) => None,
        };
        let grant = origin.and_then(|it| {
            let methods = vec!["GET".to_owned()];
            let (scheme, host) = (it.scheme, it.host);
            Some(HttpGrant { scheme, host, port: it.port?, methods, private: false })
        });
        Grants { http: grant.into_iter().collect(), ..Grants::default() }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) || text.len() > 1_000 {
            return Err("a source has neither spaces nor more than 1000 bytes".to_owned());
        }
        if text == "shipped" {
            return Ok(Self::Shipped);
        }
        if let Some(path) = text.strip_prefix("path:") {
            return match path::inside(path) {
                Ok(()) if !path.contains("${{") => Ok(Self::Path(path.to_owned())),
                Ok(()) => Err(format!("`{path}` is no path")),
                Err(why) => Err(why),
            };
        }
        if let Some(path) = text.strip_prefix("file://") {
            if path.starts_with('/') && !path.split('/').any(|part| part == "..") {
                return Ok(Self::File(path.to_owned()));
            }
            return Err(format!(
                "`{text}` names no absolute path, such as `file:///srv/mine.wasm`"
            ));
        }
        if let Some(rest) = text.strip_prefix("https://") {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.contains('@') {
                return Err("an address in the lock file holds no user and no password".to_owned());
            }
            if origin_of_address(text)?.host.contains('*') {
                return Err(format!("`{host}` is no host such as `plugins.example.com`"));
            }
            return Ok(Self::Https(text.to_owned()));
        }
        Err(format!("`{text}` is none of `shipped`, `path:…`, `file:///…` and `https://…`"))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped => f.write_str("shipped"),
            Self::Path(path) => write!(f, "path:{path}"),
            Self::File(path) => write!(f, "file://{path}"),
            Self::Https(address) => f.write_str(address),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}
