//! Where everything is: the repository, what is made from it, and the cargo that makes it.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    let levels = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    levels.skip(2).take(1).collect()
}

/// Where this program and all that it makes lie: our own target directory, wherever that is.
///
/// # Errors
///
/// If nobody can tell.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let program = env::current_exe()?;
    Ok(program.ancestors().nth(2).context("no target directory")?.to_owned())
}

/// Removes a folder with all in it, if it is there.
///
/// # Errors
///
/// If it cannot be removed.
pub(crate) fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.with_context(|| format!("{} cannot be removed", folder.display())),
    }
}

/// The cargo that runs this, as a person would start it.
pub(crate) fn cargo() -> Command {
    cargo_at(env!("CARGO"))
}

/// Another one.
///
/// What `cargo run` tells this program of its own package is taken away: build scripts that look at
/// such variables would run again, and all that stands on their crates would be compiled again, each
/// time a person and a task take turns.
pub(crate) fn cargo_at(program: &str) -> Command {
    let mut cargo = Command::new(program);
    for (name, _) in env::vars_os() {
        let is_ours =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(is_ours) {
            cargo.env_remove(name);
        }
    }
    cargo
}

#[cfg(test)]
mod tests {
    use super::{cargo_at, root};

    #[test]
    fn the_repository_is_found() {
        assert!(root().join("runner/xtask/src/place.rs").is_file());
    }

    /// Cargo tells those that run tests of it, too.
    #[test]
    fn cargo_is_told_nothing_of_this_package() {
        let output = cargo_at("env").output().expect("it can be started");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.lines().any(|line| line.starts_with("PATH=")), "{told}");
        for of_package in ["CARGO_PKG_", "CARGO_MANIFEST_"] {
            assert!(!told.lines().any(|line| line.starts_with(of_package)), "{told}");
        }
    }
}
