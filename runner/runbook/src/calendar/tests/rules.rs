//! Recurrence rules, by the dates they give. Most are examples of RFC 5545, section 3.8.5.3.

use super::{event, read};

/// The dates on which an all-day event comes back within two years of its beginning, as `mm-dd`,
/// with the year where it changes.
fn dates(start: &str, more: &str) -> String {
    let text = event(&format!("DTSTART;VALUE=DATE:{start}\n{more}")).replace("TZID", "X");
    let year: i32 = start[..4].parse().unwrap();
    let (from, to) = (format!("{}-01-01T00:00Z", year - 1), format!("{}-12-31T00:00Z", year + 2));
    let mut before = String::new();
    let mut words = Vec::new();
    for line in read(&text, &from, &to).unwrap() {
        // Midnight in Berlin is the evening before in UTC; the end of the event is its date there.
        let date = line.split(' ').nth(1).unwrap().split('T').next().unwrap().to_owned();
        let (year, day) = date.split_once('-').unwrap();
        words.push(if year == before { day.to_owned() } else { format!("{year}: {day}") });
        year.clone_into(&mut before);
    }
    words.join(" ")
}

#[track_caller]
fn check(start: &str, rule: &str, expected: &str) {
    assert_eq!(dates(start, &format!("RRULE:{rule}")), expected, "{start} {rule}");
}

#[test]
fn daily_and_weekly() {
    check("19970902", "FREQ=DAILY;COUNT=4", "1997: 09-02 09-03 09-04 09-05");
    check("19970902", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997: 09-02 09-12 09-22 10-02 10-12");
    check(
        "19971230",
        "FREQ=DAILY;BYMONTH=12,1;UNTIL=19980102",
        "1997: 12-30 12-31 1998: 01-01 01-02",
    );
    check("19970902", "FREQ=DAILY;BYDAY=TU,TH;COUNT=3", "1997: 09-02 09-04 09-09");
    check("19970902", "FREQ=WEEKLY;COUNT=3", "1997: 09-02 09-09 09-16");
    check("19970902", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=3", "1997: 09-02 09-16 09-30");
    check(
        "19970901",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR;UNTIL=19971001",
        "1997: 09-01 09-03 09-05 09-15 09-17 09-19 09-29 10-01",
    );
    // The example in which the start of the week makes the difference.
    check(
        "19970805",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997: 08-05 08-10 08-19 08-24",
    );
    check(
        "19970805",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997: 08-05 08-17 08-19 08-31",
    );
}

#[test]
fn monthly() {
    check("19970905", "FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "1997: 09-05 10-03 11-07 12-05");
    check(
        "19970907",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU",
        "1997: 09-07 09-28 11-02 11-30 1998: 01-04 01-25",
    );
    check("19970922", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997: 09-22 10-20 11-17");
    check("19970928", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", "1997: 09-28 10-29 11-28");
    check("19970902", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15", "1997: 09-02 09-15 10-02 10-15");
    check("19970930", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "1997: 09-30 10-01 10-31 11-01");
    check(
        "19970913",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=3",
        "1997: 09-13 10-11 11-08",
    );
    // Months without the day are left out.
    check("19970131", "FREQ=MONTHLY;COUNT=4", "1997: 01-31 03-31 05-31 07-31");
    check("19970904", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997: 09-04 10-07 11-06");
    check(
        "19970929",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3",
        "1997: 09-29 10-30 11-27",
    );
}

#[test]
fn yearly() {
    check("19970610", "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "1997: 06-10 07-10 1998: 06-10 07-10");
    check("19970519", "FREQ=YEARLY;BYDAY=20MO", "1997: 05-19 1998: 05-18 1999: 05-17");
    check("19970330", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "1997: 03-30 1998: 03-29 1999: 03-28");
    check(
        "19970313",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4",
        "1997: 03-13 03-20 03-27 1998: 03-05",
    );
    check(
        "19961105",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996: 11-05 1998: 11-03",
    );
    check("19960229", "FREQ=YEARLY", "1996: 02-29");
    check("19971231", "FREQ=YEARLY;BYDAY=-1WE", "1997: 12-31 1998: 12-30 1999: 12-29");
}

#[test]
fn dates_added_and_taken_away() {
    let more =
        "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:19970909\nRDATE;VALUE=DATE:19970905,19970916";
    assert_eq!(dates("19970902", more), "1997: 09-02 09-05 09-16");
    assert_eq!(dates("19970902", "RDATE;VALUE=DATE:19970905\nEXDATE:19970902"), "1997: 09-05");
}

#[test]
fn until_is_compared_as_it_is_written() {
    let last = |until: &str| {
        let text = event(&format!(
            "DTSTART;TZID=America/New_York:20260301T120000\nDURATION:PT1H\n\
             RRULE:FREQ=DAILY;UNTIL={until}"
        ));
        let found = read(&text, "2026-01-01T00:00Z", "2027-01-01T00:00Z").unwrap();
        found.last().unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!(last("20260305T170000Z"), "2026-03-05T17:00Z");
    assert_eq!(last("20260305T165959Z"), "2026-03-04T17:00Z");
    assert_eq!(last("20260305T120000"), "2026-03-05T17:00Z");
    assert_eq!(last("20260310"), "2026-03-10T16:00Z");
}

#[test]
fn a_rule_keeps_the_time_on_the_clock() {
    let text = event(
        "DTSTART;TZID=Europe/Berlin:20261018T020000\nDTEND;TZID=Europe/Berlin:20261018T030000\n\
         RRULE:FREQ=WEEKLY;COUNT=3",
    );
    let expected = [
        "2026-10-18T00:00Z 2026-10-18T01:00Z a",
        "2026-10-25T00:00Z 2026-10-25T02:00Z a",
        "2026-11-01T01:00Z 2026-11-01T02:00Z a",
    ];
    assert_eq!(read(&text, "2026-01-01T00:00Z", "2027-01-01T00:00Z").unwrap(), expected);
}
