//! The console text of a build whose parts print for themselves.

use hardstop_sdk::Failure;

use crate::Console;

/// Parts whose console text is kept: each costs a request.
const PARTS_MAX: usize = 40;
/// Ends after which nobody looks for a mistake, in the words of GitHub, GitLab and Forgejo.
const WELL: [&str; 4] = ["success", "skipped", "neutral", "manual"];

/// A part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// By what it is known.
    pub id: u64,
    /// What people call it.
    pub name: String,
    /// How it ended.
    pub end: String,
}

impl Console {
    /// Adds what each part printed, those that did not go well first. What cannot be had is told in
    /// its place: how a build ended does not depend on it.
    ///
    /// * `listed`: the parts that are known, and how many there are as far as the server says so.
    /// * `printed`: what one of them printed.
    pub fn parts(
        &mut self,
        listed: Result<(Vec<Part>, usize), Failure>,
        printed: impl Fn(u64) -> Result<Vec<u8>, Failure>,
    ) {
        let (mut parts, total) = match listed {
            Ok(listed) => listed,
            Err(failure) => return self.not_kept(&failure),
        };
        let total = total.max(parts.len());
        parts.sort_by_key(|part| WELL.contains(&part.end.as_str()));
        parts.truncate(PARTS_MAX);
        for Part { id, name, end } in &parts {
            self.line(&format!("== {name}: {end}"));
            match printed(*id) {
                Ok(bytes) => self.add(&bytes),
                Err(failure) => self.not_kept(&failure),
            }
        }
        if total > parts.len() {
            self.line(&format!("[{} more are left out]", total - parts.len()));
        }
    }
}
