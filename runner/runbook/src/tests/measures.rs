//! Spans and sizes.

#[test]
fn spans_and_sizes_have_units() {
    let span = |text: &str| match crate::measure::duration(text) {
        Ok(span) => span.0.to_string(),
        Err(why) => why,
    };
    assert_eq!(span("1d2h3m4s5ms"), "93784005");
    assert_eq!(span("90s"), "90000");
    assert_eq!(span("0s"), "0");
    for wrong in ["", "s", "1h1h", "1m1h", "1 h", "-1s", "1.5h", "1w", "99999999999999999999s"] {
        assert_eq!(
            span(wrong),
            format!("`{wrong}` is not a duration such as `90s`, `24h` or `1h30m`")
        );
    }
    assert_eq!(span("4000d"), "`4000d` is longer than the longest span, 3660d");
    let size = |text: &str| crate::measure::size(text).ok();
    assert_eq!((size("1B"), size("2KiB"), size("10MiB")), (Some(1), Some(2048), Some(10_485_760)));
    for wrong in ["11MiB", "1MB", "MiB", "1", "", "18446744073709551615MiB"] {
        assert_eq!(size(wrong), None, "{wrong}");
    }
}
