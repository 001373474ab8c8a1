//! Whether a manifest may be used: all that its shape does not say.

use hardstop_core::ids::ItemId;
use serde_json::Value;

use super::{
    built_in::is_built_in,
    error::InvalidManifest,
    fit::fit,
    instance::Instance,
    manifest::{Action, HttpWish, Manifest, Role, SecretWish},
    origin::{config_key, wish_origin},
    schema,
};
use crate::spelling;

type Examined = Result<(), InvalidManifest>;

/// The versions of the contract that this release speaks.
const CONTRACTS: [&str; 1] = ["0.1.0"];
/// Actions of one plugin: more than that is several plugins.
const ACTIONS_MAX: usize = 100;
/// Of each other list: more than that nobody reviews.
const ENTRIES_MAX: usize = 50;
/// Characters of a line: a summary, the reason of a wish.
const LINE_CHARS_MAX: usize = 200;

/// Examines a manifest.
///
/// # Errors
///
/// The first thing that is wrong.
pub(super) fn examine(manifest: &Manifest) -> Examined {
    let whole = serde_json::to_value(manifest).expect("a manifest is JSON");
    plain("", &whole).map_err(|at| InvalidManifest::new(at, UNPLAIN))?;
    let Manifest { name, version, contract, summary, exec, .. } = manifest;
    let Manifest { config, http, secrets, actions, .. } = manifest;
    named("name", name)?;
    if is_built_in(name) {
        return wrong("name", format!("`{name}` is built in: no plugin may have its name"));
    }
    if exec.is_some() {
        return wrong("exec", "only what is built in executes programs".to_owned());
    }
    if version.is_empty() || version.len() > 64 || !version.chars().all(is_version) {
        return wrong("version", format!("`{}` is not a version such as `0.1.0`", short(version)));
    }
    if !CONTRACTS.contains(&contract.as_str()) {
        let known = CONTRACTS.join(", ");
        let why = format!("`{}` is not known here; this release speaks {known}", short(contract));
        return wrong("contract", why);
    }
    line("summary", summary)?;
    few("config", config.len())?;
    for (key, setting) in config {
        keyed(&format!("config.{key}"), key)?;
        line(&format!("config.{key}.summary"), &setting.summary)?;
    }
    few("http", http.len())?;
    for (index, wish) in http.iter().enumerate() {
        requests(&format!("http[{index}]"), wish, manifest)?;
    }
    few("secrets", secrets.len())?;
    for (key, wish) in secrets {
        secret(&format!("secrets.{key}"), key, wish)?;
    }
    if actions.is_empty() || actions.len() > ACTIONS_MAX {
        let why = format!("there are {}; at least one and at most {ACTIONS_MAX}", actions.len());
        return wrong("actions", why);
    }
    for (key, it) in actions {
        let at = format!("actions.{key}");
        named(&at, key)?;
        action(&at, it)
            .map_err(|error| InvalidManifest { at: format!("{at}{}", error.at), ..error })?;
    }
    Ok(())
}

fn requests(at: &str, wish: &HttpWish, manifest: &Manifest) -> Examined {
    line(&format!("{at}.why"), &wish.why)?;
    for method in &wish.methods {
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let why = format!("`{}` is not a method such as `GET`", short(method));
            return wrong(&format!("{at}.methods"), why);
        }
    }
    let origin = format!("{at}.origin");
    let Some(key) = config_key(&wish.origin) else {
        return wish_origin(&wish.origin)
            .map(drop)
            .map_err(|why| InvalidManifest::new(origin, why));
    };
    if manifest.config.contains_key(key) {
        return Ok(());
    }
    let help = spelling::suggest(key, manifest.config.keys().map(String::as_str));
    let help = help.map(|help| format!(" ({help})")).unwrap_or_default();
    wrong(&origin, format!("there is no `{}` in `config`{help}", short(key)))
}

