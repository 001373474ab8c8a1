//! Forecasts against tables made by hand.

use std::fmt::Write as _;

use hardstop_core::{ids::StepId, time::Timestamp};
use proptest::prelude::*;

use super::stage::run_of_plan;
use crate::{Files, Forecast, compile, forecast};

const FREEZE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.com//x//EN\r\n\
    BEGIN:VEVENT\r\nUID:a@example.com\r\nSUMMARY:Year end\r\nDTSTART:20261220T000000Z\r\n\
    DTEND:20270104T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const CHILD: &str = "apiVersion: hardstop/v1\nkind: Runbook\nid: kid\ntitle: Kid\n\
    inputs: {night: {type: text}, day: {type: text}}\nsteps:\n\
    - {id: a, title: A, run: [echo]}\n\
    - {id: b, title: B, wait: {until: '${{ inputs.night }}'}}\n\
    - {id: c, title: C, wait: {until: '${{ inputs.day }}'}}\n\
    - {id: d, title: D, wait: {for: 1h}}\n";

const RUN: &str = "{id: r, title: R, run: [echo]}";

/// The forecast of a runbook that starts at `start`.
fn of(start: &str, rest: &str) -> Forecast {
    let text = format!("apiVersion: hardstop/v1\nkind: Runbook\nid: x\ntitle: X\n{rest}");
    let at: Timestamp = start.parse().unwrap();
    let load = |path: &str| match path {
        "freeze.ics" => Some(FREEZE.to_owned()),
        "child.yaml" => Some(CHILD.to_owned()),
        _ => None,
    };
    let plan = match compile("x.yaml", &text, Files { load: &load, at }) {
        Ok(compiled) => compiled.plan,
        Err(problems) => panic!("{:#?}\n{text}", problems.findings()),
    };
    forecast(&run_of_plan(plan, &[]), at)
}

fn minutes(at: Timestamp) -> String {
    let text = at.to_string();
    assert!(text.ends_with(":00.000Z"), "{text}");
    format!("{}Z", &text[..16])
}

/// Each step in the order of turns, a line each: its address, when it begins and ends.
fn table(forecast: &Forecast) -> String {
    let mut steps: Vec<(&StepId, _)> = forecast.steps.iter().collect();
    steps.sort_by_key(|(id, step)| (step.turn, step.begins, step.ends, (*id).clone()));
    let mut text = String::new();
    for (id, step) in steps {
        let shown = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), minutes);
        writeln!(text, "{id} {} {}", shown(step.begins), shown(step.ends)).unwrap();
    }
    let end = forecast.end.map_or_else(|| "never".to_owned(), minutes);
    writeln!(text, "end {end}").unwrap();
    text
}

/// Compares a forecast with lines of `address begin end`; blanks do not count.
#[track_caller]
fn check(start: &str, rest: &str, want: &str) {
    let got = table(&of(start, rest));
    let squeezed = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        lines.sort();
        lines
    };
    assert_eq!(squeezed(&got), squeezed(want), "{rest}");
}

/// How long after its start a run of these phases ends.
#[track_caller]
fn takes(rest: &str, seconds: u64) {
    let forecast = of("1970-01-01T00:16:40Z", rest);
    let took = forecast.end.map(|end| end.since(forecast.start).0);
    assert_eq!(took, Some(seconds * 1_000), "{rest}");
}

#[test]
fn spans_add_up_count_from_their_anchor_and_end_at_instants() {
    takes(&format!("steps: [{RUN}]"), 0);
    takes(
        &format!(
            "steps: [{RUN}, {{id: a, title: A, wait: {{for: 2s}}}}, \
             {{id: b, title: B, hard_stop: {{for: 3s}}}}, {{id: z, title: Z, run: [echo]}}]"
        ),
        5,
    );
    takes(
        &format!(
            "steps: [{RUN}, {{id: a, title: A, wait: {{for: 2s}}}}, \
             {{id: b, title: B, hard_stop: {{for: 3s, since: r.finished}}}}]"
        ),
        3,
    );
    takes("steps: [{id: a, title: A, wait: {until: '1970-01-01T00:16:47Z'}}]", 7);
}

