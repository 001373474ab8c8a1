//! What a plugin may do: what its manifest asks for, as far as the configuration grants it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use hardstop_core::model::{Grants, HttpGrant, SecretGrant};

use super::{
    manifest::{HttpWish, Manifest},
    origin::{Origin, config_key, in_common, origin_of_address, wish_origin},
};
use crate::spelling;

/// Something in the configuration that keeps a plugin from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A setting nothing works without.
    Config {
        /// Its name.
        key: String,
        /// What it means.
        summary: String,
    },
    /// A setting that cannot be used.
    Unfit {
        /// Its name.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something that is configured or granted, and that the plugin does not know.
    Unknown {
        /// Where it stands: `config.url`.
        at: String,
        /// What may have been meant.
        help: Option<String>,
    },
    /// Requests it was not granted.
    Http {
        /// Where to, the configuration's texts put in.
        origin: String,
        /// What for.
        why: String,
    },
    /// A secret nothing works without.
    Secret {
        /// Its name.
        name: String,
        /// What it is.
        summary: String,
        /// The header it goes into.
        header: String,
    },
    /// A secret that was granted for another header than the one it is asked for.
    Header {
        /// The secret's name.
        name: String,
        /// The header that the plugin asks for.
        asked: String,
        /// The one that is granted.
        granted: String,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config { key, summary } => write!(f, "`config.{key}` is not set: {summary}"),
            Self::Unfit { key, why } => write!(f, "`config.{key}`: {why}"),
            Self::Unknown { at, help } => {
                write!(f, "it has no `{at}`")?;
                help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
            }
            Self::Http { origin, why } => {
                write!(f, "`grants.http` has nothing for {origin}, which it needs: {why}")
            }
            Self::Secret { name, summary, header } => {
                write!(
                    f,
                    "`grants.secrets.{name}` is not granted, for the header {header}: {summary}"
                )
            }
            Self::Header { name, asked, granted } => write!(
                f,
                "`grants.secrets.{name}` is for the header {granted}, and it is asked for {asked}"
            ),
        }
    }
}

/// What a plugin may do: the part of its manifest's wishes that `granted` covers.
///
/// A wish for one host must be granted, at least in part; of wishes for hosts by pattern, at least
/// one. A secret without a source of its own is one of the runbook's, and is granted unasked,
/// because no manifest can know its name.
///
/// # Errors
///
/// All that is missing, each a line for the person who writes the configuration.
pub fn effective(manifest: &Manifest, granted: &Grants) -> Result<Grants, Vec<Missing>> {
    let mut missing = Vec::new();
    let mut grants = Grants { caps: granted.caps.clone(), ..Grants::default() };
    for (key, setting) in &manifest.config {
        match granted.config.get(key) {
            Some(value) => drop(grants.config.insert(key.clone(), value.clone())),
            None if setting.required => {
                missing
                    .push(Missing::Config { key: key.clone(), summary: setting.summary.clone() });
            }
            None => {}
        }
    }
    for key in granted.config.keys().filter(|key| !manifest.config.contains_key(*key)) {
        let help = spelling::suggest(key, manifest.config.keys().map(String::as_str));
        missing.push(Missing::Unknown { at: format!("config.{key}"), help });
    }
    http(manifest, granted, &mut grants, &mut missing);
    secrets(manifest, granted, &mut grants, &mut missing);
    if missing.is_empty() { Ok(grants) } else { Err(missing) }
}

/// What a plugin may do where it is granted all it asks for, and nothing else: for trying it.
///
/// * `secrets`: the names of those that are granted.
///
/// # Errors
///
/// As [`effective`], and for a secret that the manifest does not ask for.
pub fn in_full(
    manifest: &Manifest,
    config: &BTreeMap<String, String>,
    secrets: &BTreeSet<String>,
) -> Result<Grants, Vec<Missing>> {
    let mut granted = Grants { config: config.clone(), ..Grants::default() };
    for wish in &manifest.http {
        // What is wrong with a setting is said below.
        let Ok(Some(Origin { scheme, host, port })) = asked(wish, &granted) else { continue };
        let port = port.unwrap_or(if scheme == "https" { 443 } else { 80 });
        let methods = wish.methods.clone();
        granted.http.push(HttpGrant { scheme, host, port, methods, private: false });
    }
    let hosts: Vec<String> = granted.http.iter().map(|grant| grant.host.clone()).collect();
    let mut unknown = Vec::new();
    for name in secrets {
        if let Some(wish) = manifest.secrets.get(name) {
            let (header, hosts) = (wish.header.clone(), hosts.clone());
            let grant = SecretGrant { source: None, header, hosts };
            granted.secrets.insert(name.clone(), grant);
        } else {
            let help = spelling::suggest(name, manifest.secrets.keys().map(String::as_str));
            unknown.push(Missing::Unknown { at: format!("secrets.{name}"), help });
        }
    }
    match effective(manifest, &granted) {
        Ok(grants) if unknown.is_empty() => Ok(grants),
        Ok(_) => Err(unknown),
        Err(missing) => Err(unknown.into_iter().chain(missing).collect()),
    }
}

