//! When steps may start: the algebra of windows, by tables made by hand and by properties.

use hardstop_core::{
    calendar::{Opening, Window, opening},
    limits::OPENING_SEARCH,
    time::{Millis, Timestamp},
};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// `allow|deny overrun|fits when…`, where `when` is `mon,tue 22:00-06:00 zone`, or `from to`, or
/// `@file known-until name=from=to…`.
fn window(line: &str) -> Window {
    let words: Vec<&str> = line.split_whitespace().collect();
    let span = |from: &str, to: &str| json!({ "from": at(from), "to": at(to) });
    let when = match words[2..] {
        [days, hours, zone] if !days.starts_with('@') => {
            let (from, to) = hours.split_once('-').expect("hours");
            let days: Vec<&str> = days.split(',').collect();
            json!({ "weekly": { "days": days, "from": from, "to": to, "zone": zone } })
        }
        [from, to] if !from.starts_with('@') => json!({ "between": span(from, to) }),
        [source, until, ref events @ ..] => {
            let intervals: Vec<Value> = events
                .iter()
                .map(|event| {
                    let parts: Vec<&str> = event.split('=').collect();
                    json!({ "name": parts[0], "span": span(parts[1], parts[2]) })
                })
                .collect();
            json!({ "frozen": { "source": &source[1..], "known_until": at(until), "intervals": intervals } })
        }
        [] | [_] => panic!("{line}"),
    };
    let overrun = if words[1] == "overrun" { "allow" } else { "deny" };
    let window = json!({ "rule": words[0], "when": when, "overrun": overrun });
    serde_json::from_value(window).expect("a window")
}

/// Seconds and milliseconds only where there are some.
fn short(at: Timestamp) -> String {
    at.to_string().replace(".000Z", "Z").replace(":00Z", "Z")
}

fn show(opening: &Opening) -> String {
    let instant = |at: &Option<Timestamp>, never: &str| at.map_or(never.to_owned(), short);
    match opening {
        Opening::Open { until } => format!("open until {}", instant(until, "ever")),
        Opening::Closed { opens, because } => {
            format!("closed until {}: {because}", instant(opens, "ever"))
        }
    }
}

#[track_caller]
fn check(windows: &[&str], now: &str, minutes: u64, expected: &str) {
    let windows: Vec<Window> = windows.iter().map(|line| window(line)).collect();
    let opening = opening(&windows, at(now), Millis::from_secs(minutes * 60));
    assert_eq!(show(&opening), expected, "at {now} for {minutes} minutes");
}

#[test]
fn without_windows_everything_is_open() {
    check(&[], "2026-11-20T10:00Z", 600, "open until ever");
}

#[test]
fn one_allow_window_must_hold() {
    let windows = ["allow overrun mon,tue 22:00-06:00 UTC"];
    let closed = |until| format!("closed until {until}: no window is open");
    // A Friday, then the Monday's window, which belongs to Monday until Tuesday 06:00.
    check(&windows, "2026-11-20T10:00Z", 60, &closed("2026-11-23T22:00Z"));
    check(&windows, "2026-11-23T21:59:59.999Z", 60, &closed("2026-11-23T22:00Z"));
    check(&windows, "2026-11-23T22:00Z", 60, "open until 2026-11-24T06:00Z");
    check(&windows, "2026-11-24T05:59:59.999Z", 60, "open until 2026-11-24T06:00Z");
    check(&windows, "2026-11-24T06:00Z", 60, &closed("2026-11-24T22:00Z"));
    check(&windows, "2026-11-25T05:00Z", 60, "open until 2026-11-25T06:00Z");
    // Wednesday's night is nobody's.
    check(&windows, "2026-11-25T23:00Z", 60, &closed("2026-11-30T22:00Z"));
    let two = ["allow overrun mon 10:00-12:00 UTC", "allow overrun mon 11:00-13:00 UTC"];
    check(&two, "2026-11-23T10:30Z", 60, "open until 2026-11-23T13:00Z");
}