#[test]
fn what_nobody_knows_takes_no_time_and_what_all_goes_well_says_is_known() {
    let waits = |condition: &str| {
        format!("steps: [{RUN}, {{id: a, title: A, if: '{condition}', wait: {{for: 2s}}}}]")
    };
    takes(&waits("${{ steps.r.succeeded }}"), 2);
    takes(&waits("${{ steps.r.failed }}"), 0);
    let unknown = "steps: [{id: r, title: R, run: [echo], capture: {json: stdout}}, \
        {id: a, title: A, if: '${{ steps.r.outputs.n == 1 }}', wait: {for: 2s}}, \
        {id: b, title: B, if: '${{ steps.a.skipped }}', wait: {for: 4s}}, \
        {id: c, title: C, wait: {until: '${{ steps.r.outputs.at }}'}}, \
        {id: d, title: D, wait: {until: \"${{ steps.r.finished | plus('8s') }}\"}}]";
    takes(unknown, 8);
    let found = of("2026-01-01T00:00Z", unknown);
    let said: Vec<String> = found
        .steps
        .iter()
        .filter_map(|(id, step)| Some(format!("{id} {:?}", step.unknown?)))
        .collect();
    assert_eq!(said, ["a Condition", "b Condition", "c Instant"]);
}

#[test]
fn phases_side_by_side_take_as_long_as_the_longest() {
    let phase = |id: &str, needs: &str, span: &str| {
        format!(
            "  - {{id: {id}, title: T, needs: [{needs}], steps: \
             [{{id: w, title: W, wait: {{for: {span}}}}}, {{id: z, title: Z, run: [echo]}}]}}\n"
        )
    };
    let phases = [
        phase("a", "", "1h"),
        phase("b", "a", "5h"),
        phase("c", "a", "2h"),
        phase("d", "b, c", "1h"),
    ];
    check(
        "2026-05-01T00:00Z",
        &format!("phases:\n{}", phases.concat()),
        "a/w  2026-05-01T00:00Z  2026-05-01T01:00Z
         a/z  2026-05-01T01:00Z  2026-05-01T01:00Z
         c/w  2026-05-01T01:00Z  2026-05-01T03:00Z
         b/w  2026-05-01T01:00Z  2026-05-01T06:00Z
         c/z  2026-05-01T03:00Z  2026-05-01T03:00Z
         b/z  2026-05-01T06:00Z  2026-05-01T06:00Z
         d/w  2026-05-01T06:00Z  2026-05-01T07:00Z
         d/z  2026-05-01T07:00Z  2026-05-01T07:00Z
         end  2026-05-01T07:00Z",
    );
}

#[test]
fn composites_go_in_their_order_and_only_what_a_good_day_needs() {
    check(
        "2026-05-01T00:00Z",
        "steps:
  - id: both
    title: Both
    parallel:
      - {id: one, title: One, wait: {for: 1h}}
      - id: two
        title: Two
        block:
          - {id: set, title: Set, ensure: {set: {run: [echo]}, restore: {run: [echo]}}}
          - {id: rest, title: Rest, wait: {for: 2h}}
        rescue: [{id: help, title: Help, run: [echo]}]
        always: [{id: tell, title: Tell, wait: {for: 10m}}]
  - {id: last, title: Last, run: [echo], undo: {run: [echo]}}
on_abort: [{id: sorry, title: Sorry, run: [echo]}]
finally: [{id: clean, title: Clean, run: [echo]}]",
        "both         2026-05-01T00:00Z  2026-05-01T02:10Z
         one          2026-05-01T00:00Z  2026-05-01T01:00Z
         set          2026-05-01T00:00Z  2026-05-01T00:00Z
         two          2026-05-01T00:00Z  2026-05-01T02:10Z
         rest         2026-05-01T00:00Z  2026-05-01T02:00Z
         tell         2026-05-01T02:00Z  2026-05-01T02:10Z
         set.restore  2026-05-01T02:10Z  2026-05-01T02:10Z
         last         2026-05-01T02:10Z  2026-05-01T02:10Z
         finally/clean 2026-05-01T02:10Z  2026-05-01T02:10Z
         end          2026-05-01T02:10Z",
    );
}

#[test]
fn items_go_as_many_at_once_as_may() {
    let fan = |items: &str, more: &str| {
        format!(
            "vars: {{sites: [eu, us, ap]}}
steps:
  - {{id: ask, title: Ask, run: [echo], capture: {{json: stdout}}}}
  - id: site
    title: Site
    for_each: {{items: '{items}', as: site, max_parallel: 2{more}}}
    block:
      - {{id: up, title: Up, run: [echo]}}
      - {{id: rest, title: Rest, wait: {{for: 2h, since: up.finished}}}}"
        )
    };
    check(
        "2026-05-01T00:00Z",
        &fan("${{ vars.sites }}", ""),
        "ask       2026-05-01T00:00Z  2026-05-01T00:00Z
         up[eu]    2026-05-01T00:00Z  2026-05-01T00:00Z
         up[us]    2026-05-01T00:00Z  2026-05-01T00:00Z
         rest[eu]  2026-05-01T00:00Z  2026-05-01T02:00Z
         rest[us]  2026-05-01T00:00Z  2026-05-01T02:00Z
         site[eu]  2026-05-01T00:00Z  2026-05-01T02:00Z
         site[us]  2026-05-01T00:00Z  2026-05-01T02:00Z
         site      2026-05-01T00:00Z  2026-05-01T04:00Z
         up[ap]    2026-05-01T02:00Z  2026-05-01T02:00Z
         rest[ap]  2026-05-01T02:00Z  2026-05-01T04:00Z
         site[ap]  2026-05-01T02:00Z  2026-05-01T04:00Z
         end       2026-05-01T04:00Z",
    );
    // Nobody knows the items: one there must be, or as many as are expected.
    for (more, hours) in [("", 2), (", expect: {min: 5, max: 9}", 6)] {
        let unknown = fan("${{ steps.ask.outputs.sites }}", more);
        takes(&unknown, hours * 3_600);
        let site: StepId = "site".parse().unwrap();
        let said = of("2026-05-01T00:00Z", &unknown).steps[&site].unknown;
        assert_eq!(said, Some(crate::Unknown::Items));
    }
}

