//! Differences as people read them: on a terminal, and as a comment on a pull request.

use std::{
    env,
    fmt::Write as _,
    io::{self, IsTerminal as _},
};

use hardstop_engine::documents::sanitise::{line, markdown as cell};
use hardstop_runbook::Class;

use crate::output::{ChangeView, DiffView, TEXT_MAX};

/// A line for each difference, the gravest first.
pub(super) fn text(view: &DiffView) -> String {
    let colour = env::var_os("NO_COLOR").is_none() && io::stdout().is_terminal();
    let mut text = String::new();
    for runbook in view.runbooks.iter().filter(|runbook| !runbook.changes.is_empty()) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", line(&runbook.path, TEXT_MAX));
        for change in &runbook.changes {
            let class = format!("{:<12}", change.class);
            let class = if colour { coloured(change.class, &class) } else { class };
            let place = change.line.map(|line| format!("{}:{line} ", runbook.path));
            let (place, what) = (place.unwrap_or_default(), line(&told(change), 4 * TEXT_MAX));
            let _ = writeln!(text, "  {class} {what}\n{:15}{place}{}", "", change.id);
        }
    }
    let _ = writeln!(text, "{}", summary(view));
    text
}

fn coloured(class: &str, text: &str) -> String {
    let code = if class == Class::Weakened.word() {
        "31;1"
    } else if class == Class::Strengthened.word() {
        "32"
    } else {
        "33"
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// `prod/soak: hard stop shortened: 24h -> 12h`.
fn told(change: &ChangeView) -> String {
    let address =
        if change.address.is_empty() { String::new() } else { format!("{}: ", change.address) };
    let values = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!(": {before} -> {after}"),
        (Some(value), None) | (None, Some(value)) => format!(": {value}"),
        (None, None) => String::new(),
    };
    format!("{address}{}{values}", change.what)
}

fn summary(view: &DiffView) -> String {
    match (view.differences, view.weakened) {
        (0, _) => "no difference in meaning".to_owned(),
        (1, 0) => "1 difference, nothing weakened".to_owned(),
        (all, 0) => format!("{all} differences, nothing weakened"),
        (1, _) => "1 difference, and it weakens the runbook".to_owned(),
        (all, weakened) => format!("{all} differences, {weakened} of them weakened"),
    }
}

/// What is weakened in a table, and all else behind a fold.
pub(super) fn markdown(view: &DiffView) -> String {
    let mut text = format!("### Runbooks: {}\n", summary(view));
    for runbook in view.runbooks.iter().filter(|runbook| !runbook.changes.is_empty()) {
        let (weakened, rest): (Vec<_>, Vec<_>) =
            runbook.changes.iter().partition(|it| it.class == Class::Weakened.word());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n#### {}", cell(&runbook.path));
        if !weakened.is_empty() {
            let _ = write!(text, "\n{}", table(&weakened));
        }
        if !rest.is_empty() {
            let others = if rest.len() == 1 { "difference" } else { "differences" };
            let (count, table) = (rest.len(), table(&rest));
            let _ = write!(
                text,
                "\n<details><summary>{count} other {others}</summary>\n\n{table}\n</details>\n"
            );
        }
    }
    text
}

fn table(changes: &[&ChangeView]) -> String {
    let mut text = "| | where | what | before | after |\n|---|---|---|---|---|\n".to_owned();
    for change in changes {
        let class = change.class;
        let class = if class == Class::Weakened.word() { "**weakened**" } else { class };
        let place = change.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let value = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {class} | {}{place} | {} | {} | {} |",
            cell(&change.address),
            cell(&change.what),
            value(&change.before),
            value(&change.after)
        );
    }
    text
}
