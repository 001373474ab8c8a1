//! From what was typed to a source, and from a source to bytes.

use std::{env, path::Path};

use hardstop_core::limits::COMPONENT_BYTES_MAX;
#[cfg(feature = "plugins")]
use hardstop_core::model::Caps;
#[cfg(feature = "plugins")]
use hardstop_egress::{Code, Refused};
use hardstop_runbook::action::{Source, is_built_in};

use super::{SHIPPED, shipped, store::read};
use crate::{error::CliError, wire::Site};

/// The source that somebody typed: the name of a shipped plugin, a file, or an address. The text is
/// what the plugin is called until it says its own name.
///
/// # Errors
///
/// If it is none of these.
pub(crate) fn source(site: &Site, typed: &str) -> Result<Source, CliError> {
    if is_built_in(typed) {
        let hint = "a step says `run:`; what it may execute stands at `exec` in the configuration";
        return Err(CliError::usage(format!("`{typed}` is built in: it is not locked"), hint));
    }
    if shipped(typed).is_some() {
        return Ok(Source::Shipped);
    }
    if typed.contains("://") || typed.starts_with("path:") {
        let hint = "name a shipped plugin, a file, or an address that begins with `https://`";
        return typed.parse().map_err(|why: String| CliError::usage(why, hint));
    }
    let here = env::current_dir().map_err(|source| CliError::Path {
        path: ".".to_owned(),
        action: "cannot be entered",
        source,
    })?;
    let path = here.join(typed);
    let Ok(path) = path.canonicalize() else {
        let names: Vec<&str> = SHIPPED.iter().map(|it| it.name).collect();
        return Err(CliError::usage(
            format!("`{typed}` is neither a shipped plugin nor a file"),
            format!("shipped are {}; elsewhere: a file, or `https://…`", names.join(", ")),
        ));
    };
    let text = match path.strip_prefix(&site.root) {
        Ok(inside) => format!("path:{}", inside.display()),
        Err(_) => format!("file://{}", path.display()),
    };
    text.parse().map_err(|why: String| CliError::usage(why, "rename the file"))
}

/// The bytes of a component.
///
/// * `name`: which of the shipped ones.
///
/// # Errors
///
/// If they cannot be had.
pub(crate) fn fetch(site: &Site, name: &str, source: &Source) -> Result<Vec<u8>, CliError> {
    let from = |path: &Path| {
        read(path).map_err(|source| CliError::Path {
            path: path.display().to_string(),
            action: "cannot be read",
            source,
        })
    };
    let bytes = match source {
        Source::Shipped => shipped(name).map(|it| it.bytes.to_vec()).ok_or_else(|| {
            let names: Vec<&str> = SHIPPED.iter().map(|it| it.name).collect();
            CliError::usage(
                format!("no plugin `{name}` is shipped with this release"),
                format!("shipped are {}", names.join(", ")),
            )
        })?,
        Source::Path(path) => from(&site.root.join(path))?,
        Source::File(path) => from(Path::new(path))?,
        Source::Https(address) => download(address, source)?,
    };
    if bytes.len() > COMPONENT_BYTES_MAX {
        return Err(CliError::usage(
            format!("{source} has more than {COMPONENT_BYTES_MAX} bytes"),
            "a component of that size is a mistake",
        ));
    }
    Ok(bytes)
}

/// Downloads through the one way out, granted that one origin and nothing private.
#[cfg(feature = "plugins")]
fn download(address: &str, source: &Source) -> Result<Vec<u8>, CliError> {
    use std::collections::BTreeMap;

    use hardstop_core::model::Grants;
    use hardstop_egress::{Gate, Request};

    let wrong = |why: String| {
        let hint = "download it by other means, and name the file";
        CliError::usage(format!("{address} cannot be downloaded: {why}"), hint)
    };
    let caps = Caps { response_bytes: COMPONENT_BYTES_MAX as u64, ..Caps::default() };
    let grants = Grants { caps, ..source.grants() };
    let gate = Gate::new("plugin add", &grants, BTreeMap::new());
    let gate = gate.map_err(|error| wrong(error.to_string()))?;
    let sent = crate::wire::block_on(async { Ok(gate.send(Request::get(address)).await) })?;
    let response = sent.map_err(|refused| {
        let last = gate.records().pop().map(|it| it.origin).unwrap_or_default();
        wrong(told(refused, &last, &grants.caps))
    })?;
    if !response.status.is_success() {
        return Err(wrong(format!("the server said {}", response.status)));
    }
    Ok(response.body.to_vec())
}

/// Why nothing was downloaded: nobody can grant or raise here what a gate tells of.
///
/// * `last`: the origin that was asked last.
#[cfg(feature = "plugins")]
fn told(refused: Refused, last: &str, caps: &Caps) -> String {
    match refused.code {
        Code::Grant => {
            format!("it leads to another server, {last}: name the address it leads to")
        }
        Code::Address => "its server has no public address".to_owned(),
        Code::Size => format!("it has more than {} bytes", caps.response_bytes),
        Code::Time => format!("there was no whole answer within {}", caps.request_time),
        Code::Url
        | Code::Message
        | Code::Secret
        | Code::Redirect
        | Code::Headers
        | Code::Count
        | Code::Name
        | Code::Unreachable
        | Code::Tls
        | Code::Broken
        | Code::Answer => refused.message,
    }
}

/// This build has no way out.
#[cfg(not(feature = "plugins"))]
fn download(address: &str, _source: &Source) -> Result<Vec<u8>, CliError> {
    Err(super::host::runs_none(&format!("{address} cannot be downloaded")))
}

#[cfg(all(test, feature = "plugins"))]
mod tests {
    use hardstop_core::model::Caps;
    use hardstop_egress::{Code, Refused};

    use super::told;

    #[test]
    fn nobody_is_told_to_grant_what_no_configuration_can() {
        let caps = Caps::default();
        let told = |code| {
            let message = "raise `plugin add.caps`".to_owned();
            told(Refused { code, message }, "https://files.example.com:443", &caps)
        };
        let leads = "https://files.example.com:443: name the address it leads to";
        assert!(told(Code::Grant).ends_with(leads));
        for code in [Code::Grant, Code::Address, Code::Size, Code::Time] {
            assert!(!told(code).contains("plugin add"), "{code:?}: {}", told(code));
        }
        assert_eq!(told(Code::Tls), "raise `plugin add.caps`");
    }
}
