//! What is there, held against what should be.

use std::collections::BTreeMap;

/// Names of what is missing, different, or not wanted.
pub(crate) fn drift<T: PartialEq>(
    wanted: &BTreeMap<String, T>,
    present: &BTreeMap<String, T>,
) -> Vec<String> {
    let changed = wanted.iter().filter(|(name, it)| present.get(*name) != Some(it));
    let stray = present.iter().filter(|(name, _)| !wanted.contains_key(*name));
    changed.chain(stray).map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::drift;

    #[test]
    fn what_is_missing_changed_or_stray_is_drift() {
        let files = |files: &[(&str, u8)]| -> BTreeMap<String, u8> {
            files.iter().map(|(name, it)| ((*name).to_owned(), *it)).collect()
        };
        let wanted = files(&[("a", 1), ("b", 2), ("c", 3)]);
        let present = files(&[("a", 1), ("b", 0), ("d", 4)]);
        assert_eq!(drift(&wanted, &present), ["b", "c", "d"]);
        assert!(drift(&wanted, &wanted).is_empty());
    }
}
