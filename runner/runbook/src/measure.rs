//! Spans of time and sizes as people write them: a number is nothing without its unit.

use hardstop_core::{
    limits::{EVIDENCE_FILE_BYTES_MAX, SPAN_MAX},
    time::Millis,
};

/// `1h30m`: whole numbers with units, the largest first, each at most once.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(crate) fn duration(text: &str) -> Result<Millis, String> {
    const UNITS: [(&str, u64); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let wrong = || format!("`{text}` is not a duration such as `90s`, `24h` or `1h30m`");
    let (mut rest, mut total, mut next) = (text, 0_u64, 0);
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = &rest[digits..];
        let letters =
            after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        if digits == text.len() {
            return Err(format!("`{text}` has no unit: write `{text}s` for seconds"));
        }
        let unit = UNITS.iter().position(|(name, _)| *name == &after[..letters]);
        let unit = unit.filter(|unit| *unit >= next).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        total = total.saturating_add(number.saturating_mul(UNITS[unit].1));
        next = unit + 1;
        rest = &after[letters..];
    }
    if text.is_empty() {
        return Err(wrong());
    }
    if total > SPAN_MAX.0 {
        return Err(format!("`{text}` is longer than the longest span, {SPAN_MAX}"));
    }
    Ok(Millis(total))
}

/// `1MiB`: bytes, at most what one evidence file may have.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let bytes = bytes(text)?;
    if bytes <= EVIDENCE_FILE_BYTES_MAX {
        return Ok(bytes);
    }
    Err(format!("`{text}` is more than one evidence file may have, 10MiB"))
}

/// `1MiB`: bytes.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit = match &text[digits..] {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return Err(format!("`{text}` is not a size such as `512KiB` or `1MiB`")),
    };
    let number: u64 =
        text[..digits].parse().map_err(|_| format!("`{text}` is not a size such as `1MiB`"))?;
    Ok(number.saturating_mul(unit))
}

/// `10%`, in hundredths of a percent.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(crate) fn share(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is neither a number of items nor a share such as `10%`");
    let number = text.strip_suffix('%').ok_or_else(wrong)?;
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return Err(wrong());
    }
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let part: u32 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
    let points = whole.saturating_mul(100).saturating_add(part);
    if points > 10_000 {
        return Err(format!("`{text}` is more than all"));
    }
    Ok(points)
}
