//! Where peers are installed, and what is said where they are not.

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
};

/// `target/peers`, below whichever target directory the running program was built in; `None` if it
/// was not built by cargo.
///
/// Cargo leaves `.rustc_info.json` in every target directory, but `CACHEDIR.TAG` only in one that it
/// made itself.
pub fn folder() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let target = program.ancestors().find(|it| it.join(".rustc_info.json").is_file())?;
    Some(target.join("peers"))
}

/// The path of `program`, if `PATH` leads to one.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|it| it.is_file())
}

/// A program of the peer `name`, below its folder or on `PATH`.
///
/// # Errors
///
/// That it is not installed, and what installs it: for [`skipped`].
pub fn installed(name: &str, below: &str) -> Result<PathBuf, String> {
    let installed = folder().map(|it| it.join(name).join(below)).filter(|it| it.is_file());
    let found = installed.or_else(|| on_path(below));
    found.ok_or_else(|| format!("{name} is not installed (cargo xtask peers {name})"))
}

/// The same; if it is not there, that is said.
pub(crate) fn program(name: &str, below: &str) -> Option<PathBuf> {
    installed(name, below).map_err(|missing| skipped(&missing)).ok()
}

/// Says that a test had nothing to do, to people and in `target/peers/skipped`: what passing tests
/// print is often hidden, so whoever runs many shows that file at the end.
///
/// * `missing`: what is, and what installs it.
pub fn skipped(missing: &str) {
    let line = format!("skipped: {missing}\n");
    io::stderr().write_all(line.as_bytes()).expect("there is a stderr");
    let folder = folder().expect("tests are built by cargo");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let file = fs::OpenOptions::new().create(true).append(true).open(folder.join("skipped"));
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("a line can be added");
}
