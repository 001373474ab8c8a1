//! Masking known secrets in a stream.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use super::spellings;

/// The known secrets, ready to be masked in any number of streams. Prints their names only.
#[derive(Clone)]
pub struct Secrets(Arc<Compiled>);

struct Compiled {
    automaton: AhoCorasick,
    /// The name behind each pattern.
    names: Vec<String>,
    /// Bytes of the longest pattern.
    longest: usize,
}

/// Masks secrets in one stream of bytes, however it is cut into chunks.
#[derive(Debug)]
pub struct Redactor {
    secrets: Secrets,
    /// The end of what was fed, in which a secret may have begun.
    held: Vec<u8>,
    masked: Masked,
}

/// How many occurrences were masked, by the secret's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked(pub BTreeMap<String, u32>);

impl Masked {
    /// All occurrences together.
    pub fn total(&self) -> u32 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl Secrets {
    /// Prepares to mask `secrets`, each given as name and value.
    ///
    /// A value is found as it is, line by line, JSON-escaped, URL-encoded, in base64 at any
    /// alignment, and in hex. Spellings under 6 bytes are not masked.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the values are too large to be searched for; the step must not start.
    pub fn new<'a>(
        secrets: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BuildError> {
        let mut patterns: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in secrets {
            for spelling in spellings::of(value) {
                patterns.entry(spelling).or_insert_with(|| name.to_owned());
            }
        }
        // The longest at a place wins, so that no end of a secret is left behind.
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns.keys())?;
        let longest = automaton.max_pattern_len();
        let names = patterns.into_values().collect();
        Ok(Self(Arc::new(Compiled { automaton, names, longest })))
    }

    /// Starts a stream.
    pub fn redactor(&self) -> Redactor {
        Redactor { secrets: self.clone(), held: Vec::new(), masked: Masked::default() }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0.names).finish()
    }
}

impl Redactor {
    /// Takes the next bytes of the stream.
    ///
    /// * Returns what is safe to keep; the last bytes are held back until it is certain that no
    ///   secret begins in them.
    pub fn feed(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(chunk);
        // A match that begins before this point lies in `held` with all its rivals.
        let decided = (self.held.len() + 1).saturating_sub(self.secrets.0.longest.max(1));
        self.mask(decided)
    }

    /// Ends the stream.
    ///
    /// * Returns the rest of it, and how much was masked in all.
    pub fn finish(mut self) -> (Vec<u8>, Masked) {
        let rest = self.mask(self.held.len());
        (rest, self.masked)
    }

    /// Masks every match that begins before `decided`, and gives up all bytes before it.
    fn mask(&mut self, decided: usize) -> Vec<u8> {
        let Compiled { automaton, names, .. } = &*self.secrets.0;
        let mut out = Vec::with_capacity(decided);
        let mut from = 0;
        // Overlaps cannot occur: the iterator goes on after each match.
        for found in automaton.find_iter(&self.held).take_while(|found| found.start() < decided) {
            let name = &names[found.pattern().as_usize()];
            out.extend_from_slice(&self.held[from..found.start()]);
            out.extend_from_slice(format!("[REDACTED:{name}]").as_bytes());
            *self.masked.0.entry(name.clone()).or_default() += 1;
            from = found.end();
        }
        let until = from.max(decided);
        out.extend_from_slice(&self.held[from..until]);
        self.held.drain(..until);
        out
    }
}
