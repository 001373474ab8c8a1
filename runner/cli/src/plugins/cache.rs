//! Where machine code is kept of components that are looked into: that needs no repository.

use std::{env, path::PathBuf};

use crate::wire::Site;

/// That of the repository we are in, where `plugin add` finds it; else one of the user's.
pub(crate) fn cache() -> Option<PathBuf> {
    let of_site = || Some(Site::open().ok()?.store().cache());
    let of_user = || {
        let given = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|it| it.is_absolute());
        let caches = given.or_else(|| Some(env::home_dir()?.join(".cache")))?;
        Some(caches.join("hardstop").join("plugins"))
    };
    of_site().or_else(of_user)
}
