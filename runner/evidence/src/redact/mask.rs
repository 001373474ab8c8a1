//! Masking known secrets in a stream.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock},
};

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use super::{
    fold::{Unfolded, breaks_after},
    spellings,
};

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
    /// How many line breaks came right before that.
    breaks: usize,
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
    /// A value is found whole and line by line, in any of the encodings the module names, and
    /// folded over lines. Spellings under 6 bytes are not masked.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the values are too large to be searched for; the step must not start.
    pub fn new<'a>(
        secrets: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BuildError> {
        let mut patterns: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        for (name, value) in secrets {
            for spelling in spellings::of(value) {
                patterns.entry(spelling).or_insert_with(|| name.to_owned());
            }
        }
        let automaton = AhoCorasick::builder()
            // The longest at a place wins, so that no end of a secret is left behind.
            .match_kind(MatchKind::LeftmostLongest)
            // The faster kind takes a kilobyte of memory for each byte of each spelling.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(patterns.keys())?;
        let longest = automaton.max_pattern_len();
        let names = patterns.into_values().collect();
        Ok(Self(Arc::new(Compiled { automaton, names, longest })))
    }

    /// Whether the value of `name` is among those searched for.
    pub fn knows(&self, name: &str) -> bool {
        self.0.names.iter().any(|known| known == name)
    }

    /// The first secret in `bytes`: its name, and where it begins.
    pub fn find(&self, bytes: &[u8]) -> Option<(&str, usize)> {
        if self.0.names.is_empty() {
            return None;
        }
        let unfolded = Unfolded::of(bytes, 0);
        let found = self.0.automaton.find(&unfolded.text)?;
        Some((&self.0.names[found.pattern().as_usize()], unfolded.place(found.start())))
    }

    /// Starts a stream.
    pub fn redactor(&self) -> Redactor {
        let (secrets, masked) = (self.clone(), Masked::default());
        Redactor { secrets, held: Vec::new(), breaks: 0, masked }
    }
}

impl Default for Secrets {
    /// None: nothing is masked.
    fn default() -> Self {
        static NONE: LazyLock<Secrets> =
            LazyLock::new(|| Secrets::new([]).expect("nothing can be searched for"));
        NONE.clone()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0.names).finish()
    }
}

impl Redactor {
    /// Masks `secrets` instead from here on: more have become known.
    pub fn learn(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    /// Takes the next bytes of the stream.
    ///
    /// * Returns what is safe to keep; the last bytes are held back until it is certain that no
    ///   secret begins in them. That is at most three times the longest spelling.
    pub fn feed(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(chunk);
        // A match that begins before this point lies in `held` with all its rivals.
        let undecided = self.secrets.0.longest.saturating_sub(1);
        self.mask(undecided)
    }

    /// Ends the stream.
    ///
    /// * Returns the rest of it, and how much was masked in all.
    pub fn finish(mut self) -> (Vec<u8>, Masked) {
        let rest = self.mask(0);
        (rest, self.masked)
    }

    /// Masks every match that begins before the last `undecided` bytes, line breaks not counted,
    /// and gives up all bytes before those.
    fn mask(&mut self, undecided: usize) -> Vec<u8> {
        let Compiled { automaton, names, .. } = &*self.secrets.0;
        let unfolded = Unfolded::of(&self.held, self.breaks);
        let decided = unfolded.text.len().saturating_sub(undecided);
        let mut out = Vec::with_capacity(self.held.len());
        let mut from = 0;
        // Overlaps cannot occur: the iterator goes on after each match.
        for found in automaton.find_iter(&unfolded.text).take_while(|found| found.start() < decided)
        {
            let name = &names[found.pattern().as_usize()];
            out.extend_from_slice(&self.held[from..unfolded.place(found.start())]);
            out.extend_from_slice(format!("[REDACTED:{name}]").as_bytes());
            *self.masked.0.entry(name.clone()).or_default() += 1;
            from = unfolded.place(found.end() - 1) + 1;
        }
        let until = from.max(unfolded.place(decided));
        out.extend_from_slice(&self.held[from..until]);
        self.breaks = breaks_after(&self.held[..until], self.breaks);
        self.held.drain(..until);
        out
    }
}