#[test]
fn deny_always_wins() {
    let windows = [
        "allow overrun mon,tue 22:00-06:00 UTC",
        "deny overrun 2026-11-23T23:00Z 2026-11-24T01:00Z",
        "deny overrun 2026-11-24T00:30Z 2026-11-24T02:00Z",
    ];
    let denied = "nothing starts in 2026-11-23 23:00:00Z to 2026-11-24 01:00:00Z";
    check(&windows, "2026-11-23T22:00Z", 300, "open until 2026-11-23T23:00Z");
    check(&windows, "2026-11-23T23:00Z", 1, &format!("closed until 2026-11-24T02:00Z: {denied}"));
    check(&windows[1..], "2026-11-20T10:00Z", 1, "open until 2026-11-23T23:00Z");
    check(&windows[1..], "2026-11-24T02:00Z", 1, "open until ever");
}

#[test]
fn a_step_must_fit_into_what_is_left() {
    let windows = ["allow fits mon,tue 22:00-02:00 UTC"];
    let left =
        |time: &str| format!("it takes up to 2h, and mon, tue 22:00-02:00 UTC leaves {time}");
    check(&windows, "2026-11-23T22:00Z", 120, "open until 2026-11-24T00:00:00.001Z");
    check(&windows, "2026-11-24T00:00Z", 120, "open until 2026-11-24T00:00:00.001Z");
    let closed = format!("closed until 2026-11-24T22:00Z: {}", left("1h 59m"));
    check(&windows, "2026-11-24T00:00:00.001Z", 120, &closed);
    // Exactly as long as the window: at its first instant or not at all.
    check(&windows, "2026-11-23T22:00Z", 240, "open until 2026-11-23T22:00:00.001Z");
}

#[test]
fn a_step_longer_than_every_window_never_starts() {
    let windows = ["allow fits mon 22:00-02:00 UTC", "allow fits wed 20:00-02:00 UTC"];
    let never = "closed until ever: it takes up to 7h, and wed 20:00-02:00 UTC leaves 6h";
    check(&windows, "2026-11-20T10:00Z", 420, never);
    check(&windows, "2026-11-23T23:00Z", 420, never);
    // One that may overrun takes it; it opens inside another that does not.
    let other = [windows[1], "allow overrun wed 23:00-23:30 UTC"];
    let opens =
        "closed until 2026-11-25T23:00Z: it takes up to 7h, and wed 20:00-02:00 UTC leaves 6h";
    check(&other, "2026-11-25T20:00Z", 420, opens);
    check(&other, "2026-11-25T23:00Z", 420, "open until 2026-11-25T23:30Z");
}

#[test]
fn windows_that_touch_count_as_one() {
    let days = ["allow fits mon,tue,wed 00:00-00:00 UTC"];
    check(&days, "2026-11-23T22:00Z", 240, "open until 2026-11-25T20:00:00.001Z");
    let two = ["allow fits mon 22:00-00:00 UTC", "allow fits tue 00:00-06:00 UTC"];
    check(&two, "2026-11-23T22:00Z", 480, "open until 2026-11-23T22:00:00.001Z");
    let always = ["allow fits mon,tue,wed,thu,fri,sat,sun 00:00-00:00 Europe/Berlin"];
    check(&always, "2026-11-23T22:00Z", 6_000, "open until ever");
}

#[test]
fn what_takes_no_time_does_not_start_at_the_end_either() {
    for overrun in ["overrun", "fits"] {
        let hours = format!("allow {overrun} sat,sun 10:00-18:00 UTC");
        check(&[&hours], "2026-11-21T12:00Z", 0, "open until 2026-11-21T18:00Z");
    }
}

#[test]
fn nothing_may_run_into_a_freeze_that_forbids_it() {
    let windows = ["deny fits 2026-12-20T00:00Z 2027-01-04T00:00Z"];
    check(&windows, "2026-12-19T12:00Z", 120, "open until 2026-12-19T22:00:00.001Z");
    let begins = "it takes up to 2h, and 2026-12-20 00:00:00Z to 2027-01-04 00:00:00Z begins at";
    let late = format!("closed until 2027-01-04T00:00Z: {begins} 2026-12-20 00:00:00Z");
    check(&windows, "2026-12-19T22:00:00.001Z", 120, &late);
    // An allow window opens only where the step ends before the freeze.
    let both = ["allow overrun sat 18:00-23:00 UTC", windows[0]];
    let opens = "closed until 2026-12-12T18:00Z: no window is open";
    check(&both, "2026-12-12T10:00Z", 360, opens);
    check(&both, "2026-12-19T10:00Z", 361, "closed until 2027-01-09T18:00Z: no window is open");
}

