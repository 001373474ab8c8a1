//! Tables of instants, spans and readings.

use hardstop_core::time::{InvalidTimestamp, Millis, Reading, Timestamp};

const MAX_MS: i64 = 253_402_207_200_000;

#[test]
fn instants_as_text() {
    for (ms, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (1_767_225_600_120, "2026-01-01T00:00:00.120Z"),
        (MAX_MS, "9999-12-30T22:00:00.000Z"),
    ] {
        let at = Timestamp::from_millis(ms);
        assert_eq!(at.to_string(), text);
        assert_eq!(text.parse(), Ok(at));
    }
    for (text, ms) in [
        ("2026-01-01T01:00:00+01:00", 1_767_225_600_000),
        ("2026-01-01T00:00:00Z", 1_767_225_600_000),
        ("2026-01-01T00:00:00.1239Z", 1_767_225_600_123),
        ("1969-12-31T23:00:00Z", 0),
    ] {
        assert_eq!(text.parse(), Ok(Timestamp::from_millis(ms)), "{text}");
    }
    for text in
        ["", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "1767225600"]
    {
        assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp(text.to_owned())));
    }
}

#[test]
fn instants_never_leave_what_can_be_written() {
    let last = Timestamp::from_millis(i64::MAX);
    assert_eq!(last.plus(Millis(u64::MAX)), last);
    assert_eq!(last.to_string().parse(), Ok(last));
    assert_eq!(Timestamp::from_millis(i64::MIN), Timestamp::from_millis(0));
    assert_eq!(Timestamp::from_millis(5).since(Timestamp::from_millis(9)), Millis(0));
    assert_eq!(Timestamp::from_millis(9).since(Timestamp::from_millis(5)), Millis(4));
}

#[test]
fn spans_as_people_write_them() {
    for (ms, text) in [
        (0, "0s"),
        (1, "1ms"),
        (999, "999ms"),
        (1_000, "1s"),
        (1_999, "1s"),
        (59_999, "59s"),
        (60_000, "1m"),
        (90_000, "1m 30s"),
        (3_600_000, "1h"),
        (3_659_000, "1h"),
        (5_400_000, "1h 30m"),
        (86_400_000, "1d"),
        (90_000_000, "1d 1h"),
        (u64::MAX, "213503982334d 14h"),
    ] {
        assert_eq!(Millis(ms).to_string(), text);
    }
    assert_eq!(format!("[{:>8}]", Millis(90_000)), "[  1m 30s]");
    assert_eq!(Millis::from_secs(u64::MAX), Millis(u64::MAX));
}

#[test]
fn a_clock_that_was_set_shows_beside_the_uptime() {
    let reading = |wall: i64, boot: &str, mono: u64| Reading {
        wall: Timestamp::from_millis(wall),
        boot: boot.to_owned(),
        mono: Millis(mono),
    };
    let first = reading(10_000, "a", 500);
    for (later, jump) in [
        (reading(11_000, "a", 1_500), Some(0)),
        (reading(99_000, "a", 1_500), Some(88_000)),
        (reading(1_000, "a", 1_500), Some(-10_000)),
        (reading(10_000, "a", u64::MAX), Some(500 - i64::MAX)),
        (reading(11_000, "b", 1_500), None),
    ] {
        assert_eq!(later.jump_since(&first), jump, "{later:?}");
    }
}
