//! Whole files, as calendar programs write them.

use super::{event, read};

const FREEZE: &str = include_str!("freeze.ics");

#[test]
fn a_change_calendar_of_a_spring() {
    let expected = [
        "2026-03-06T17:00Z 2026-03-09T05:00Z Weekend",
        // The 13th is excepted. On the 20th all is as before, on the 27th clocks change: Monday
        // 06:00 is an hour earlier in UTC.
        "2026-03-20T17:00Z 2026-03-23T05:00Z Weekend",
        "2026-03-27T17:00Z 2026-03-30T04:00Z Weekend",
        // The 3rd is excepted, the 10th moved, the 17th cancelled, the 24th the last.
        "2026-04-10T10:00Z 2026-04-13T04:00Z Long weekend",
        "2026-04-24T16:00Z 2026-04-27T04:00Z Weekend",
    ];
    for text in [FREEZE.to_owned(), FREEZE.replace('\n', "\r\n"), format!("\u{feff}{FREEZE}")] {
        assert_eq!(read(&text, "2026-03-01T00:00Z", "2026-06-01T00:00Z").unwrap(), expected);
    }
}

#[test]
fn a_freeze_that_comes_back_every_year() {
    let expected = [
        "2025-12-19T23:00Z 2026-01-01T23:00Z Christmas, end of year: no changes",
        "2026-12-19T23:00Z 2027-01-01T23:00Z Christmas, end of year: no changes",
    ];
    assert_eq!(read(FREEZE, "2025-12-31T00:00Z", "2026-01-01T00:00Z").unwrap(), expected[..1]);
    assert_eq!(read(FREEZE, "2026-05-01T00:00Z", "2027-05-01T00:00Z").unwrap(), expected[1..]);
    // The end does not belong to it, and neither does the end of what is looked at.
    assert!(read(FREEZE, "2027-01-01T23:00Z", "2027-12-19T23:00Z").unwrap().is_empty());
}

#[test]
fn times_in_utc_in_a_zone_in_another_zone_and_in_none() {
    let check = |lines: &str, expected: &str| {
        let found = read(&event(lines), "2026-01-01T00:00Z", "2027-01-01T00:00Z").unwrap();
        assert_eq!(found, [format!("{expected} a")], "{lines}");
    };
    check(
        "DTSTART:20260701T080000Z\nDTEND:20260701T100000Z",
        "2026-07-01T08:00Z 2026-07-01T10:00Z",
    );
    check("DTSTART:20260701T080000\nDTEND:20260701T100000", "2026-07-01T06:00Z 2026-07-01T08:00Z");
    check("DTSTART:20260701\nDURATION:P1D", "2026-06-30T22:00Z 2026-07-01T22:00Z");
    check("DTSTART;VALUE=DATE:20260701", "2026-06-30T22:00Z 2026-07-01T22:00Z");
    check(
        "DTSTART;TZID=\"America/New_York\":20260701T080000\nDTEND;TZID=Europe/Berlin:20260701T160000",
        "2026-07-01T12:00Z 2026-07-01T14:00Z",
    );
    // The day on which clocks are put forward has 23 hours; the night before it loses one.
    check("DTSTART;VALUE=DATE:20260329", "2026-03-28T23:00Z 2026-03-29T22:00Z");
    check("DTSTART:20260328T120000\nDURATION:P1D", "2026-03-28T11:00Z 2026-03-29T10:00Z");
    check("DTSTART:20260328T120000\nDURATION:PT24H", "2026-03-28T11:00Z 2026-03-29T11:00Z");
    check("DTSTART:20260328T120000\nDURATION:+P1DT1H30M", "2026-03-28T11:00Z 2026-03-29T11:30Z");
    check("DTSTART:20260328T120000\nDURATION:P2W", "2026-03-28T11:00Z 2026-04-11T10:00Z");
    // In the gap, and in the hour that exists twice.
    check("DTSTART:20260329T023000\nDURATION:PT1H", "2026-03-29T01:00Z 2026-03-29T02:00Z");
    check("DTSTART:20261025T023000\nDTEND:20261025T033000", "2026-10-25T00:30Z 2026-10-25T02:30Z");
}

#[test]
fn names_are_one_line() {
    let named = |summary: &str| {
        let text = event("DTSTART;VALUE=DATE:20260701").replace("SUMMARY:a", summary);
        let found = read(&text, "2026-01-01T00:00Z", "2027-01-01T00:00Z").unwrap();
        found[0].splitn(3, ' ').nth(2).unwrap().to_owned()
    };
    assert_eq!(named(r"SUMMARY:a\, b\; c\\d\ne\Nf"), r"a, b; c\d e f");
    assert_eq!(named("SUMMARY;LANGUAGE=en:\u{1b}[31mred"), "[31mred");
    assert_eq!(named("SUMMARY:"), "a@example.com");
    assert_eq!(named("X-NOTHING:"), "a@example.com");
    assert_eq!(named(&format!("SUMMARY:{}", "ä".repeat(500))), "ä".repeat(120));
    let nameless =
        event("DTSTART;VALUE=DATE:20260701").replace("UID:", "X-ID:").replace("SUMMARY:a", "");
    let found = read(&nameless, "2026-01-01T00:00Z", "2027-01-01T00:00Z").unwrap();
    assert_eq!(found, ["2026-06-30T22:00Z 2026-07-01T22:00Z line 2"]);
}

#[test]
fn other_parts_of_a_calendar_are_not_events() {
    let other = "BEGIN:VTODO\r\nDUE:20260701\r\nEND:VTODO\r\nBEGIN:X-THING\r\nEND:X-THING\r\n";
    let text = event("DTSTART;VALUE=DATE:20260701").replacen(
        "BEGIN:VEVENT",
        &format!("{other}BEGIN:VEVENT"),
        1,
    );
    assert_eq!(read(&text, "2026-01-01T00:00Z", "2027-01-01T00:00Z").unwrap().len(), 1);
    // Two calendars in one file, one of them empty.
    let both = format!("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n{text}{text}");
    assert_eq!(read(&both, "2026-01-01T00:00Z", "2027-01-01T00:00Z").unwrap().len(), 2);
}
