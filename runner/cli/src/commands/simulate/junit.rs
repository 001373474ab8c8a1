//! The verdicts in the XML that CI systems read.

use std::{fmt::Write as _, fs, path::Path};

use crate::{error::CliError, output::SimulateView};

/// Writes one test case a scenario.
///
/// # Errors
///
/// If the file cannot be written.
pub(super) fn write(path: &Path, view: &SimulateView) -> Result<(), CliError> {
    fs::write(path, text(view)).map_err(|source| CliError::Path {
        path: path.display().to_string(),
        action: "cannot be written",
        source,
    })
}

fn text(view: &SimulateView) -> String {
    let (all, failed) = (view.scenarios.len(), view.failed + view.wrong);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "<testsuite name=\"hardstop simulate\" tests=\"{all}\" failures=\"{failed}\">"
    );
    for scenario in &view.scenarios {
        let (path, title) = (escaped(&scenario.path), escaped(&scenario.title));
        let _ = writeln!(text, "  <testcase classname=\"{path}\" name=\"{title}\">");
        for problem in &scenario.problems {
            let message = escaped(&format!("line {}: {}", problem.line, problem.message));
            let help = escaped(problem.help.as_deref().unwrap_or_default());
            let _ = writeln!(text, "    <failure message=\"{message}\">{help}</failure>");
        }
        text.push_str("  </testcase>\n");
    }
    text.push_str("</testsuite>\n");
    text
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no way to write the others.
            c if c.is_control() && c != '\n' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
