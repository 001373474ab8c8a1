//! Paths that stay where they belong, as far as their text tells.
//!
//! What an expression or a symbolic link makes of a path is checked by whoever opens it.

/// Whether the constant part of a path stays inside: not absolute, no `..`, no backslash.
///
/// A path that begins with an expression (`${{ run.workspace }}/x`) may come out absolute.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn inside(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if text.starts_with(['/', '~']) || text.get(1..3) == Some(":/") {
        return Err(format!("`{text}` leads out of the repository"));
    }
    if text.contains(['\\', '\0']) {
        return Err(format!("`{text}` is not a path with `/` between its parts"));
    }
    if text.split('/').any(|part| part.trim() == "..") {
        return Err(format!("`{text}` leads out of the repository by `..`"));
    }
    Ok(())
}
