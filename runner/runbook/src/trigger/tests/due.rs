//! Instants by hand-made tables: nights in which clocks change, and times at which nobody looked.

use std::collections::BTreeMap;

use hardstop_core::time::{Millis, Timestamp};

use crate::trigger::{Cron, Due, Missed, Overlap, RunbookRef, Schedule, due};

fn schedule(cron: &str, zone: &str, missed: Missed) -> Schedule {
    Schedule {
        id: "nightly".to_owned(),
        runbook: RunbookRef::Path("runbooks/drill.yaml".to_owned()),
        cron: Cron::parse(cron).unwrap(),
        zone: zone.parse().unwrap(),
        inputs: BTreeMap::new(),
        missed,
        overlap: Overlap::Skip,
        actor: None,
    }
}

/// `2026-03-28T12:00Z`, as people write it.
fn at(text: &str) -> Timestamp {
    text.replace('Z', ":00Z").parse().unwrap()
}

fn all(cron: &str, zone: &str, since: &str, now: &str) -> Vec<String> {
    let found = due(&schedule(cron, zone, Missed::RunAll), at(since), at(now));
    assert_eq!(found.missed, None, "{cron} in {zone}");
    found.instants.iter().map(|at| at.to_string().replace(":00.000Z", "Z")).collect()
}

/// All that is due in a time, whether it is looked at once at its end, or every ten minutes.
#[track_caller]
fn check(cron: &str, zone: &str, since: &str, now: &str, want: &[&str]) {
    assert_eq!(all(cron, zone, since, now), want, "{cron} in {zone}");
    let rule = schedule(cron, zone, Missed::RunAll);
    let (mut seen, mut found) = (at(since), Vec::new());
    while seen < at(now) {
        let next = seen.plus(Millis::from_secs(600));
        found.extend(due(&rule, seen, next).instants);
        seen = next;
    }
    let want: Vec<Timestamp> = want.iter().map(|text| at(text)).collect();
    assert_eq!(found, want, "{cron} in {zone}, looked at often");
    // What the next one is said to be is the one that comes.
    let mut next = at(since);
    for want in want {
        next = rule.cron.next(&rule.zone, next).unwrap();
        assert_eq!(next, want, "{cron} in {zone}");
    }
}

