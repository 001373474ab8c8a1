//! Secrets that this machine keeps in the environment of this process and in files.

use std::{
    env,
    fs::File,
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use hardstop_core::{limits::SECRET_BYTES_MAX, model::Plan};
use hardstop_engine::exec::Keyring;
use hardstop_ports::secrets::Secrets;
use rustix::fs::{Mode, OFlags, StatVfsMountFlags, fstatvfs, open};

/// This machine as a source of secrets.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    /// What nobody may keep a secret in: the work tree, and the repository's own folder.
    pub(crate) repository: [PathBuf; 2],
}

impl Secrets for Local {
    fn variable(&self, name: &str) -> Result<String, String> {
        env::var(name).map_err(|error| match error {
            env::VarError::NotPresent => format!("set the environment variable `{name}`"),
            env::VarError::NotUnicode(_) => {
                format!("the environment variable `{name}` is not UTF-8")
            }
        })
    }

    fn file(&self, path: &Path) -> Result<String, String> {
        let shown = path.display();
        let real = path.canonicalize().map_err(|error| format!("`{shown}`: {error}"))?;
        if self.repository.iter().any(|folder| real.starts_with(folder)) {
            return Err(format!("`{shown}` lies in the repository: keep secrets outside"));
        }
        // The path has no links now; if one has appeared since, or a pipe, it is not followed.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file =
            open(&real, flags, Mode::empty()).map_err(|error| format!("`{shown}`: {error}"))?;
        let file = File::from(file);
        let about = file.metadata().map_err(|error| format!("`{shown}`: {error}"))?;
        if !about.is_file() {
            return Err(format!("`{shown}` is no plain file"));
        }
        // What an orchestrator mounts is often readable by all, and nobody here can change it.
        let fixed = fstatvfs(&file).is_ok_and(|fs| fs.f_flag.contains(StatVfsMountFlags::RDONLY));
        if about.permissions().mode() & 0o004 != 0 && !fixed {
            return Err(format!("everybody may read `{shown}`: `chmod o-r` it"));
        }
        let mut text = String::new();
        // One more, and a line break: what is too long is told from what fits.
        let read = file.take(SECRET_BYTES_MAX as u64 + 3).read_to_string(&mut text);
        read.map(|_| text).map_err(|error| format!("`{shown}`: {error}"))
    }
}

/// The name of a secret of `plan` that stands in `bytes`, in any spelling, as far as this process
/// can know its secrets without executing anything.
pub(crate) fn held_in(local: Local, plan: &Plan, bytes: &[u8]) -> Option<String> {
    let keyring = Keyring::new(local);
    keyring.look(&plan.secrets);
    let masks = keyring.masks();
    masks.borrow().find(bytes).map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
    };

    use super::*;

    /// A file of mode `mode` beside a repository; what reading it gives.
    fn read(name: &str, mode: u32, bytes: &[u8]) -> Result<String, String> {
        let place = tempfile::TempDir::new().unwrap();
        let root = place.path().canonicalize().unwrap();
        fs::create_dir(root.join("repository")).unwrap();
        symlink("repository/token", root.join("link")).unwrap();
        symlink("token", root.join("indirect")).unwrap();
        let file = root.join(name);
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let local = Local { repository: [root.join("repository"), root.join("repository/.git")] };
        local.file(&file)
    }

    #[test]
    fn a_file_is_read_whole() {
        assert_eq!(read("token", 0o600, b"correct\n").as_deref(), Ok("correct\n"));
        assert_eq!(read("indirect", 0o640, b"correct").as_deref(), Ok("correct"));
        let long = vec![b'x'; SECRET_BYTES_MAX + 100];
        assert_eq!(read("token", 0o600, &long).map(|text| text.len()), Ok(SECRET_BYTES_MAX + 3));
    }

    #[test]
    fn what_others_can_see_is_no_secret() {
        let problem = |result: Result<String, String>| result.unwrap_err();
        assert!(problem(read("token", 0o604, b"correct")).contains("chmod o-r"));
        assert!(problem(read("repository/token", 0o600, b"correct")).contains("lies in the repo"));
        assert!(problem(read("link", 0o600, b"correct")).contains("lies in the repository"));
        assert!(problem(read("token", 0o600, b"\xff\xfe")).contains("UTF-8"));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let local = Local { repository: ["/none".into(), "/none".into()] };
        assert!(local.file(Path::new("/dev/zero")).unwrap_err().contains("no plain file"));
        assert!(local.file(Path::new("/none/token")).unwrap_err().contains("No such file"));
        assert!(local.variable("HARDSTOP_NO_SUCH").unwrap_err().contains("set the environment"));
    }
}
