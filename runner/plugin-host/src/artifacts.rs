//! The files a call leaves. They outlive its guest, also one that was stopped.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use hardstop_core::limits;

/// Longest name of a file.
const NAME_BYTES_MAX: usize = 64;

/// Files by name. Clones are the same files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Artifacts(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Artifacts {
    /// Keeps a file; the last one of a name counts. Fails with the reason, for the guest.
    pub(crate) fn put(&self, name: String, bytes: Vec<u8>) -> Result<(), String> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let valid = |byte: u8| plain(byte) || b"._-".contains(&byte);
        if !(1..=NAME_BYTES_MAX).contains(&name.len())
            || !name.starts_with(|first: char| first.is_ascii() && plain(first as u8))
            || !name.bytes().all(valid)
            || name.contains("..")
            || name.ends_with('.')
        {
            return Err(format!(
                "an artifact's name is 1 to {NAME_BYTES_MAX} of a-z 0-9 . _ -, begins with a letter or \
                 a digit, has no two dots side by side and none at the end"
            ));
        }
        if bytes.len() as u64 > limits::EVIDENCE_FILE_BYTES_MAX {
            let max = limits::EVIDENCE_FILE_BYTES_MAX;
            return Err(format!(
                "`{name}` has {} bytes; an artifact has at most {max}",
                bytes.len()
            ));
        }
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = files.iter().filter(|(other, _)| **other != name);
        let (count, total) = others
            .fold((1, bytes.len()), |(count, total), (_, file)| (count + 1, total + file.len()));
        if count > limits::CALL_ARTIFACTS_MAX || total > limits::CALL_ARTIFACTS_BYTES_MAX {
            return Err(format!(
                "a call leaves at most {} artifacts with {} bytes together",
                limits::CALL_ARTIFACTS_MAX,
                limits::CALL_ARTIFACTS_BYTES_MAX
            ));
        }
        files.insert(name, bytes);
        Ok(())
    }

    /// All of them.
    pub(crate) fn take(&self) -> BTreeMap<String, Vec<u8>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
