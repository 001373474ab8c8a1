//! When things happen at the earliest: against tables made by hand, and against what a rehearsal
//! then does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stage::Stage;

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../fixtures/forecast/", $name)))),*]
    };
}

fn stage() -> Stage {
    Stage::new(&fixtures![
        "freeze.ics",
        "image.yaml",
        "night.march.scenario.yaml",
        "night.october.scenario.yaml",
        "night.yaml",
        "rollout.good-day.scenario.yaml",
        "rollout.yaml",
    ])
}

/// Begin and end of something.
type Times = (Option<String>, Option<String>);

fn times(view: &Value, begin: &str, end: &str) -> Times {
    let text = |key: &str| view[key].as_str().map(str::to_owned);
    (text(begin), text(end))
}

/// All that a plan says of when: phases by their ids in brackets, then every step, item, and step
/// of a run within.
fn forecast(view: &Value) -> BTreeMap<String, Times> {
    let mut all = BTreeMap::new();
    for phase in view["phases"].as_array().unwrap() {
        let name = format!("<{}>", phase["phase"].as_str().unwrap());
        all.insert(name, times(&phase["earliest"], "from", "to"));
        for step in phase["steps"].as_array().unwrap() {
            let id = step["step"].as_str().unwrap();
            let items = step["items"].as_array().unwrap().iter();
            let named = items.map(|item| (item["step"].as_str().unwrap(), &item["earliest"]));
            for (id, earliest) in std::iter::once((id, &step["earliest"])).chain(named) {
                all.insert(id.to_owned(), times(earliest, "begins", "ends"));
                for inner in earliest["child"].as_array().into_iter().flatten() {
                    let id = format!("{id} > {}", inner["step"].as_str().unwrap());
                    all.insert(id, times(&inner["earliest"], "begins", "ends"));
                }
            }
        }
    }
    all
}

