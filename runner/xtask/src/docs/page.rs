//! The page: what stands between two marks is replaced, all else is kept.
//!
//! ```text
//! <!-- keys runbook Retry: max_attempts delay -->     the keys of an object, in that order
//! <!-- keys runbook InputType -->                     the words of a closed set
//! <!-- complaints -->                                 what is said of wrong runbooks
//! … replaced …
//! <!-- end -->
//! ```

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};

use super::{complaint, keys::Keys};
use crate::place::root;

const END: &str = "<!-- end -->";

/// Makes the tables of the page what they should be.
pub(crate) fn write() -> anyhow::Result<()> {
    let text = made(&present()?)?;
    fs::write(path(), text).context("the page cannot be written")
}

fn present() -> anyhow::Result<String> {
    fs::read_to_string(path()).context("docs/language.md cannot be read")
}

/// The page with its tables made anew.
fn made(page: &str) -> anyhow::Result<String> {
    let mut keys = Keys::new()?;
    let mut made = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        made.push_str(line);
        made.push('\n');
        let Some(mark) = line.strip_prefix("<!-- ").and_then(|it| it.strip_suffix(" -->")) else {
            continue;
        };
        made.push('\n');
        made.push_str(&table(mark, &mut keys)?);
        made.push('\n');
        made.push_str(END);
        made.push('\n');
        if !lines.any(|line| line == END) {
            bail!("`{line}` has no `{END}`");
        }
    }
    keys.all_shown()?;
    Ok(made)
}

fn table(mark: &str, keys: &mut Keys) -> anyhow::Result<String> {
    if mark == "complaints" {
        return complaint::table(&root());
    }
    let Some(("keys", wanted)) = mark.split_once(' ') else { bail!("unknown mark `{mark}`") };
    let (of, listed) = wanted.split_once(':').unwrap_or((wanted, ""));
    let Some((file, object)) = of.split_once(' ') else { bail!("`{mark}` names no object") };
    keys.table(file, object, &listed.split_whitespace().collect::<Vec<_>>())
}

fn path() -> PathBuf {
    root().join("docs/language.md")
}

#[cfg(test)]
mod tests {
    use super::{made, present};

    #[test]
    fn the_page_is_current() {
        let present = present().unwrap();
        assert!(made(&present).unwrap() == present, "`cargo xtask docs` writes another page");
    }

    #[test]
    fn keys_left_out_misspelt_or_shown_twice_are_told() {
        let told = |page: &str| made(page).unwrap_err().to_string();
        assert!(told("no tables\n").contains("runbook Approval.message"));
        let mark = "<!-- keys runbook Retry: dealy -->\n<!-- end -->\n";
        assert!(told(mark).contains("no key `dealy`"));
        let twice = "<!-- keys runbook Script: shell shell -->\n<!-- end -->\n";
        assert!(told(twice).contains("twice"));
        assert!(told("<!-- keys runbook Retry: delay -->\n").contains("has no `<!-- end -->`"));
    }
}
