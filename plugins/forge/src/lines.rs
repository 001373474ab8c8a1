//! Lines of a file, as the end of a link.

use hardstop_sdk::Failure;

/// `10` or `10-20` as the end of a link.
///
/// * `between`: what the forge writes between the first line and the last.
///
/// # Errors
///
/// `bad_input` if they are no lines.
pub fn fragment(lines: &str, between: &str) -> Result<String, Failure> {
    let number = |text: &str| text.parse::<u32>().ok();
    let parsed = match lines.split_once('-') {
        Some((first, last)) => {
            let both = number(first).zip(number(last));
            both.map(|(first, last)| format!("#L{first}{between}{last}"))
        }
        None => number(lines).map(|line| format!("#L{line}")),
    };
    parsed.ok_or_else(|| Failure::bad_input(format!("`{lines}` are no lines such as `10-20`")))
}
