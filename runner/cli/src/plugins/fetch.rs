//! From what was typed to a source, and from a source to bytes.

use std::path::Path;

use hardstop_core::limits::COMPONENT_BYTES_MAX;
use hardstop_runbook::action::{Source, is_built_in};

use super::{SHIPPED, download, shipped, store::read};
use crate::{error::CliError, wire::here};

/// The source that somebody typed: the name of a shipped plugin, a file, or an address. The text is
/// what the plugin is called until it says its own name.
///
/// * `root`: the top of the repository; files below it are named from there.
///
/// # Errors
///
/// If it is none of these.
pub(crate) fn source(root: &Path, typed: &str) -> Result<Source, CliError> {
    if is_built_in(typed) {
        let hint = "a step says `run:`; what it may execute stands at `exec` in the configuration";
        return Err(CliError::usage(format!("`{typed}` is built in: it is not locked"), hint));
    }
    if shipped(typed).is_some() {
        return Ok(Source::Shipped);
    }
    if typed == "shipped" || typed.contains("://") || typed.starts_with("path:") {
        let hint = "name a shipped plugin, a file, or an address that begins with `https://`";
        return typed.parse().map_err(|why: String| CliError::usage(why, hint));
    }
    let path = here()?.join(typed);
    let Ok(path) = path.canonicalize() else {
        let names: Vec<&str> = SHIPPED.iter().map(|it| it.name).collect();
        return Err(CliError::usage(
            format!("`{typed}` is neither a shipped plugin nor a file"),
            format!("shipped are {}; elsewhere: a file, or `https://…`", names.join(", ")),
        ));
    };
    let text = match path.strip_prefix(root) {
        Ok(inside) => format!("path:{}", inside.display()),
        Err(_) => format!("file://{}", path.display()),
    };
    text.parse().map_err(|why: String| CliError::usage(why, "rename the file"))
}

/// The bytes of a component.
///
/// * `root`: the top of the repository.
/// * `name`: which of the shipped ones.
///
/// # Errors
///
/// If they cannot be had.
pub(crate) fn fetch(root: &Path, name: &str, source: &Source) -> Result<Vec<u8>, CliError> {
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
        Source::Path(path) => from(&root.join(path))?,
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
