//! What is wrong with a file, and where: collected in one pass, shown with the marked text.

use std::{error, fmt, ops::Range, sync::Arc};

use hardstop_core::limits::PROBLEMS_MAX;
use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};
use serde::Serialize;

/// One problem of a file.
///
/// As a [`Diagnostic`] it carries the file's text and the place, so that a reporter can mark it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind of problem, stable across releases: `runbook::unknown-key`.
    pub code: &'static str,
    /// One lowercase fragment.
    pub message: String,
    /// What to write instead, if that can be said.
    pub help: Option<String>,
    severity: Severity,
    at: Range<usize>,
    line: usize,
    column: usize,
    source: Arc<NamedSource<String>>,
}

/// A [`Problem`] as plain data, for `--json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of problem.
    pub code: &'static str,
    /// One lowercase fragment.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What to write instead.
    pub help: Option<String>,
}

impl Problem {
    /// The problem as plain data.
    pub fn finding(&self) -> Finding {
        Finding {
            code: self.code,
            message: self.message.clone(),
            line: self.line,
            column: self.column,
            help: self.help.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Problem {}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = LabeledSpan::underline(self.at.clone());
        Some(Box::new(std::iter::once(span)))
    }
}

/// All problems found in one file, in the order of the text; at most [`PROBLEMS_MAX`].
///
/// As a [`Diagnostic`] the problems are its related ones.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    name: String,
    problems: Vec<Problem>,
    more: usize,
}

impl Diagnostics {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems, in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.problems.iter()
    }

    /// The problems as plain data.
    pub fn findings(&self) -> Vec<Finding> {
        self.problems.iter().map(Problem::finding).collect()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len() + self.more;
        write!(f, "{count} {} in {}", if count == 1 { "problem" } else { "problems" }, self.name)?;
        if self.more > 0 {
            write!(f, ", the first {} of them here", self.problems.len())?;
        }
        Ok(())
    }
}

impl error::Error for Diagnostics {}

impl Diagnostic for Diagnostics {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

/// Where problems are collected while a file is read.
pub(crate) struct Sink<'t> {
    name: String,
    text: &'t str,
    source: Arc<NamedSource<String>>,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl<'t> Sink<'t> {
    pub(crate) fn new(name: &str, text: &'t str) -> Self {
        Self {
            name: name.to_owned(),
            text,
            source: Arc::new(NamedSource::new(name, text.to_owned()).with_language("YAML")),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(crate) const fn text(&self) -> &'t str {
        self.text
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        at: &Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let problem = self.problem(Severity::Error, code, at, message.into(), help);
        self.errors.push(problem);
    }

    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        at: &Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let problem = self.problem(Severity::Warning, code, at, message.into(), help);
        self.warnings.push(problem);
    }

    /// Whether something was already found wrong inside a part of the text. What is said of the
    /// whole part then says nothing new.
    pub(crate) fn has_error_in(&self, part: &Range<usize>) -> bool {
        self.errors.iter().any(|problem| part.contains(&problem.at.start))
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Where `part` of a value stands in the text, the value itself if it is written in a way
    /// (escapes, folding) that hides it.
    pub(crate) fn find(&self, value: &Range<usize>, part: &str) -> Range<usize> {
        // Nobody is shown this place any more; do not search a long text for it.
        if self.errors.len() > PROBLEMS_MAX {
            return value.clone();
        }
        let text = self.text.get(value.clone()).unwrap_or_default();
        text.find(part)
            .map_or_else(|| value.clone(), |at| value.start + at..value.start + at + part.len())
    }

    /// The errors, if there are any; the warnings otherwise.
    pub(crate) fn finish(self) -> Result<Diagnostics, Diagnostics> {
        if self.has_errors() { Err(self.failed()) } else { Ok(self.list(|sink| &sink.warnings)) }
    }

    /// The errors of a file that could not be read.
    pub(crate) fn failed(self) -> Diagnostics {
        self.list(|sink| &sink.errors)
    }

    fn list(&self, of: fn(&Self) -> &Vec<Problem>) -> Diagnostics {
        let mut problems = of(self).clone();
        problems.sort_by_key(|problem| problem.at.start);
        let more = problems.len().saturating_sub(PROBLEMS_MAX);
        problems.truncate(PROBLEMS_MAX);
        place(self.text, &mut problems);
        Diagnostics { name: self.name.clone(), problems, more }
    }

    fn problem(
        &self,
        severity: Severity,
        code: &'static str,
        at: &Range<usize>,
        message: String,
        help: Option<String>,
    ) -> Problem {
        let source = Arc::clone(&self.source);
        let at = at.start.min(self.text.len())..at.end.min(self.text.len());
        Problem { code, message, help, severity, at, line: 0, column: 0, source }
    }
}

/// Fills in lines and columns; `problems` is sorted by place, so the text is walked once.
fn place(text: &str, problems: &mut [Problem]) {
    let (mut line, mut line_start, mut walked) = (1, 0, 0);
    for problem in problems {
        for (offset, _) in text[walked..problem.at.start].match_indices('\n') {
            line += 1;
            line_start = walked + offset + 1;
        }
        walked = problem.at.start;
        problem.line = line;
        problem.column = text[line_start..walked].chars().count() + 1;
    }
}
