//! What is not understood is an error that names its line, never a freeze left out.

use super::{event, read};

fn error(text: &str) -> String {
    let result = read(text, "2026-01-01T00:00Z", "2027-01-01T00:00Z");
    result.expect_err(text).to_string()
}

/// The event's own lines begin on line 5.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let (line, what) = expected.split_once(' ').unwrap();
    let expected = format!("line {line}, event `a@example.com`: {what}");
    assert_eq!(error(&event(lines)), expected, "{lines}");
}

#[test]
fn files_that_are_no_calendars() {
    let whole = event("DTSTART;VALUE=DATE:20260701");
    for (text, expected) in [
        ("", "line 1: there is no calendar"),
        ("\r\n\r\n", "line 1: there is no calendar"),
        ("hello", "line 1: not a line of the form `NAME;PARAMETER=…:VALUE`"),
        (" folded:before anything", "line 1: not a line of the form `NAME;PARAMETER=…:VALUE`"),
        ("BEGIN:VEVENT\nEND:VEVENT", "line 1: `VEVENT` is not understood here"),
        ("VERSION:2.0", "line 1: a calendar begins with BEGIN:VCALENDAR"),
        ("BEGIN:VCALENDAR\nCALSCALE:HEBREW", "line 2: the calendar `HEBREW` is not known"),
        ("BEGIN:VCALENDAR\nBEGIN:VFREEBUSY", "line 2: `VFREEBUSY` is not understood here"),
        ("BEGIN:VCALENDAR\nBEGIN:X-A\nBEGIN:VEVENT", "line 3: `VEVENT` is not understood here"),
        ("BEGIN:VCALENDAR\nEND:VEVENT", "line 2: nothing called `VEVENT` is open"),
        ("BEGIN:VCALENDAR\n\nBEGIN:VEVENT\nUID:a", "line 3: `VEVENT` has no end"),
        ("BEGIN:VCALENDAR\nDT START:1", "line 2: not a line of the form `NAME;PARAMETER=…:VALUE`"),
        ("BEGIN:VCALENDAR\nA;B:1", "line 2: not a line of the form `NAME;PARAMETER=…:VALUE`"),
        ("BEGIN:VCALENDAR\nA;B=\"c:1", "line 2: not a line of the form `NAME;PARAMETER=…:VALUE`"),
        (&format!("{whole}trailing"), "line 8: not a line of the form `NAME;PARAMETER=…:VALUE`"),
        (&whole.replace("END:VCALENDAR", ""), "line 1: `VCALENDAR` has no end"),
        (&whole.replace("UID:a@example.com", "UID:a\nUID:b"), "line 4: a second UID in one event"),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
}

#[test]
fn times_that_are_none() {
    let needs_end = "2 an event with a time needs DTEND or DURATION";
    check("DTSTART:20260701T080000Z", needs_end);
    check("LOCATION:here", "2 an event needs DTSTART");
    check("DTSTART:20260231", "5 `20260231` is not a date or a date and time");
    check("DTSTART:2026-07-01", "5 `2026-07-01` is not a date or a date and time");
    check("DTSTART:20260701T0800", "5 `20260701T0800` is not a date or a date and time");
    check("DTSTART:20260701T240000", "5 `20260701T240000` is not a date or a date and time");
    check("DTSTART:+2260701", "5 `+2260701` is not a date or a date and time");
    check("DTSTART:ä", "5 `ä` is not a date or a date and time");
    check("DTSTART:20260701Z", "5 `20260701Z` is not of the type the line says");
    check(
        "DTSTART;VALUE=DATE:20260701T080000",
        "5 `20260701T080000` is not of the type the line says",
    );
    check("DTSTART;VALUE=PERIOD:20260701", "5 values of type PERIOD are not known");
    check("DTSTART:20260701,20260702", "5 DTSTART has several values");
    check(
        "DTSTART;TZID=Europe/Berlin:20260701T080000Z",
        "5 `20260701T080000Z` is not in UTC and in another zone at once",
    );
    check(
        "DTSTART;TZID=W. Europe Standard Time:20260701T080000",
        "5 `W. Europe Standard Time` is not a time zone of the IANA database such as `UTC` or `Europe/Berlin`",
    );
    check("DTSTART:20260701\nDTSTART:20260702", "6 a second DTSTART in one event");
    check("DTSTART:20260701\nDTEND:20260701", "6 the event ends before it has begun");
    check(
        "DTSTART:20260701\nDTEND:20260701T080000",
        "6 DTSTART and DTEND must both be dates or both have a time",
    );
    check("DTSTART:20260701\nDTEND:20260702\nDURATION:P1D", "7 an event has DTEND or DURATION");
    for text in [
        "",
        "P",
        "1D",
        "-P1D",
        "P1DT",
        "PT1",
        "P1H",
        "PT1D",
        "P1D1D",
        "PT1M1H",
        "P1.5D",
        "P1234567D",
    ] {
        let expected = match text {
            "P" => "6 the event lasts no time at all".to_owned(),
            _ => format!("6 `{text}` is not a duration such as P1D or PT8H"),
        };
        check(&format!("DTSTART:20260701\nDURATION:{text}"), &expected);
    }
    check("DTSTART:20260701\nDURATION:PT0S", "6 the event lasts no time at all");
}

#[test]
fn states_that_are_not_known() {
    check("DTSTART:20260701\nSTATUS:MAYBE", "6 the status `MAYBE` is not known");
    check("DTSTART:20260701\nTRANSP:GLASS", "6 `GLASS` is not known");
}

#[test]
fn rules_that_are_not_understood() {
    let rule = |rule: &str, expected: &str| {
        check(&format!("DTSTART:20260703\nRRULE:{rule}"), expected);
    };
    let part = |part: &str| {
        rule(
            &format!("FREQ=MONTHLY;{part}"),
            &format!("6 `{part}` is not understood in a recurrence rule"),
        );
    };
    for text in [
        "BYWEEKNO=20",
        "BYYEARDAY=1",
        "BYHOUR=9",
        "RSCALE=CHINESE",
        "INTERVAL=0",
        "INTERVAL=x",
        "COUNT=0",
        "COUNT=-1",
        "BYMONTH=13",
        "BYMONTH=",
        "BYMONTHDAY=0",
        "BYMONTHDAY=32",
        "BYDAY=",
        "BYDAY=XX",
        "BYDAY=0FR",
        "BYDAY=--1FR",
        "BYDAY=ä",
        "BYSETPOS=+-1",
        "WKST=1MO",
        "nothing",
        "",
    ] {
        part(text);
    }
    rule("FREQ=HOURLY", "6 `FREQ=HOURLY` is not understood in a recurrence rule");
    rule("COUNT=3", "6 a recurrence rule needs FREQ");
    rule(
        "FREQ=DAILY;COUNT=3;UNTIL=20260801",
        "6 `UNTIL=20260801` contradicts an earlier part of the rule",
    );
    rule("FREQ=DAILY;FREQ=WEEKLY", "6 `FREQ=WEEKLY` contradicts an earlier part of the rule");
    rule("FREQ=DAILY;UNTIL=tomorrow", "6 `tomorrow` is not a date or a date and time");
    rule("FREQ=WEEKLY;BYDAY=1FR", "6 a numbered BYDAY needs FREQ=MONTHLY or FREQ=YEARLY");
    rule("FREQ=WEEKLY;BYMONTHDAY=1", "6 BYMONTHDAY means nothing with FREQ=WEEKLY");
    let unsynchronised = "2 DTSTART is not the first occurrence of RRULE";
    // The third of July 2026 is a Friday.
    rule("FREQ=WEEKLY;BYDAY=TH", unsynchronised);
    rule("FREQ=WEEKLY;BYDAY=TH,SA", unsynchronised);
    rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", unsynchronised);
    rule("FREQ=DAILY;UNTIL=20260702", unsynchronised);
    check("DTSTART:20260703\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "7 a second RRULE in one event");
    check(
        "DTSTART:20260703\nEXRULE:FREQ=DAILY",
        "6 EXRULE is not understood; list the dates with EXDATE",
    );
    check("DTSTART:20260703\nEXDATE:20260703T000000", "6 DTSTART and EXDATE must be of one type");
    check(
        "DTSTART:20260703\nRDATE;VALUE=PERIOD:20260703T000000Z/P1D",
        "6 values of type PERIOD are not known",
    );
    check(
        "DTSTART:20260703\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260703",
        "6 RANGE is not understood",
    );
    check(
        "DTSTART:20260703\nRRULE:FREQ=DAILY\nRECURRENCE-ID:20260703",
        "7 RECURRENCE-ID needs a UID, and no rule of its own",
    );
}

#[test]
fn files_beyond_their_limits() {
    let one = event("DTSTART;VALUE=DATE:20260701");
    assert_eq!(
        error(&one.replace("SUMMARY:a", &"X:y\r\n".repeat(210_000))),
        "line 1: longer than 1048576 bytes"
    );
    let (_, rest) = one.split_once("\r\n").unwrap();
    let (vevent, _) = rest.split_once("END:VCALENDAR").unwrap();
    let short = "BEGIN:VEVENT\nDTSTART:20260701\nEND:VEVENT\n";
    let many = |event: &str, count: usize| {
        format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.repeat(count))
    };
    assert_eq!(error(&many(short, 5_001)), "line 15004: more than 5000 events");
    assert_eq!(error(&many(short, 2_001)), "line 1: more than 2000 events to look at");
    let daily = vevent.replace("20260701", "19800101").replace("UID", "RRULE:FREQ=DAILY\nUID");
    let wide = error(&many(&daily, 60)).replace(|c: char| c.is_ascii_digit(), "");
    assert_eq!(wide, "line : more than  events to look at");
    let never = daily.replace("FREQ=DAILY", "FREQ=YEARLY;UNTIL=20250101");
    let wide = error(&many(&never, 60));
    assert!(
        wide.ends_with("the rules of this file name too many days; begin them later"),
        "{wide}"
    );
}
