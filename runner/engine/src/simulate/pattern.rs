//! Addresses, and texts in which `*` stands for any other.

use hardstop_core::ids::StepId;

/// What stands between the step that runs another runbook and a step of that run.
const WITHIN: &str = " > ";

/// The address of a step seen from the run that is rehearsed.
pub(super) fn full(within: &[StepId], step: &str) -> String {
    let mut text = String::new();
    for outer in within {
        text.push_str(outer.as_str());
        text.push_str(WITHIN);
    }
    text.push_str(step);
    text
}

/// An address without the keys of its last step.
pub(super) fn unkeyed(address: &str) -> &str {
    let last = address.rfind(WITHIN).map_or(0, |at| at + WITHIN.len());
    address[last..].find('[').map_or(address, |at| &address[..last + at])
}

/// Whether `text` is what `pattern` describes.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        // The first place is as good as any: what follows has the most room then.
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    true
}