fn secret(at: &str, name: &str, wish: &SecretWish) -> Examined {
    keyed(at, name)?;
    line(&format!("{at}.summary"), &wish.summary)?;
    if !is_header(&wish.header) {
        let why = format!("`{}` is not a header in lower case", short(&wish.header));
        return wrong(&format!("{at}.header"), why);
    }
    Ok(())
}

fn action(at: &str, action: &Action) -> Examined {
    line(".summary", &action.summary)?;
    match action.role {
        Role::Action | Role::Notify => {}
        Role::Targets | Role::Train => {
            let why = format!("`{}` comes with a later contract", action.role.name());
            return wrong(".role", why);
        }
    }
    for (key, schema) in [("input", &action.input), ("output", &action.output)] {
        schema::examine(schema).map_err(|why| InvalidManifest::new(format!(".{key}"), why))?;
    }
    few(".examples", action.examples.len())?;
    for (index, example) in action.examples.iter().enumerate() {
        let place = format!(".examples[{index}]");
        line(&format!("{place}.title"), &example.title)?;
        let Value::Object(_) = &example.with else {
            return wrong(&format!("{place}.with"), "it is not an object".to_owned());
        };
        let complaints = fit(&action.input, at, &Instance::of_json(&example.with))
            .map_err(|why| InvalidManifest::new(".input", why))?;
        if let Some(first) = complaints.first() {
            return wrong(&format!("{place}.with"), first.message.clone());
        }
    }
    Ok(())
}

/// What is wrong with a text that is not [`plain`].
pub(super) const UNPLAIN: &str = "it holds a control character, which could deceive a terminal";

/// Whether no text, and no name of a member, holds a control character besides line breaks and tabs:
/// what people are shown of a plugin must not move their cursor.
///
/// # Errors
///
/// Where the first of them is, below `at`.
pub(super) fn plain(at: &str, value: &Value) -> Result<(), String> {
    let is_plain = |text: &str| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    match value {
        Value::String(text) if !is_plain(text) => Err(at.to_owned()),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, item)| plain(&format!("{at}[{index}]"), item))
        }
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            let dot = if at.is_empty() { "" } else { "." };
            let at = format!("{at}{dot}{}", short(name));
            if is_plain(name) { plain(&at, member) } else { Err(at) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// What a parser says, without the control characters that it quotes.
pub(super) fn said(error: &serde_json::Error) -> String {
    error.to_string().replace(char::is_control, " ")
}

fn wrong(at: &str, why: String) -> Examined {
    Err(InvalidManifest::new(at, why))
}

fn few(at: &str, count: usize) -> Examined {
    if count <= ENTRIES_MAX {
        return Ok(());
    }
    wrong(at, format!("there are {count}; at most {ENTRIES_MAX}"))
}

/// Whether it may be the name of a plugin or an action: `[a-z][a-z0-9-]{0,62}`.
pub fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The name of a header in lower case that a secret may be put into.
pub(crate) fn is_header(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn named(at: &str, name: &str) -> Examined {
    if is_name(name) {
        return Ok(());
    }
    let rule = "lower-case letters, digits and `-`, a letter first, at most 63";
    wrong(at, format!("`{}` cannot be a name: use {rule}", short(name)))
}

/// The name of a setting or a secret: that of an input of a runbook.
fn keyed(at: &str, name: &str) -> Examined {
    name.parse::<ItemId>().map(drop).map_err(|error| {
        let why = format!("`{}` cannot be a name: use {}", short(name), error.rule);
        InvalidManifest::new(at, why)
    })
}

fn line(at: &str, text: &str) -> Examined {
    let fits = !text.trim().is_empty()
        && text.chars().count() <= LINE_CHARS_MAX
        && !text.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    wrong(at, format!("it must be one line of 1 to {LINE_CHARS_MAX} characters"))
}

const fn is_version(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+')
}

/// Enough of a text to know it again.
pub(super) fn short(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(60).map(plain).collect()
}
