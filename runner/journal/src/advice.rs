//! What a person can do about a system error, said where the error is made.

use std::{
    io::{Error, ErrorKind},
    path::Path,
};

use hardstop_ports::journal::FilesError;

/// `source` as a [`FilesError`] about `path`, with the way out in its text where there is one.
pub(crate) fn failed(path: &Path, action: &'static str, source: Error) -> FilesError {
    FilesError { path: path.display().to_string(), action, source: advised(path, source) }
}

/// `error`, with the way out added to its text where there is one. The kind stays.
pub(crate) fn advised(path: &Path, error: Error) -> Error {
    let place = path.display();
    let advice = if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        format!("free space on the disk that holds {place}, then repeat the command")
    } else if error.kind() == ErrorKind::ReadOnlyFilesystem {
        format!("{place} is on a read-only file system; make it writable or use another clone")
    } else if error.kind() == ErrorKind::PermissionDenied {
        format!("let this user write to {place}, or repeat the command as the user who owns it")
    } else {
        return error;
    };
    Error::new(error.kind(), format!("{error}; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, Path, advised};

    #[test]
    fn a_full_disk_says_where_and_what_to_do() {
        let error = advised(Path::new("hardstop/runs"), ErrorKind::StorageFull.into());
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert_eq!(
            error.to_string(),
            "no storage space; free space on the disk that holds hardstop/runs, then repeat the \
             command"
        );
    }

    #[test]
    fn other_errors_stay_as_they_are() {
        let error = advised(Path::new("x"), ErrorKind::NotFound.into());
        assert_eq!(error.to_string(), "entity not found");
    }
}
