//! The last net before anything is sealed: evidence is for ever, so a file that holds a secret, or
//! what looks like one, keeps the whole run from being committed until a person has acted.
//!
//! What people hand in, what commands print and what expressions come to was looked through
//! before it was written down; what is found here has slipped through that.

use std::collections::BTreeMap;

use hardstop_core::run::RunState;
use hardstop_evidence::{
    layout,
    redact::{Finding, Secrets, scan},
};

/// Why `files` may not be sealed, if they may not: which file, where, and what to do; never the
/// text itself.
///
/// * `from`: where the part of the journal begins that was not looked through before.
///
/// A secret that was found once is looked for again: a process that does not know it cannot tell
/// that it is gone, so the run stays blocked there.
pub(crate) fn withheld(
    state: &RunState,
    files: &BTreeMap<String, Vec<u8>>,
    from: usize,
    known: &Secrets,
) -> Option<String> {
    if let Some(reason) = state.evidence_blocked() {
        let mut declared = state.plan().secrets.keys();
        if declared.any(|name| names(reason, name) && !known.knows(name)) {
            return Some(reason.to_owned());
        }
    }
    files.iter().find_map(|(path, bytes)| {
        let from = if path == layout::JOURNAL { from.min(bytes.len()) } else { 0 };
        look_at(path, &bytes[from..], from, known)
    })
}

fn look_at(path: &str, bytes: &[u8], from: usize, known: &Secrets) -> Option<String> {
    if let Some((name, offset)) = known.find(bytes) {
        return Some(format!(
            "{path} holds {} at byte {}: change the secret where it is kept, so that what stands \
             there opens nothing; then `hardstop advance` with the new one in place",
            of(name),
            from + offset
        ));
    }
    scan(bytes).first().map(|Finding { shape, offset }| {
        format!(
            "{path} holds what looks like {shape} at byte {}: what is written down cannot be taken \
             back, so this run stays on this machine; if it is one, revoke it, and start a new run",
            from + offset
        )
    })
}

/// Whether the secret `name` is why a run is blocked.
pub(crate) fn names(reason: &str, name: &str) -> bool {
    reason.contains(&of(name))
}

fn of(name: &str) -> String {
    format!("the secret `{name}`")
}
