//! What a step must have before it begins.

use std::collections::BTreeSet;

use hardstop_core::ids::is_key;

use super::resolver::Resolver;

/// The most bytes of a lock's name: a path people can read.
const NAME_BYTES_MAX: usize = 255;

impl Resolver<'_> {
    /// The names of the locks, each once, in the one order in which everybody asks for them.
    pub(super) fn locks(&self) -> Result<Vec<String>, String> {
        let mut names = BTreeSet::new();
        for written in &self.step.locks {
            let name = self.scalar(written).map_err(|why| format!("`locks`: {why}"))?;
            names.insert(checked("lock", name)?);
        }
        Ok(names.into_iter().collect())
    }
}

/// The name of a lock or a group: keys between `/`.
pub(super) fn checked(what: &str, name: String) -> Result<String, String> {
    if name.len() <= NAME_BYTES_MAX && name.split('/').all(is_key) {
        return Ok(name);
    }
    Err(format!(
        "`{name}` is not a name of a {what}: letters, digits, `.`, `_` and `-`, in parts between \
         `/`, each at most 63"
    ))
}
