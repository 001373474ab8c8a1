//! The plugins that are part of this program.

use std::sync::LazyLock;

use hardstop_core::ids::Digest;
use hardstop_evidence::digest;
use serde_json::Value;

/// A component in this program.
#[derive(Debug)]
pub(crate) struct Shipped {
    /// The plugin's name.
    pub(crate) name: &'static str,
    /// The component.
    pub(crate) bytes: &'static [u8],
}

impl Shipped {
    /// The digest of the component, as it was written down when that was built: to hash all of
    /// them takes longer than a call. What is run is hashed by whoever runs it.
    pub(crate) fn digest(&self) -> Digest {
        static DIST: LazyLock<Value> = LazyLock::new(|| {
            let text = include_str!("../../../../plugins/dist/digests.json");
            serde_json::from_str(text).unwrap_or_default()
        });
        let written = DIST["plugins"][self.name].as_str().map(str::to_owned);
        written.and_then(|it| it.try_into().ok()).unwrap_or_else(|| digest(self.bytes))
    }
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            bytes: include_bytes!(concat!("../../../../plugins/dist/", $name, ".wasm")),
        }),*]
    };
}

/// All of them, by name: those of `plugins/dist/digests.json`.
pub(crate) const SHIPPED: &[Shipped] = shipped![
    "alertmanager",
    "buildbot",
    "gitea",
    "github",
    "gitlab",
    "http",
    "jenkins",
    "kubernetes",
    "matrix",
    "pagerduty",
    "prometheus",
    "slack",
];

/// The one of that name.
pub(crate) fn shipped(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|it| it.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hardstop_evidence::digest;

    use super::SHIPPED;

    #[test]
    fn all_that_was_built_is_shipped() {
        let text = include_str!("../../../../plugins/dist/digests.json");
        let dist: serde_json::Value = serde_json::from_str(text).unwrap();
        let built: BTreeMap<String, String> =
            serde_json::from_value(dist["plugins"].clone()).unwrap();
        let shipped: BTreeMap<String, String> =
            SHIPPED.iter().map(|it| (it.name.to_owned(), digest(it.bytes).to_string())).collect();
        assert_eq!(shipped, built);
        assert!(SHIPPED.iter().all(|it| it.digest() == digest(it.bytes)));
    }
}