fn http(manifest: &Manifest, granted: &Grants, grants: &mut Grants, missing: &mut Vec<Missing>) {
    let mut open = None;
    for wish in &manifest.http {
        let asked = match asked(wish, granted) {
            Ok(Some(origin)) => origin,
            // A setting that is left out: nothing is asked for.
            Ok(None) => continue,
            Err(unfit) => {
                missing.push(unfit);
                continue;
            }
        };
        let before = grants.http.len();
        for grant in granted.http.iter().filter_map(|grant| common(&asked, wish, grant)) {
            if !grants.http.contains(&grant) {
                grants.http.push(grant);
            }
        }
        if grants.http.len() > before || covered(&asked, wish, granted) {
            continue;
        }
        let lacking = Missing::Http { origin: in_words(&asked), why: wish.why.clone() };
        if asked.host.starts_with('*') {
            open = open.or(Some(lacking));
        } else {
            missing.push(lacking);
        }
    }
    if grants.http.is_empty() && missing.is_empty() {
        missing.extend(open);
    }
}

/// The origin that is asked for.
fn asked(wish: &HttpWish, granted: &Grants) -> Result<Option<Origin>, Missing> {
    let Some(key) = config_key(&wish.origin) else {
        // A manifest in a lock file that somebody edited: nothing is granted to it.
        return Ok(wish_origin(&wish.origin).ok());
    };
    let Some(value) = granted.config.get(key) else { return Ok(None) };
    let unfit = |why| Missing::Unfit { key: key.to_owned(), why };
    origin_of_address(value).map(Some).map_err(unfit)
}

/// Whether a grant covers any of a wish, be it one that was counted before.
fn covered(asked: &Origin, wish: &HttpWish, granted: &Grants) -> bool {
    granted.http.iter().any(|grant| common(asked, wish, grant).is_some())
}

/// What a wish and a grant have in common.
fn common(asked: &Origin, wish: &HttpWish, grant: &HttpGrant) -> Option<HttpGrant> {
    let fits = asked.scheme == grant.scheme && asked.port.is_none_or(|port| port == grant.port);
    let host = in_common(&asked.host, &grant.host).filter(|_| fits)?;
    let methods = match (wish.methods.as_slice(), grant.methods.as_slice()) {
        ([], any) | (any, []) => any.to_vec(),
        (asked, granted) => {
            let both = asked.iter().filter(|method| granted.contains(method));
            let both: Vec<String> = both.cloned().collect();
            if both.is_empty() {
                return None;
            }
            both
        }
    };
    Some(HttpGrant { host, methods, ..grant.clone() })
}

fn in_words(origin: &Origin) -> String {
    let Origin { scheme, host, port } = origin;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let port = port.map_or_else(|| "*".to_owned(), |port| port.to_string());
    format!("{scheme}://{host}:{port}")
}

fn secrets(manifest: &Manifest, granted: &Grants, grants: &mut Grants, missing: &mut Vec<Missing>) {
    for (name, grant) in &granted.secrets {
        match manifest.secrets.get(name) {
            Some(wish) if wish.header != grant.header => missing.push(Missing::Header {
                name: name.clone(),
                asked: wish.header.clone(),
                granted: grant.header.clone(),
            }),
            None if grant.source.is_some() => {
                let help = spelling::suggest(name, manifest.secrets.keys().map(String::as_str));
                missing.push(Missing::Unknown { at: format!("secrets.{name}"), help });
            }
            Some(_) | None => drop(grants.secrets.insert(name.clone(), grant.clone())),
        }
    }
    for (name, wish) in &manifest.secrets {
        if wish.required && !granted.secrets.contains_key(name) {
            missing.push(Missing::Secret {
                name: name.clone(),
                summary: wish.summary.clone(),
                header: wish.header.clone(),
            });
        }
    }
}
