//! What looks like a credential: the second net, for secrets nobody told us about.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Something that looks like a credential. Its text is not repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it looks like.
    pub shape: &'static str,
    /// Where it begins, in bytes.
    pub offset: usize,
}

/// The shapes known. Each is anchored on a prefix that has no other use, so that an ordinary log
/// is not stopped.
static SHAPES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [
        ("a private key", r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})"),
        ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20}"),
        ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10}"),
        ("a JSON Web Token", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16}"),
        ("a Stripe key", r"\b[sr]k_live_[A-Za-z0-9]{16}"),
        ("a Google key", r"\bAIza[A-Za-z0-9_-]{35}"),
        ("a Vault token", r"\bhv[sb]\.[A-Za-z0-9_-]{24}"),
        ("an npm token", r"\bnpm_[A-Za-z0-9]{36}"),
        (
            "an Authorization header",
            r"(?i:\bauthorization: (?:basic|bearer)) [A-Za-z0-9+/._~-]{16}",
        ),
        (
            // A password that begins as these do is a place to fill in, not one.
            "a password in a URL",
            r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@\[\]]{0,64}:[^\s/@\[\]$<{%*][^\s/@\[\]]{2,127}@",
        ),
    ]
    .into_iter()
    .map(|(shape, pattern)| {
        let pattern = format!("(?-u){pattern}");
        (shape, Regex::new(&pattern).expect("the patterns are constant and tested"))
    })
    .collect()
});

/// Looks for credentials in a file that is about to be sealed.
///
/// * Returns the first place of each shape, in no particular order. Where there is any, the caller
///   must not commit the file.
pub fn scan(bytes: &[u8]) -> Vec<Finding> {
    SHAPES
        .iter()
        .filter_map(|(shape, regex)| {
            regex.find(bytes).map(|found| Finding { shape, offset: found.start() })
        })
        .collect()
}