#[test]
fn a_freeze_from_a_file_is_named_and_what_was_not_read_is_closed() {
    let file = "deny overrun @freeze.ics 2027-06-01T00:00Z \
                Christmas=2026-12-24T00:00Z=2026-12-27T00:00Z Bridge=2026-12-26T00:00Z=2026-12-28T00:00Z";
    let name = "nothing starts in Christmas (freeze.ics)";
    check(&[file], "2026-12-25T10:00Z", 1, &format!("closed until 2026-12-28T00:00Z: {name}"));
    check(&[file], "2026-12-28T00:00Z", 1, "open until 2027-06-01T00:00Z");
    let unread = "closed until ever: nothing starts in not known so far ahead (freeze.ics)";
    check(&[file], "2027-06-01T00:00Z", 1, unread);
    // Allowed is only what a file says.
    let allow = file.replace("deny", "allow");
    check(&[&allow], "2026-12-28T00:00Z", 1, "closed until ever: no window is open");
}

#[test]
fn windows_of_the_nights_in_which_clocks_change() {
    let berlin = ["allow overrun sat,sun 22:00-06:00 Europe/Berlin"];
    check(&berlin, "2026-03-28T21:00Z", 1, "open until 2026-03-29T04:00Z");
    check(&berlin, "2026-10-24T20:00Z", 1, "open until 2026-10-25T05:00Z");
    let fits = ["allow fits sat 22:00-06:00 Europe/Berlin"];
    // Eight hours on the wall are seven in March and nine in October.
    check(
        &fits,
        "2026-03-28T21:00Z",
        480,
        "closed until 2026-04-04T20:00Z: it takes up to 8h, \
        and sat 22:00-06:00 Europe/Berlin leaves 7h",
    );
    check(&fits, "2026-10-24T20:00Z", 480, "open until 2026-10-24T21:00:00.001Z");
    let closed = |until| format!("closed until {until}: no window is open");
    // It begins in the gap: at its end. It lies in the gap: not that night.
    let gap = ["allow overrun sun 02:30-04:00 Europe/Berlin"];
    check(&gap, "2026-03-28T12:00Z", 1, &closed("2026-03-29T01:00Z"));
    let swallowed = ["allow overrun sun 02:00-02:45 Europe/Berlin"];
    check(&swallowed, "2026-03-28T12:00Z", 1, &closed("2026-04-05T00:00Z"));
    check(&swallowed, "2026-10-25T00:00Z", 1, "open until 2026-10-25T00:45Z");
    let new_york = ["deny overrun sun 01:30-03:30 America/New_York"];
    check(&new_york, "2026-03-08T05:00Z", 1, "open until 2026-03-08T06:30Z");
    check(&new_york, "2026-03-08T07:30Z", 1, "open until 2026-03-15T05:30Z");
    check(&new_york, "2026-11-01T05:00Z", 1, "open until 2026-11-01T05:30Z");
    check(&new_york, "2026-11-01T08:30Z", 1, "open until 2026-11-08T06:30Z");
    let lord_howe = ["allow overrun sun 01:45-02:15 Australia/Lord_Howe"];
    check(&lord_howe, "2026-10-03T12:00Z", 1, &closed("2026-10-03T15:15Z"));
    check(&lord_howe, "2026-10-03T15:15Z", 1, "open until 2026-10-03T15:30Z");
    check(&lord_howe, "2026-04-04T14:45Z", 1, "open until 2026-04-04T15:45Z");
}

#[test]
fn what_never_comes_is_not_sought_for_ever() {
    let once = ["allow overrun 2028-01-01T00:00Z 2028-01-02T00:00Z"];
    check(&once, "2026-11-20T10:00Z", 1, "closed until ever: no window is open");
    check(
        &["allow overrun 2020-01-01T00:00Z 2020-01-02T00:00Z"],
        "2026-11-20T10:00Z",
        1,
        "closed until ever: no window is open",
    );
}