#[test]
fn a_run_of_another_runbook_takes_its_time() {
    let found = of(
        "2026-05-01T12:00Z",
        "steps:
  - {id: r, title: R, run: [echo], capture: {json: stdout}}
  - {id: kid, title: Kid, runbook: ./child.yaml, inputs: {night: '22:00', day: '${{ steps.r.outputs.day }}'}}
  - {id: z, title: Z, run: [echo]}",
    );
    let kid: StepId = "kid".parse().unwrap();
    let child = found.steps[&kid].child.as_ref().unwrap();
    // `c` is given what only the run knows.
    let want = "a 2026-05-01T12:00Z 2026-05-01T12:00Z\nb 2026-05-01T12:00Z 2026-05-01T22:00Z\n\
                c 2026-05-01T22:00Z 2026-05-01T22:00Z\nd 2026-05-01T22:00Z 2026-05-01T23:00Z\n\
                end 2026-05-01T23:00Z\n";
    assert_eq!(table(child), want);
    assert!(
        table(&found).ends_with("z 2026-05-01T23:00Z 2026-05-01T23:00Z\nend 2026-05-01T23:00Z\n")
    );
}

#[test]
fn a_freeze_shifts_work_and_a_yes_lapses_in_it() {
    let book = |applies: &str| {
        format!(
            "windows: [{{deny: {{calendar: freeze.ics}}, applies_to: [{applies}]}}]
steps:
  - {{id: r, title: R, run: [echo]}}
  - {{id: day, title: Day, hard_stop: {{for: 24h, since: r.finished}}}}
  - {{id: go, title: Go, approval: {{approvers: [anyone], message: Go, valid_for: 7d, remind: [4h]}}}}
  - {{id: p, title: P, run: [echo]}}
  - {{id: z, title: Z, wait: {{for: 1h}}}}"
        )
    };
    // Work is done in no freeze, whatever people say; what lets time pass is not kept from it.
    let want = "r    2026-12-19T08:00Z  2026-12-19T08:00Z
        day  2026-12-19T08:00Z  2026-12-20T08:00Z
        go   2026-12-20T08:00Z  2026-12-20T08:00Z
        p    2027-01-04T00:00Z  2027-01-04T00:00Z
        z    2027-01-04T00:00Z  2027-01-04T01:00Z
        end  2027-01-04T01:00Z";
    check("2026-12-19T08:00Z", &book("p"), want);
    let found = of("2026-12-19T08:00Z", &book("p"));
    let [go, p] = ["go", "p"].map(|id| &found.steps[&id.parse::<StepId>().unwrap()]);
    // The first yes is worth nothing after a week, nor is the second.
    let asked: Vec<String> = go.asked.iter().copied().map(minutes).collect();
    assert_eq!(asked, ["2026-12-20T08:00Z", "2026-12-27T08:00Z", "2027-01-03T08:00Z"]);
    assert_eq!(go.reminders, ["2026-12-20T12:00:00Z".parse().unwrap()]);
    assert_eq!(minutes(p.turn), "2026-12-20T08:00Z");
    let [shut] = p.shut.as_slice() else { panic!("{:?}", p.shut) };
    assert_eq!(shut.because, "nothing starts in Year end (freeze.ics)");
    assert_eq!(shut.opens, p.begins);
    // Before the freeze, and to the instant of its end.
    check(
        "2026-12-18T08:00Z",
        &book("r, p"),
        "r    2026-12-18T08:00Z  2026-12-18T08:00Z
         day  2026-12-18T08:00Z  2026-12-19T08:00Z
         go   2026-12-19T08:00Z  2026-12-19T08:00Z
         p    2026-12-19T08:00Z  2026-12-19T08:00Z
         z    2026-12-19T08:00Z  2026-12-19T09:00Z
         end  2026-12-19T09:00Z",
    );
}

