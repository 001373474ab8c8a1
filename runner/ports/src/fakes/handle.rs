//! What is behind a handle that clones share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is behind it. A thread that panicked while it held it has failed its test already.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