#[test]
fn windows_have_one_spelling() {
    for text in [
        r#"{"rule":"allow","when":{"weekly":{"days":["mon"],"from":"22:00","to":"06:00","zone":"UTC"}},"overrun":"deny"}"#,
        r#"{"rule":"deny","when":{"between":{"from":"2026-12-20T00:00:00.000Z","to":"2027-01-04T00:00:00.000Z"}},"overrun":"allow"}"#,
        r#"{"rule":"deny","when":{"frozen":{"source":"a.ics","known_until":"2027-01-04T00:00:00.000Z","intervals":[]}},"overrun":"allow"}"#,
    ] {
        let window: Window = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&window).unwrap(), text);
    }
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let rule = select(vec!["allow", "deny"]);
    let overrun = select(vec!["overrun", "fits"]);
    let when = select(vec![
        "mon,tue,wed,thu,fri,sat,sun 00:00-00:00 Europe/Berlin",
        "mon,tue,wed,thu 22:00-06:00 Europe/Berlin",
        "sat,sun 02:30-04:00 Europe/Berlin",
        "sat,sun 01:45-02:15 Australia/Lord_Howe",
        "fri,sat,sun 14:00-03:00 America/New_York",
        "sat,sun 10:00-18:00 UTC",
        "2026-10-24T18:00Z 2026-10-25T02:30Z",
        "2026-03-28T12:00Z 2026-03-30T12:00Z",
        "@a.ics 2027-01-01T00:00Z a=2026-03-29T00:00Z=2026-03-29T05:00Z b=2026-03-29T04:00Z=2026-03-29T09:00Z",
    ]);
    vec((rule, overrun, when).prop_map(|(r, o, w)| window(&format!("{r} {o} {w}"))), 0..5)
}

proptest! {
    #![proptest_config(Config { cases: 128, failure_persistence: None, ..Config::default() })]

    /// The instants an answer names are the first at which the answer changes.
    #[test]
    fn openings_are_exact(
        windows in windows(),
        night in select(vec!["2026-03-28T00:00Z", "2026-10-24T00:00Z", "2026-12-30T00:00Z"]),
        offset in 0_u64..172_800,
        minutes in prop_oneof![Just(0_u64), 0_u64..900],
        probes in vec(0.0..1.0_f64, 5),
    ) {
        let now = at(night).plus(Millis::from_secs(offset));
        let needed = Millis::from_secs(minutes * 60);
        let is_open = |at| matches!(opening(&windows, at, needed), Opening::Open { .. });
        let (open, change) = match opening(&windows, now, needed) {
            Opening::Open { until } => (true, until),
            Opening::Closed { opens, .. } => (false, opens),
        };
        let end = change.unwrap_or_else(|| now.plus(OPENING_SEARCH));
        if change.is_some() {
            prop_assert!(end > now);
            prop_assert_eq!(is_open(end), !open);
            prop_assert_eq!(is_open(Timestamp::from_millis(end.as_millis() - 1)), open);
        }
        // Nothing changes on the way there, near or far.
        for probe in probes {
            for reach in [end.since(now).0, end.since(now).0.min(172_800_000)] {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss,
                    clippy::cast_precision_loss, reason = "any instant in between will do")]
                let between = Millis((reach as f64 * probe) as u64);
                prop_assert_eq!(is_open(now.plus(between)), open, "after {}", between);
            }
        }
    }

    /// The algebra again, in the words of its definition: slowly, and by minutes.
    #[test]
    fn openings_mean_what_the_rules_say(
        windows in windows(), offset in 0_u64..4_320, minutes in 0_u64..120,
    ) {
        let now = at("2026-03-27T12:00Z").plus(Millis::from_secs(offset * 60));
        let holds = |window: &Window, minute: u64| {
            // A window alone, allowing, is open exactly while it holds.
            let mut alone = window.clone();
            alone.rule = hardstop_core::calendar::Rule::Allow;
            alone.overrun = hardstop_core::calendar::Rule::Allow;
            let at = now.plus(Millis::from_secs(minute * 60));
            matches!(opening(&[alone], at, Millis(0)), Opening::Open { .. })
        };
        let (mut allow, mut deny) = (Vec::new(), Vec::new());
        for window in &windows {
            let json = serde_json::to_value(window).unwrap();
            let overrun = json["overrun"] == "allow";
            if json["rule"] == "allow" { &mut allow } else { &mut deny }.push((window, overrun));
        }
        let denied = deny.iter().any(|(window, overrun)| {
            holds(window, 0) || !overrun && (0..minutes).any(|minute| holds(window, minute))
        });
        let fits = || {
            (0..minutes.max(1)).all(|minute| allow.iter().any(|(window, _)| holds(window, minute)))
        };
        let allowed = allow.is_empty()
            || allow.iter().any(|(window, overrun)| *overrun && holds(window, 0))
            || fits();
        let open = matches!(
            opening(&windows, now, Millis::from_secs(minutes * 60)),
            Opening::Open { .. }
        );
        prop_assert_eq!(open, !denied && allowed);
    }
}