#[test]
fn a_window_that_never_opens_ends_the_forecast() {
    let found = of(
        "2026-05-01T00:00Z",
        "windows: [{allow: {from: 2026-05-01T00:00:00Z, to: 2026-05-01T12:00:00Z}, overrun: allow, applies_to: [p]}]
steps:
  - {id: day, title: Day, hard_stop: {for: 24h}}
  - {id: go, title: Go, approval: {approvers: [anyone], message: Go, valid_for: 1h}}
  - {id: p, title: P, run: [echo]}
  - {id: z, title: Z, run: [echo]}",
    );
    let p = &found.steps[&"p".parse::<StepId>().unwrap()];
    assert_eq!((found.end, p.begins), (None, None));
    assert!(matches!(p.shut.as_slice(), [shut] if shut.opens.is_none()), "{:?}", p.shut);
    assert!(!found.steps.contains_key(&"z".parse::<StepId>().unwrap()));
}

#[test]
fn nothing_to_count_from_is_said() {
    let found = of(
        "2026-05-01T00:00Z",
        "steps: [{id: r, title: R, run: [echo], capture: {json: stdout}}, \
         {id: s, title: S, if: '${{ steps.r.outputs.x == 1 }}', run: [echo]}, \
         {id: w, title: W, hard_stop: {for: 2h, since: s.finished}}, \
         {id: z, title: Z, wait: {for: 1h}}]",
    );
    let w = &found.steps[&"w".parse::<StepId>().unwrap()];
    assert_eq!(w.unknown, Some(crate::Unknown::Anchor));
    assert_eq!(found.end.map(minutes).as_deref(), Some("2026-05-01T01:00Z"));
}

/// A little of everything that time passes over.
const NIGHTS: &str = "timezone: Europe/Berlin
windows:
  - {allow: {days: [mon, tue, thu], from: '22:00', to: '05:00'}, overrun: deny, applies_to: [up]}
  - {deny: {calendar: freeze.ics}, applies_to: [up]}
steps:
  - {id: r, title: R, run: [echo]}
  - {id: night, title: Night, wait: {until: '02:30'}}
  - id: site
    title: Site
    for_each: {items: \"${{ ['n1', 'n2', 'n3'] }}\", max_parallel: 2}
    block:
      - {id: up, title: Up, run: [echo], timeout: 2h}
      - {id: rest, title: Rest, hard_stop: {for: 3h, since: up.started}}
  - {id: noon, title: Noon, wait: {until: '12:00'}}";

#[test]
fn the_nights_in_which_clocks_change() {
    // 02:30 on 29 March is never shown: 03:00+02:00 counts, a Sunday. Monday 22:00+02:00 it opens.
    let march = of("2026-03-28T20:00Z", NIGHTS);
    let [night, up, noon] =
        ["night", "up[n1]", "noon"].map(|id| &march.steps[&id.parse::<StepId>().unwrap()]);
    assert_eq!(night.ends.map(minutes).as_deref(), Some("2026-03-29T01:00Z"));
    assert_eq!(up.begins.map(minutes).as_deref(), Some("2026-03-30T20:00Z"));
    assert_eq!(noon.ends.map(minutes).as_deref(), Some("2026-03-31T10:00Z"));
    let (zone, shown) = night.clocks.as_ref().unwrap();
    assert_eq!((zone.name(), format!("{shown:?}")), ("Europe/Berlin", "Never".to_owned()));
    // 02:30 on 25 October is shown twice: the first, 02:30+02:00, counts.
    let october = of("2026-10-24T20:00Z", NIGHTS);
    let night = &october.steps[&"night".parse::<StepId>().unwrap()];
    assert_eq!(night.ends.map(minutes).as_deref(), Some("2026-10-25T00:30Z"));
    assert_eq!(night.clocks.as_ref().map(|(_, it)| format!("{it:?}")).as_deref(), Some("Twice"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Who starts later is never done earlier; no step begins before its turn, nor ends before it
    /// begins.
    #[test]
    fn later_is_never_earlier(
        hour in 0_i64..24 * 400,
        later in 0_i64..72 * 3_600_000,
    ) {
        let start = Timestamp::from_millis(1_767_225_600_000 + hour * 3_600_000);
        let after = Timestamp::from_millis(start.as_millis() + later);
        let [early, late] = [start, after].map(|at| of(&at.to_string(), NIGHTS));
        prop_assert!(early.end.is_some() && early.end <= late.end, "{start} {after}");
        for (id, step) in &early.steps {
            prop_assert!(start <= step.turn && Some(step.turn) <= step.begins, "{id}");
            prop_assert!(step.begins <= step.ends && step.ends <= early.end, "{id}");
        }
    }
}
