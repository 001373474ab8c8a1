//! The committed schemas are the ones the types give.

#![expect(
    clippy::disallowed_methods,
    reason = "the crate does no I/O, this test reads its schemas"
)]

use std::{fs, path::PathBuf};

use hardstop_runbook::schemas;

#[test]
fn schemas_are_current() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let is_stale = |name: &str, text: &str| {
        fs::read_to_string(folder.join(name)).map_or(true, |committed| committed != text)
    };
    let stale: Vec<&str> = schemas()
        .into_iter()
        .filter_map(|(name, text)| is_stale(name, &text).then_some(name))
        .collect();
    assert!(
        stale.is_empty(),
        "out of date in schemas/: {}; write them with `cargo xtask schema`",
        stale.join(", ")
    );
    // That of what commands print is compared where they are.
    let is_known =
        |name: &str| name == "output.schema.json" || schemas().iter().any(|it| it.0 == name);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = entries.map(|name| name.into_string().unwrap());
    let stray: Vec<String> = names.filter(|name| name != "wit" && !is_known(name)).collect();
    assert!(stray.is_empty(), "nothing writes {}", stray.join(", "));
}
