//! A person's own signature over a request. Whether it counts is looked at where every answer is
//! delivered.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use hardstop_evidence::keys::{KeyError, Namespace, SigningKey};

use crate::error::CliError;

/// The key that signs if none is named, in the home of whoever types.
const USUAL: &str = ".ssh/id_ed25519";

/// Signs the bytes of a request file with the key at `path`, or the usual one.
///
/// A key that is protected by a passphrase, or lies in an agent with only its public half here, is
/// left to `ssh-keygen`, which can ask for it.
///
/// # Errors
///
/// If there is no such key, or it cannot sign.
pub(super) fn sign(path: Option<&Path>, request: &[u8]) -> Result<String, CliError> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => usual()?,
    };
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path).map_err(|source| CliError::Path {
        path: shown.clone(),
        action: "cannot be read",
        source,
    })?;
    match SigningKey::from_openssh(&text) {
        Ok(key) => Ok(key.sign(Namespace::Approval, request)),
        Err(KeyError::NotEd25519(kind)) => Err(CliError::usage(
            format!("{shown} is a key of kind {kind}; only ssh-ed25519 is used"),
            "name another one with `--key <file>`",
        )),
        Err(KeyError::Encrypted | KeyError::Malformed(_)) => by_openssh(&path, request),
    }
}

fn usual() -> Result<PathBuf, CliError> {
    env::home_dir().map(|home| home.join(USUAL)).ok_or_else(|| {
        CliError::usage("nobody knows where your keys are: there is no home", "`--key <file>`")
    })
}

fn by_openssh(path: &Path, request: &[u8]) -> Result<String, CliError> {
    let failed =
        |source| CliError::Path { path: "ssh-keygen".to_owned(), action: "cannot be run", source };
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-q", "-n", Namespace::Approval.name(), "-f"])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // What it does not read it says itself.
    let _written = child.stdin.take().map(|mut stdin| stdin.write_all(request));
    let output = child.wait_with_output().map_err(failed)?;
    let signature = String::from_utf8(output.stdout).ok().filter(|text| !text.is_empty());
    signature.filter(|_| output.status.success()).ok_or_else(|| {
        CliError::usage(
            format!("{} does not sign", path.display()),
            "name a key of your own with `--key <file>`",
        )
    })
}
