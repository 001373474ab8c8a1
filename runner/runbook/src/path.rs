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

/// The path of the file that `written` names in the file `own`, whose folder it is relative to.
///
/// # Errors
///
/// What is wrong with it: above all that it leads out of where `own` lies.
pub(crate) fn beside(own: &str, written: &str) -> Result<String, String> {
    if written.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if written.starts_with(['/', '~']) || written.contains(['\\', '\0']) || written.contains("${{")
    {
        return Err(format!("`{written}` is not a path relative to this file"));
    }
    let mut parts: Vec<&str> = own.split('/').collect();
    parts.pop();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.pop() {
                Some(folder) if !matches!(folder, "" | "." | "..") => {}
                Some(_) | None => {
                    return Err(format!("`{written}` leads out of the repository by `..`"));
                }
            },
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}