/// Compares a forecast with lines of `address begin end`, instants to the minute.
#[track_caller]
fn check(view: &Value, table: &str) {
    let shown = |at: &Option<String>| {
        let text = at.as_deref().unwrap_or("-");
        text.strip_suffix(":00.000Z").map_or_else(|| text.to_owned(), |it| format!("{it}Z"))
    };
    let found = forecast(view);
    let found = found.iter().map(|(id, (begin, end))| {
        format!("{} {} {}", id.replace(' ', ""), shown(begin), shown(end))
    });
    let mut wanted: Vec<String> =
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    wanted.retain(|line| !line.is_empty());
    let (mut found, mut wanted) = (found.collect::<Vec<_>>(), wanted);
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
fn a_freeze_in_the_way_by_a_table_made_by_hand() {
    let stage = stage();
    let at = ["plan", "rollout.yaml", "--at", "2026-12-19T08:00:00Z"];
    let (code, view) = stage.json(&at);
    assert_eq!(code, 0, "{view:#}");
    // Saturday 08:00. A day of rest ends on Sunday, the first day of the freeze. That ends on
    // Monday 4 January at 00:00 UTC, and on Mondays work starts from 09:00+01:00 on. Two regions at
    // once, each with two hours of rest. The image cools for 90 minutes meanwhile.
    check(
        &view,
        "<canary>           2026-12-19T08:00Z  2026-12-20T08:00Z
         canary/deploy      2026-12-19T08:00Z  2026-12-19T08:00Z
         canary/soak        2026-12-19T08:00Z  2026-12-20T08:00Z
         <image>            2026-12-19T08:00Z  2026-12-19T09:30Z
         image/bake         2026-12-19T08:00Z  2026-12-19T09:30Z
         image/bake>bake    2026-12-19T08:00Z  2026-12-19T08:00Z
         image/bake>cool    2026-12-19T08:00Z  2026-12-19T09:30Z
         <prod>             2026-12-20T08:00Z  2027-01-04T12:00Z
         prod/go            2026-12-20T08:00Z  2026-12-20T08:00Z
         prod/region        2026-12-20T08:00Z  2027-01-04T12:00Z
         prod/region[eu]    2026-12-20T08:00Z  2027-01-04T10:00Z
         prod/region[us]    2026-12-20T08:00Z  2027-01-04T10:00Z
         prod/region[ap]    2027-01-04T10:00Z  2027-01-04T12:00Z
         prod/patch         2027-01-04T08:00Z  2027-01-04T10:00Z
         prod/patch[eu]     2027-01-04T08:00Z  2027-01-04T08:00Z
         prod/patch[us]     2027-01-04T08:00Z  2027-01-04T08:00Z
         prod/patch[ap]     2027-01-04T10:00Z  2027-01-04T10:00Z
         prod/settle        2027-01-04T08:00Z  2027-01-04T12:00Z
         prod/settle[eu]    2027-01-04T08:00Z  2027-01-04T10:00Z
         prod/settle[us]    2027-01-04T08:00Z  2027-01-04T10:00Z
         prod/settle[ap]    2027-01-04T10:00Z  2027-01-04T12:00Z
         <finally>          2027-01-04T12:00Z  2027-01-04T12:00Z
         finally/tell       2027-01-04T12:00Z  2027-01-04T12:00Z",
    );
    let told = stage.hardstop(&at);
    told.expect(0, &[
        "not before  2026-12-20 08:00:00Z  2026-12-20 09:00+01:00",
        // Four working hours from Monday 09:00+01:00 on, and twelve.
        "reminded    2026-12-21 12:00:00Z, 2026-12-22 12:00:00Z",
        "for each of eu, us, ap; at once: 2",
        "from        2027-01-04 08:00:00Z  2027-01-04 09:00+01:00",
        "SHUT     `prod/patch[eu]`, `prod/patch[us]` from 2026-12-20 08:00:00Z until 2027-01-04 \
         08:00:00Z: nothing starts in Year-end freeze (freeze.ics)",
        "NOTE     hard stop `canary/soak` ends at 2026-12-20 08:00:00Z, when nothing starts in \
         Year-end freeze (freeze.ics); work goes on at 2027-01-04 08:00:00Z",
        "earliest end: 16d 4h after the start, at 2027-01-04 12:00:00Z",
    ]);
    // Two days earlier nothing is in the way.
    let (_, view) = stage.json(&["plan", "rollout.yaml", "--at", "2026-12-17T08:00:00Z"]);
    assert_eq!(view["forecast"]["shut"], serde_json::json!([]), "{view:#}");
    assert_eq!(view["forecast"]["end"], "2026-12-18T12:00:00.000Z");
}

#[test]
fn the_nights_in_which_clocks_change_by_tables_made_by_hand() {
    let stage = stage();
    let (code, march) = stage.json(&["plan", "night.yaml", "--at", "2026-03-28T20:00:00Z"]);
    assert_eq!(code, 0, "{march:#}");
    // At 02:00+01:00 clocks are put forward to 03:00+02:00, so 02:30 is never shown and the end of
    // the gap counts. A day of rest is 24 hours. Noon is 12:00+02:00.
    check(
        &march,
        "<main>   2026-03-28T20:00Z  2026-03-30T10:00Z
         prepare  2026-03-28T20:00Z  2026-03-28T20:00Z
         quiet    2026-03-28T20:00Z  2026-03-29T01:00Z
         restart  2026-03-29T01:00Z  2026-03-29T01:00Z
         rest     2026-03-29T01:00Z  2026-03-30T01:00Z
         noon     2026-03-30T01:00Z  2026-03-30T10:00Z
         tell     2026-03-30T10:00Z  2026-03-30T10:00Z",
    );
    let told = stage.hardstop(&["plan", "night.yaml", "--at", "2026-03-28T20:00:00Z"]);
    told.expect(0, &[
        "until       2026-03-29 01:00:00Z  2026-03-29 03:00+02:00",
        "clocks in Europe/Berlin are put forward past that time: the first instant after the gap",
    ]);
    let (_, october) = stage.json(&["plan", "night.yaml", "--at", "2026-10-24T20:00:00Z"]);
    // At 03:00+02:00 clocks are put back to 02:00+01:00, so 02:30 is shown twice and the first,
    // 02:30+02:00, counts. 24 hours later it is 01:30+01:00. Noon is 12:00+01:00.
    check(
        &october,
        "<main>   2026-10-24T20:00Z  2026-10-26T11:00Z
         prepare  2026-10-24T20:00Z  2026-10-24T20:00Z
         quiet    2026-10-24T20:00Z  2026-10-25T00:30Z
         restart  2026-10-25T00:30Z  2026-10-25T00:30Z
         rest     2026-10-25T00:30Z  2026-10-26T00:30Z
         noon     2026-10-26T00:30Z  2026-10-26T11:00Z
         tell     2026-10-26T11:00Z  2026-10-26T11:00Z",
    );
    let told = stage.hardstop(&["plan", "night.yaml", "--at", "2026-10-24T20:00:00Z"]);
    told.expect(
        0,
        &[
            "until       2026-10-25 00:30:00Z  2026-10-25 02:30+02:00",
            "clocks in Europe/Berlin show that time twice: the first counts",
        ],
    );
}

/// What happens to each step when the scenario is played.
fn played(stage: &Stage, scenario: &str, start: &str) -> BTreeMap<String, Times> {
    let (code, view) = stage.json(&["simulate", "--verbose", scenario]);
    assert_eq!(code, 0, "{view:#}");
    let start: jiff::Timestamp = start.parse().unwrap();
    let mut all: BTreeMap<String, Times> = BTreeMap::new();
    for event in view["scenarios"][0]["events"].as_array().unwrap() {
        let at = start + jiff::SignedDuration::from_millis(event["at_ms"].as_i64().unwrap());
        let Some(step) = event["step"].as_str() else { continue };
        let (begin, end) = all.entry(step.to_owned()).or_default();
        match event["type"].as_str().unwrap() {
            "attempt.started" | "child.started" | "items.listed" | "block.entered"
            | "wait.started" | "hard_stop.started" | "gate.reached" => {
                begin.get_or_insert(format!("{at:.3}"));
            }
            "step.succeeded" | "wait.elapsed" | "hard_stop.elapsed" | "gate.satisfied" => {
                end.get_or_insert(format!("{at:.3}"));
            }
            _ => {}
        }
    }
    all
}

#[test]
fn what_is_forecast_is_what_a_good_day_then_brings() {
    let stage = stage();
    let days = [
        ("rollout.yaml", "rollout.good-day.scenario.yaml", "2026-12-19T08:00:00Z"),
        ("night.yaml", "night.march.scenario.yaml", "2026-03-28T20:00:00Z"),
        ("night.yaml", "night.october.scenario.yaml", "2026-10-24T20:00:00Z"),
    ];
    for (runbook, scenario, start) in days {
        let (_, view) = stage.json(&["plan", runbook, "--at", start]);
        let mut forecast = forecast(&view);
        // Of phases, and of steps that exist once for each item only, no journal speaks.
        forecast.retain(|id, _| !id.starts_with('<') && id != "prod/patch" && id != "prod/settle");
        assert_eq!(forecast, played(&stage, scenario, start), "{scenario}");
    }
}

#[test]
fn a_window_that_never_opens_is_an_obstacle_with_its_place() {
    let book = "apiVersion: hardstop/v1
kind: Runbook
id: late
windows:
  - allow: {from: 2026-05-01T00:00:00Z, to: 2026-05-01T12:00:00Z}
    overrun: allow
    applies_to: [work]
steps:
  - {id: rest, hard_stop: {for: 24h}}
  - {id: work, run: [echo]}
  - {id: tell, run: [echo]}
";
    let stage = Stage::new(&[("late.yaml", book)]);
    let told = stage.hardstop(&["plan", "late.yaml", "--at", "2026-05-01T08:00:00Z"]);
    told.expect(0, &[
        "OBSTACLE no window opens for step `work` after 2026-05-02 08:00:00Z, when its turn comes",
        "NOTE     hard stop `rest` ends at 2026-05-02 08:00:00Z, when no window is open; no window \
         opens after it",
        "earliest end: never",
        "runbook::never",
        "╭─[late.yaml:10:10]",
    ]);
    let (_, view) = stage.json(&["plan", "late.yaml", "--at", "2026-05-01T08:00:00Z"]);
    assert!(view["forecast"]["end"].is_null() && view["earliest_end_ms"].is_null(), "{view:#}");
    assert!(view["phases"][0]["steps"][2]["earliest"].is_null(), "{view:#}");
    stage.hardstop(&["plan", "late.yaml", "--at", "tomorrow"]).expect(2, &["RFC 3339 instant"]);
}

#[test]
fn what_only_the_run_knows_is_said() {
    let book = "apiVersion: hardstop/v1
kind: Runbook
id: unknown
steps:
  - {id: ask, run: [ask], capture: {json: stdout}}
  - id: site
    for_each: {items: '${{ steps.ask.outputs.sites }}', as: site}
    block:
      - {id: rest, wait: {for: 2h}}
  - {id: more, if: '${{ steps.ask.outputs.more == 1 }}', wait: {for: 4h}}
  - {id: late, wait: {until: '${{ steps.ask.outputs.at }}'}}
";
    let stage = Stage::new(&[("book.yaml", book)]);
    stage.hardstop(&["plan", "book.yaml", "--at", "2026-05-01T08:00:00Z"]).expect(
        0,
        &[
            "for each of ${{ steps.ask.outputs.sites }}, known only when it runs; at once: 1",
            "its items are known only when it runs; the fewest there may be are counted",
            "not before  2026-05-01 10:00:00Z\n",
            "known only when it runs whether it is done; counted as skipped",
            "known only when it runs when it is over; counted as over at once",
            "earliest end: 2h after the start, at 2026-05-01 10:00:00Z",
        ],
    );
    let (_, view) = stage.json(&["plan", "book.yaml", "--at", "2026-05-01T08:00:00Z"]);
    let steps = &view["phases"][0]["steps"];
    let unknown: Vec<&Value> = (0..5).map(|at| &steps[at]["earliest"]["unknown"]).collect();
    assert_eq!(
        unknown,
        [&Value::Null, &"items".into(), &Value::Null, &"condition".into(), &"instant".into()]
    );
    assert_eq!(steps[2]["items"], serde_json::json!([]), "{view:#}");
}
