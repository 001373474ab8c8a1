//! What the machine has: programs that runs need.

use std::{
    env,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::output::CheckupView;

/// Looks at the programs.
pub(super) fn look() -> Vec<CheckupView> {
    vec![git(), shell("sh", true), shell("bash", false)]
}

/// Evidence is written without the `git` command; people, scripts and `git push` need it.
fn git() -> CheckupView {
    let name = "git";
    let answer = Command::new("git").arg("--version").output();
    let version = answer.ok().filter(|answer| answer.status.success());
    let version = version.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned());
    match version {
        None => CheckupView::problem(name, "there is no `git` command", "install git"),
        // Older ones cannot check the signatures of evidence commits.
        Some(version) if is_older(&version, (2, 34)) => CheckupView::warning(
            name,
            version,
            "install git 2.34 or newer, which knows signatures by SSH keys",
        ),
        Some(version) => CheckupView::ok(name, version),
    }
}

/// Whether `git version 2.30.1 (Vendor)` is older than a version.
fn is_older(text: &str, than: (u32, u32)) -> bool {
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) < than,
        _ => false,
    }
}

fn shell(name: &'static str, needed: bool) -> CheckupView {
    let paths = env::var_os("PATH").unwrap_or_default();
    match find(name, env::split_paths(&paths)) {
        Some(path) => CheckupView::ok(name, path.display().to_string()),
        None if needed => {
            CheckupView::problem(name, "not on the PATH", "install it: scripts run with it")
        }
        None => CheckupView::warning(
            name,
            "not on the PATH",
            "install it if a runbook says `shell: bash`",
        ),
    }
}

fn find(name: &str, mut folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let runs = |path: &Path| {
        path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    folders.find_map(|folder| Some(folder.join(name)).filter(|path| runs(path)))
}

#[cfg(test)]
mod tests {
    use super::is_older;

    #[test]
    fn versions_compare_by_number() {
        for (text, want) in [
            ("git version 2.9.5", true),
            ("git version 2.33.8", true),
            ("git version 2.34.0", false),
            ("git version 2.39.3 (Vendor Git-145)", false),
            ("git version 10.0.1", false),
            ("git version unknown", false),
        ] {
            assert_eq!(is_older(text, (2, 34)), want, "{text}");
        }
    }
}