#[test]
fn a_time_that_does_not_exist_comes_at_the_end_of_the_gap() {
    // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00Z.
    let (since, now) = ("2026-03-28T12:00Z", "2026-03-30T12:00Z");
    let zone = "Europe/Berlin";
    check("30 2 * * *", zone, since, now, &["2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
    // Two times of a list are two times, also if one of them is in the gap.
    let want = [
        "2026-03-28T13:00Z",
        "2026-03-29T01:00Z",
        "2026-03-29T12:00Z",
        "2026-03-30T00:00Z",
        "2026-03-30T12:00Z",
    ];
    check("0 2,14 * * *", zone, since, now, &want);
    // Several times of one gap end in one instant, and it is one run.
    let want = ["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T00:20Z", "2026-03-30T00:40Z"];
    check("*/20 2 * * *", zone, since, now, &want);
    // 03:00 exists, and 02:59 ends there too.
    check("0 3 * * *", zone, since, now, &["2026-03-29T01:00Z", "2026-03-30T01:00Z"]);
    // Half an hour of gap: Lord Howe, 2026-10-04, 02:00 becomes 02:30 at 15:30Z the day before.
    let (since, now) = ("2026-10-03T12:00Z", "2026-10-04T12:00Z");
    check("15 2 * * *", "Australia/Lord_Howe", since, now, &["2026-10-03T15:30Z"]);
}

#[test]
fn a_time_that_exists_twice_comes_once() {
    // Berlin, 2026-10-25: 03:00 becomes 02:00 at 01:00Z.
    let (since, now) = ("2026-10-24T12:00Z", "2026-10-26T12:00Z");
    let zone = "Europe/Berlin";
    check("30 2 * * *", zone, since, now, &["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
    let want = ["2026-10-24T12:30Z", "2026-10-25T00:30Z", "2026-10-25T13:30Z", "2026-10-26T01:30Z"];
    check("30 2,14 * * *", zone, since, now, &want);
    let want = ["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-26T01:00Z", "2026-10-26T01:30Z"];
    check("*/30 2 * * *", zone, since, now, &want);
    check("0 3 * * *", zone, since, now, &["2026-10-25T02:00Z", "2026-10-26T02:00Z"]);
    // A look in the second of the two hours finds what came in the first.
    let found = due(
        &schedule("45 2 * * *", zone, Missed::Skip),
        at("2026-10-25T00:40Z"),
        at("2026-10-25T01:05Z"),
    );
    assert_eq!(found.instants, [at("2026-10-25T00:45Z")]);
}

#[test]
fn every_hour_follows_the_hours_that_pass() {
    let zone = "Europe/Berlin";
    let want = ["2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T02:30Z"];
    check("30 * * * *", zone, "2026-03-29T00:00Z", "2026-03-29T03:00Z", &want);
    let want = ["2026-10-24T23:30Z", "2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T02:30Z"];
    check("30 * * * *", zone, "2026-10-24T23:00Z", "2026-10-25T03:00Z", &want);
    check("@hourly", "UTC", "2026-10-24T22:30Z", "2026-10-24T23:30Z", &["2026-10-24T23:00Z"]);
}

#[test]
fn days_are_those_of_the_zone() {
    let want = ["2026-11-20T15:05Z", "2026-11-23T15:05Z"];
    check(
        "5 0 * * MON-FRI",
        "Asia/Tokyo",
        "2026-11-19T16:00Z",
        "2026-11-23T16:00Z",
        &["2026-11-22T15:05Z", "2026-11-23T15:05Z"],
    );
    check("5 0 * * TUE,SAT", "Asia/Tokyo", "2026-11-19T16:00Z", "2026-11-23T16:00Z", &want);
    let want = ["2028-02-29T12:00Z"];
    check("0 12 29 2 *", "UTC", "2028-02-28T12:00Z", "2028-03-02T12:00Z", &want);
}

#[test]
fn what_nobody_looked_at_in_time_is_for_the_rule_to_say() {
    // The last look was days ago; the times are 03:00Z.
    let cases = [
        (Missed::Skip, "2026-11-20T03:00Z", vec!["2026-11-20T03:00Z"], Some("2026-11-19T03:00Z")),
        (Missed::Skip, "2026-11-20T04:00Z", vec!["2026-11-20T03:00Z"], Some("2026-11-19T03:00Z")),
        (Missed::Skip, "2026-11-20T04:01Z", vec![], Some("2026-11-20T03:00Z")),
        (
            Missed::RunOnce,
            "2026-11-20T22:00Z",
            vec!["2026-11-20T03:00Z"],
            Some("2026-11-19T03:00Z"),
        ),
        (
            Missed::RunAll,
            "2026-11-20T22:00Z",
            vec!["2026-11-18T03:00Z", "2026-11-19T03:00Z", "2026-11-20T03:00Z"],
            None,
        ),
    ];
    for (rule, now, instants, missed) in cases {
        let found = due(&schedule("0 3 * * *", "UTC", rule), at("2026-11-17T03:00Z"), at(now));
        let want = Due { instants: instants.into_iter().map(at).collect(), missed: missed.map(at) };
        assert_eq!(found, want, "{rule:?} at {now}");
    }
}

#[test]
fn nothing_before_the_first_sight_is_run_and_nothing_twice() {
    for rule in [Missed::Skip, Missed::RunOnce, Missed::RunAll] {
        let minutely = schedule("* * * * *", "UTC", rule);
        let now = at("2026-11-20T03:00Z");
        assert_eq!(due(&minutely, now, now), Due::default(), "{rule:?}");
        // The instant of the last look itself was looked at.
        let found = due(&minutely, now, at("2026-11-20T03:01Z"));
        assert_eq!(found.instants, [at("2026-11-20T03:01Z")], "{rule:?}");
        // A clock that was put back runs nothing again.
        assert_eq!(due(&minutely, now, at("2026-11-20T02:00Z")), Due::default(), "{rule:?}");
    }
}

#[test]
fn catching_up_is_bounded_and_takes_the_newest() {
    let found = due(
        &schedule("* * * * *", "UTC", Missed::RunAll),
        at("2020-01-01T00:00Z"),
        at("2026-11-20T03:00Z"),
    );
    assert_eq!(found.instants.len(), 100);
    assert_eq!(found.instants.last(), Some(&at("2026-11-20T03:00Z")));
    assert_eq!(found.missed, Some(at("2026-11-20T01:20Z")));
}

#[test]
fn patterns_that_are_none() {
    let cases = [
        ("", "`` has 0 fields; a pattern has five"),
        ("0 3 * *", "`0 3 * *` has 4 fields; a pattern has five"),
        ("0 0 3 * * *", "`0 0 3 * * *` has 6 fields; a pattern has five"),
        ("61 3 * * *", "`61 3 * * *` is no pattern: "),
        ("0 3 * * BLUE", "`0 3 * * BLUE` is no pattern: "),
        ("@never", "`@never` is no pattern: "),
        ("0 0 30 2 *", "`0 0 30 2 *` never comes up"),
    ];
    for (text, want) in cases {
        let why = Cron::parse(text).unwrap_err();
        assert!(why.starts_with(want), "{why}");
    }
}
