//! The folder of components, and what is held against it.

use std::{fs, path::Path};

use super::{
    dist::{Components, Dist},
    sources,
};
use crate::place::root;

fn components(files: &[(&str, &str)]) -> Components {
    files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.as_bytes().to_vec())).collect()
}

fn dist(files: &[(&str, &str)]) -> Dist {
    let (compiler, sources) = ("rustc 1".to_owned(), "sha256:0".to_owned());
    Dist { compiler, sources, components: components(files) }
}

#[test]
fn the_folder_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("dist");
    dist(&[("a", "1"), ("old", "0")]).write(&path).expect("it is written");
    let written = dist(&[("a", "1"), ("b", "2")]);
    written.write(&path).expect("it is written over");
    assert_eq!(Dist::read(&path).expect("it is read"), written);
}

#[test]
fn a_folder_that_was_meddled_with_is_refused() {
    let check = |meddle: fn(&Path), complaint: &str| {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("dist");
        dist(&[("a", "1")]).write(&path).expect("it is written");
        meddle(&path);
        let error = Dist::read(&path).expect_err("it is refused");
        assert!(format!("{error:#}").contains(complaint), "{error:#}");
    };
    check(|path| fs::write(path.join("a.wasm"), "2").unwrap(), "another digest");
    check(|path| fs::write(path.join("b.wasm"), "2").unwrap(), "b.wasm is not in digests.json");
    check(|path| fs::remove_file(path.join("a.wasm")).unwrap(), "a of digests.json");
    check(|path| fs::remove_file(path.join("digests.json")).unwrap(), "run `cargo xtask plugins`");
    check(|path| fs::write(path.join("digests.json"), "{}").unwrap(), "no compiler");
}

#[test]
fn a_source_that_changed_shows() {
    let folder = tempfile::tempdir().expect("there is room");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("there is room");
        fs::write(path, text).expect("there is room");
        sources::digest_of(folder.path()).expect("it is read")
    };
    fs::create_dir_all(folder.path().join("schemas/wit")).expect("there is room");
    let before = write("plugins/a/src/lib.rs", "1");
    assert_eq!(write("plugins/dist/a.wasm", "2"), before);
    assert_eq!(write("plugins/a/README.md", "2"), before);
    assert_eq!(write("plugins/templates/b/src/lib.rs", "2"), before);
    assert_ne!(write("plugins/a/src/action.md", "2"), before);
    fs::remove_file(folder.path().join("plugins/a/src/action.md")).expect("it was there");
    assert_ne!(write("plugins/a/src/lib.rs", "2"), before);
    assert_eq!(write("plugins/a/src/lib.rs", "1"), before);
    assert_ne!(write("schemas/wit/b.wit", ""), before);
}

/// What lies in the repository is whole, wherever this runs.
#[test]
fn what_is_shipped_is_what_its_digests_say() {
    let shipped = Dist::read(&root().join("plugins/dist")).expect("it is whole");
    assert!(shipped.components.contains_key("http"));
}
