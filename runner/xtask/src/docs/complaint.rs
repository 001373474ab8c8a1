//! What authors are told, by the key they are told it at: from the runbooks that tests hold to be
//! refused, as `hardstop check` words it.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use hardstop_core::time::Timestamp;
use hardstop_runbook::{Files, Finding, action::Lock, compile};

const FOLDER: &str = "tests/fixtures/runbooks/bad";
/// A day on which the windows of those runbooks can open.
const DAY: &str = "2026-03-02T08:00:00Z";
/// Longer ones are shortened in the middle: they quote what nobody should read.
const SHOWN_CHARS_MAX: usize = 240;

/// One row for each thing that is told, by key.
pub(super) fn table(top: &Path) -> anyhow::Result<String> {
    let at: Timestamp = DAY.parse().context("not an instant")?;
    // The lock file is for this repository's own runbooks.
    let is_own = |path: &str| path == Lock::PATH;
    let load = |path: &str| fs::read_to_string(top.join(path)).ok().filter(|_| !is_own(path));
    let mut rows = BTreeMap::new();
    for entry in fs::read_dir(top.join(FOLDER)).context("there are no runbooks")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let path = format!("{FOLDER}/{name}");
        let text = fs::read_to_string(top.join(&path)).with_context(|| path.clone())?;
        if text.contains("\nkind: Config\n") {
            continue;
        }
        let Err(problems) = compile(&path, &text, Files { load: &load, at }) else { continue };
        for found in problems.findings() {
            rows.insert(key(&text, &found), row(&found));
        }
    }
    let line = |((key, ..), row): ((String, &str, String), String)| {
        let key = if key.is_empty() { "the file".to_owned() } else { format!("`{key}`") };
        format!("| {key} | {row} |\n")
    };
    let lines: Vec<String> = rows.into_iter().map(line).collect();
    Ok(format!("| at | code | message | help |\n|---|---|---|---|\n{}", lines.concat()))
}

/// The key that a problem is marked at, what is said, and how to avoid it.
fn key(text: &str, found: &Finding) -> (String, &'static str, String) {
    let upto = text.lines().take(found.line.saturating_sub(1)).map(|line| line.len() + 1).sum();
    let line = text.get(upto..).unwrap_or_default().lines().next().unwrap_or_default();
    let column: usize = line.chars().take(found.column.saturating_sub(1)).map(char::len_utf8).sum();
    let rest = line.get(column..).unwrap_or_default();
    let name = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let itself = name(rest);
    let key = if !itself.is_empty() && rest[itself.len()..].starts_with(": ") {
        itself
    } else {
        before(text.get(..upto + column).unwrap_or_default()).unwrap_or_default()
    };
    (key, found.code, found.message.clone())
}

/// The last key before a place: a word with a colon behind it that begins a line or a member.
fn before(text: &str) -> Option<String> {
    let mut end = text.len();
    while let Some(colon) = text[..end].rfind(':') {
        let head = &text[..colon];
        let word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let start = head.rfind(|c| !word(c)).map_or(0, |at| at + 1);
        let follows = text[colon + 1..].starts_with([' ', '\n']) || colon + 1 == text.len();
        let leads = head[..start].ends_with(['\n', ' ', '{']) || start == 0;
        if follows && leads && start < colon {
            return Some(head[start..].to_owned());
        }
        end = colon;
    }
    None
}

fn row(found: &Finding) -> String {
    let help = found.help.as_deref().unwrap_or_default();
    let cells = [format!("`{}`", found.code), cell(&found.message), cell(help)];
    cells.join(" | ")
}

fn cell(text: &str) -> String {
    let text = text.replace('\n', " ").replace('|', "\\|").replace('<', "&lt;");
    let count = text.chars().count();
    if count <= SHOWN_CHARS_MAX {
        return text;
    }
    let part = |from: usize| text.chars().skip(from).take(SHOWN_CHARS_MAX / 2).collect::<String>();
    format!("{} … {}", part(0), part(count - SHOWN_CHARS_MAX / 2))
}
