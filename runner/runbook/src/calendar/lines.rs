//! Content lines: a name, parameters and a value, folded over several lines of text.

use super::IcsError;

/// One content line, unfolded.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub(super) number: usize,
    /// In upper case.
    pub(super) name: String,
    /// Names in upper case, values without their quotation marks.
    params: Vec<(String, String)>,
    pub(super) value: String,
}

impl Line {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn error(&self, what: impl Into<String>) -> IcsError {
        IcsError::new(self.number, what)
    }

    /// A part of this line's value, as a line of its own without parameters.
    pub(super) fn with_value(&self, value: &str) -> Self {
        let (name, value) = (self.name.clone(), value.to_owned());
        Self { number: self.number, name, params: Vec::new(), value }
    }

    /// Reads one unfolded line.
    fn read(number: usize, text: &str) -> Result<Self, IcsError> {
        let wrong = || IcsError::new(number, "not a line of the form `NAME;PARAMETER=…:VALUE`");
        let colon = unquoted(text, ':').next().ok_or_else(wrong)?;
        let (head, value) = (&text[..colon], &text[colon + 1..]);
        let mut cuts: Vec<usize> = unquoted(head, ';').collect();
        cuts.push(head.len());
        let name = |text: &str| {
            let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let valid = !text.is_empty() && text.bytes().all(valid);
            valid.then(|| text.to_ascii_uppercase()).ok_or_else(wrong)
        };
        let mut params = Vec::new();
        for cut in cuts.windows(2) {
            let (key, value) = head[cut[0] + 1..cut[1]].split_once('=').ok_or_else(wrong)?;
            params.push((name(key)?, value.trim_matches('"').to_owned()));
        }
        Ok(Self { number, name: name(&head[..cuts[0]])?, params, value: value.to_owned() })
    }
}

/// Where `mark` stands in `text` outside quotation marks.
fn unquoted(text: &str, mark: char) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    let found = text.char_indices().filter(move |(_, c)| {
        quoted ^= *c == '"';
        !quoted && *c == mark
    });
    found.map(|(at, _)| at)
}

/// All content lines of `text`. Empty lines are passed over.
pub(super) fn lines(text: &str) -> Result<Vec<Line>, IcsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut unfolded: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(rest), Some((_, begun))) => begun.push_str(rest),
            (None, _) if line.is_empty() => {}
            (_, _) => unfolded.push((number, line.to_owned())),
        }
    }
    unfolded.iter().map(|(number, line)| Line::read(*number, line)).collect()
}
