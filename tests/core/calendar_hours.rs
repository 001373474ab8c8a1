//! Business hours: working time against elapsed time, over nights in which clocks change.

use hardstop_core::{
    calendar::Calendar,
    time::{Millis, Timestamp},
};
use proptest::{prelude::*, sample::select};
use serde_json::json;

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn calendar(days: &[&str], from: &str, to: &str, zone: &str, holidays: &[&str]) -> Calendar {
    let hours = json!({ "days": days, "from": from, "to": to, "zone": zone });
    serde_json::from_value(json!({ "hours": hours, "holidays": holidays })).expect("a calendar")
}

fn office() -> Calendar {
    calendar(&WEEK[..5], "09:00", "17:00", "Europe/Berlin", &["2026-12-25", "2026-12-26"])
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

const fn hours(n: u64) -> Millis {
    Millis::from_secs(n * 3_600)
}

#[track_caller]
fn check(calendar: &Calendar, from: &str, span: Millis, expected: &str) {
    assert_eq!(calendar.add_working(at(from), span), Some(at(expected)), "{from} + {span}");
}

#[test]
fn working_time_passes_only_at_work() {
    let office = office();
    // Friday, 20 November 2026; Berlin is an hour ahead of UTC.
    check(&office, "2026-11-20T10:00Z", hours(4), "2026-11-20T14:00Z");
    check(&office, "2026-11-20T12:00Z", hours(4), "2026-11-20T16:00Z");
    check(&office, "2026-11-20T12:00Z", Millis(4 * 3_600_000 + 1), "2026-11-23T08:00:00.001Z");
    check(&office, "2026-11-21T12:00Z", hours(1), "2026-11-23T09:00Z");
    check(&office, "2026-11-20T03:00Z", hours(24), "2026-11-24T16:00Z");
    check(&office, "2026-11-21T12:00Z", Millis(0), "2026-11-21T12:00Z");
    // Thursday before Christmas: Friday is a holiday, then comes a weekend.
    check(&office, "2026-12-24T15:00Z", hours(2), "2026-12-28T09:00Z");
    // Friday to Monday over the change of 29 March: 09:00 in Berlin is an hour earlier in UTC.
    check(&office, "2026-03-27T15:00Z", hours(2), "2026-03-30T08:00Z");
    check(&office, "2026-10-23T14:00Z", hours(2), "2026-10-26T09:00Z");
}

#[test]
fn a_night_shift_lasts_as_long_as_it_does() {
    let night = calendar(&["sat"], "22:00", "06:00", "Europe/Berlin", &[]);
    // 28 March: seven hours; 24 October: nine; then a week later.
    check(&night, "2026-03-28T12:00Z", hours(7), "2026-03-29T04:00Z");
    check(&night, "2026-03-28T12:00Z", hours(8), "2026-04-04T21:00Z");
    check(&night, "2026-10-24T12:00Z", hours(9), "2026-10-25T05:00Z");
    check(&night, "2026-10-24T12:00Z", hours(10), "2026-10-31T22:00Z");
    let new_york = calendar(&["sat"], "20:00", "04:00", "America/New_York", &[]);
    check(&new_york, "2026-03-07T12:00Z", hours(7), "2026-03-08T08:00Z");
    check(&new_york, "2026-10-31T12:00Z", hours(9), "2026-11-01T09:00Z");
    let lord_howe = calendar(&["sat"], "22:00", "04:00", "Australia/Lord_Howe", &[]);
    check(&lord_howe, "2026-10-03T09:00Z", Millis(5 * 3_600_000 + 1_800_000), "2026-10-03T17:00Z");
    check(&lord_howe, "2026-04-04T09:00Z", Millis(6 * 3_600_000 + 1_800_000), "2026-04-04T17:30Z");
    // The whole shift falls into the gap: there is none that night.
    let gap = calendar(&["sun"], "02:00", "03:00", "Europe/Berlin", &[]);
    assert_eq!(gap.next_working(at("2026-03-28T12:00Z")), Some(at("2026-04-05T00:00Z")));
    // It lies in the hour that exists twice: from the first 02:00 to the only 03:00.
    check(&gap, "2026-10-24T12:00Z", hours(2), "2026-10-25T02:00Z");
}

#[test]
fn the_next_working_instant() {
    let office = office();
    for (from, expected) in [
        ("2026-11-20T10:00Z", "2026-11-20T10:00Z"),
        ("2026-11-20T07:59Z", "2026-11-20T08:00Z"),
        ("2026-11-20T16:00Z", "2026-11-23T08:00Z"),
        ("2026-12-24T16:00Z", "2026-12-28T08:00Z"),
    ] {
        assert_eq!(office.next_working(at(from)), Some(at(expected)), "{from}");
    }
}

#[test]
fn those_who_never_work_are_never_there() {
    let nobody = calendar(&[], "09:00", "17:00", "UTC", &[]);
    assert_eq!(nobody.next_working(at("2026-11-20T10:00Z")), None);
    assert_eq!(nobody.add_working(at("2026-11-20T10:00Z"), Millis(1)), None);
    let minute = calendar(&WEEK, "09:00", "09:01", "UTC", &[]);
    assert_eq!(minute.add_working(at("2026-11-20T10:00Z"), hours(24 * 3_660)), None);
}

#[test]
fn calendars_have_one_spelling() {
    let text = r#"{"hours":{"days":["mon","fri"],"from":"09:00","to":"17:30","zone":"Europe/Berlin"},"holidays":["2026-12-25"]}"#;
    let calendar: Calendar = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&calendar).unwrap(), text);
}

proptest! {
    /// Working time adds up, never runs backwards, and passes at work only.
    #[test]
    fn working_time_adds_up(
        zone in select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        hours in select(vec![("09:00", "17:00"), ("22:00", "06:00"), ("00:00", "00:00"), ("01:30", "02:15")]),
        days in 1_usize..8,
        ms in 1_770_000_000_000_i64..1_800_000_000_000,
        (a, b) in (0_u64..90_000_000, 0_u64..90_000_000),
    ) {
        let calendar = calendar(&WEEK[7 - days..], hours.0, hours.1, zone, &["2026-10-25"]);
        let from = Timestamp::from_millis(ms);
        let first = calendar.add_working(from, Millis(a)).unwrap();
        let both = calendar.add_working(from, Millis(a + b)).unwrap();
        prop_assert_eq!(calendar.add_working(first, Millis(b)), Some(both));
        prop_assert!(from <= first && first <= both);
        if a > 0 {
            // The instant before was working time.
            let before = Timestamp::from_millis(first.as_millis() - 1);
            prop_assert_eq!(calendar.next_working(before), Some(before));
        }
    }
}
