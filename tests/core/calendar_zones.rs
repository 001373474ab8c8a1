//! Local times against instants, by tables made by hand: the nights in which clocks change.

use hardstop_core::{
    calendar::{Moment, Shown, TimeOfDay, Zone, zones_version},
    time::Timestamp,
};
use jiff::civil;
use proptest::{prelude::*, sample::select};

fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[test]
fn local_times_of_the_nights_in_which_clocks_change() {
    let table = "
        UTC                  2026-03-29T02:30  2026-03-29T02:30Z
        Europe/Berlin        2026-03-29T01:59  2026-03-29T00:59Z  before the gap
        Europe/Berlin        2026-03-29T02:00  2026-03-29T01:00Z  never shown: the first after it
        Europe/Berlin        2026-03-29T02:30  2026-03-29T01:00Z  never shown
        Europe/Berlin        2026-03-29T02:59  2026-03-29T01:00Z  never shown
        Europe/Berlin        2026-03-29T03:00  2026-03-29T01:00Z
        Europe/Berlin        2026-03-29T03:01  2026-03-29T01:01Z
        Europe/Berlin        2026-10-25T01:59  2026-10-24T23:59Z
        Europe/Berlin        2026-10-25T02:00  2026-10-25T00:00Z  shown twice: the first
        Europe/Berlin        2026-10-25T02:59  2026-10-25T00:59Z  shown twice
        Europe/Berlin        2026-10-25T03:00  2026-10-25T02:00Z
        America/New_York     2026-03-08T01:59  2026-03-08T06:59Z
        America/New_York     2026-03-08T02:30  2026-03-08T07:00Z  never shown
        America/New_York     2026-03-08T03:00  2026-03-08T07:00Z
        America/New_York     2026-11-01T00:59  2026-11-01T04:59Z
        America/New_York     2026-11-01T01:30  2026-11-01T05:30Z  shown twice
        America/New_York     2026-11-01T02:00  2026-11-01T07:00Z
        Australia/Lord_Howe  2026-10-04T01:59  2026-10-03T15:29Z
        Australia/Lord_Howe  2026-10-04T02:15  2026-10-03T15:30Z  never shown: half an hour
        Australia/Lord_Howe  2026-10-04T02:30  2026-10-03T15:30Z
        Australia/Lord_Howe  2026-04-05T01:29  2026-04-04T14:29Z
        Australia/Lord_Howe  2026-04-05T01:45  2026-04-04T14:45Z  shown twice
        Australia/Lord_Howe  2026-04-05T02:00  2026-04-04T15:30Z
        Pacific/Apia         2011-12-30T12:00  2011-12-30T10:00Z  a date that never was";
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap();
        let (zone, local, expected) = (zone(word()), word(), at(word()));
        let civil: civil::DateTime = local.parse().unwrap();
        assert_eq!(zone.instant(civil), expected, "{line}");
        let moment: Moment = local.parse().unwrap();
        assert_eq!(moment.instant(&zone, at("2030-01-01T00:00Z")), expected, "{line}");
        let shown = match words.collect::<Vec<_>>().as_slice() {
            ["never", ..] | ["a", "date", ..] => Shown::Never,
            ["shown", "twice" | "twice:", ..] => Shown::Twice,
            _ => Shown::Once,
        };
        assert_eq!(moment.shown(&zone, expected), shown, "{line}");
    }
}

#[test]
fn until_names_an_instant_a_local_time_or_the_next_time_of_day() {
    let berlin = zone("Europe/Berlin");
    let table = [
        ("2026-11-20T08:00:00Z", "2026-11-19T12:00Z", "2026-11-20T08:00Z"),
        ("2026-11-20T08:00:00+01:00", "2026-11-19T12:00Z", "2026-11-20T07:00Z"),
        ("2026-11-20T08:00", "2026-11-19T12:00Z", "2026-11-20T07:00Z"),
        ("2026-11-20T08:00:30", "2026-12-24T12:00Z", "2026-11-20T07:00:30Z"),
        ("08:00", "2026-11-19T12:00Z", "2026-11-20T07:00Z"),
        ("08:00", "2026-11-20T06:59:59.999Z", "2026-11-20T07:00Z"),
        ("08:00", "2026-11-20T07:00Z", "2026-11-20T07:00Z"),
        ("08:00", "2026-11-20T07:00:00.001Z", "2026-11-21T07:00Z"),
        // The date is Berlin's, not that of UTC.
        ("00:15", "2026-11-20T23:30Z", "2026-11-21T23:15Z"),
        // 24 hours on the wall are 23 in one night and 25 in another.
        ("12:00", "2026-03-28T11:00:00.001Z", "2026-03-29T10:00Z"),
        ("12:00", "2026-10-24T10:00:00.001Z", "2026-10-25T11:00Z"),
        ("02:30", "2026-03-28T12:00Z", "2026-03-29T01:00Z"),
        // In the second of two 02:30, the first has passed.
        ("02:30", "2026-10-25T01:00Z", "2026-10-26T01:30Z"),
    ];
    for (text, now, expected) in table {
        let moment: Moment = text.parse().unwrap();
        assert_eq!(moment.instant(&berlin, at(now)), at(expected), "{text} at {now}");
    }
}

#[test]
fn what_is_no_point_in_time_is_refused() {
    for text in [
        "",
        "8:00",
        "24:00",
        "+8:00",
        "08:60",
        "08:00:00",
        "tomorrow",
        "2026-11-20",
        "2026-02-30T08:00",
        "2026-11-20T08:00[Europe/Berlin]",
        "2026-11-20 08:00",
        "T08:00",
    ] {
        let error = text.parse::<Moment>().unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{text}` is neither")), "{error}");
    }
    assert!("00:00".parse::<TimeOfDay>().is_ok() && "23:59".parse::<TimeOfDay>().is_ok());
}

#[test]
fn a_zone_has_one_spelling() {
    for text in ["", "europe/berlin", "Europe/Berlim", "CEST", "+02:00", "Etc/Unknown", "../UTC"] {
        assert!(text.parse::<Zone>().is_err(), "{text}");
        assert!(serde_json::from_value::<Zone>(text.into()).is_err(), "{text}");
    }
    for text in ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia"] {
        assert_eq!(serde_json::to_value(zone(text)).unwrap(), text);
        assert_eq!(zone(text).name(), text);
    }
    assert_eq!(zone("UTC"), Zone::UTC);
    assert!(zones_version() >= "2026a", "{}", zones_version());
}

#[test]
fn an_hour_that_exists_twice_is_shown_with_its_offset() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(berlin.show(at("2026-10-25T00:30Z")), "2026-10-25 02:30+02:00 Europe/Berlin");
    assert_eq!(berlin.show(at("2026-10-25T01:30Z")), "2026-10-25 02:30+01:00 Europe/Berlin");
}

proptest! {
    /// What a clock shows leads back to its instant, or to the first of the two that show it; and
    /// later on the wall is never earlier in time.
    #[test]
    fn instants_and_local_times_agree(
        name in select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        ms in 1_760_000_000_000_i64..1_860_000_000_000,
        more in 0_i64..10_000_000,
    ) {
        let zone = zone(name);
        let now = Timestamp::from_millis(ms);
        let local = zone.local(now);
        let back = zone.instant(local);
        prop_assert_eq!(zone.local(back), local);
        prop_assert!(back <= now && now.since(back).0 <= 3_600_000);
        let later = local.saturating_add(jiff::Span::new().milliseconds(more));
        prop_assert!(zone.instant(later) >= back);
    }
}
