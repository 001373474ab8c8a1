//! Instants, days and spans in expressions and delays.

use hardstop_core::time::Timestamp;

use super::stage::{of, run_of};
use crate::{Files, Resolved, compile, group};

/// What an expression gives in a runbook of Berlin, looked at on 2026-11-20T15:54:32Z.
#[track_caller]
fn check(expression: &str, want: &str) {
    let text = format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: test\ntimezone: Europe/Berlin\n\
         inputs: {{span: {{type: duration, default: 30m}}}}\n\
         steps: [{{id: a, run: [echo, {expression:?}]}}]\n"
    );
    let got = match of(&run_of(&text, &[]), "a") {
        Ok(Resolved::Run(command)) => command.argv[1].clone(),
        Ok(other) => format!("{other:?}"),
        Err(why) => why.rsplit("}}`: ").next().unwrap_or_default().to_owned(),
    };
    assert_eq!(got, want, "{expression}");
}

#[test]
fn expressions_reckon_with_time() {
    check("${{ now }}", "2026-11-20T15:54:32.000Z");
    check("${{ now | plus('1h30m') }}", "2026-11-20T17:24:32.000Z");
    check("${{ now | minus(inputs.span) }}", "2026-11-20T15:24:32.000Z");
    check("${{ run.started_at | plus(duration('60s')) == now }}", "true");
    check("${{ run.started_at < now }}", "true");
    check("${{ duration('1h') }}", "3600000");
    check("${{ inputs.span == duration('30m') }}", "true");
    check("${{ date(now) }}", "2026-11-20");
    check("${{ date('2026-11-20T23:30:00Z') }}", "2026-11-21");
    check("${{ date('2026-11-20') }}", "2026-11-20");
    check("${{ date('soon') }}", "`soon` is not an RFC 3339 instant such as 2026-11-20T15:53:32Z");
    check("${{ now | plus(true) }}", "`true` is not a duration such as `1h`");
    check("${{ duration(-1) }}", "`-1` is not a duration such as `1h`");
}

#[test]
fn an_instant_is_not_added_to() {
    let text = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\n\
                steps: [{id: a, run: [echo, \"${{ now + duration('1h') }}\"]}]\n";
    let refused = compile("test.yaml", text, Files::NONE).unwrap_err().findings();
    assert_eq!(refused[0].message, "an instant is a text: write `now | plus('1h')`");
}

/// When a delay is over that is reached at 15:54:32Z.
#[track_caller]
fn check_until(delay: &str, want: &str) {
    let text = format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: test\ntimezone: Europe/Berlin\n\
         inputs: {{at: {{type: instant, default: \"2026-11-20T18:00:00+01:00\"}}}}\n\
         steps: [{{id: a, wait: {{until: {delay}}}}}, {{id: b, run: [x]}}]\n"
    );
    let got = match of(&run_of(&text, &[]), "a") {
        Ok(Resolved::Delay { until }) => until.map_or("none".to_owned(), |at| at.to_string()),
        Ok(other) => format!("{other:?}"),
        Err(why) => why,
    };
    assert_eq!(got, want, "{delay}");
}

#[test]
fn a_delay_ends_when_the_clocks_of_its_zone_say() {
    check_until("\"2026-11-21T08:00:00Z\"", "2026-11-21T08:00:00.000Z");
    check_until("\"2026-11-21T08:00\"", "2026-11-21T07:00:00.000Z");
    check_until("\"2026-07-21T08:00\"", "2026-07-21T06:00:00.000Z");
    check_until("\"17:00\"", "2026-11-20T16:00:00.000Z");
    check_until("\"16:00\"", "2026-11-21T15:00:00.000Z");
    check_until("\"${{ inputs.at }}\"", "2026-11-20T17:00:00.000Z");
    check_until("\"${{ date(now) ~ 'T20:00' }}\"", "2026-11-20T19:00:00.000Z");
    check_until(
        "\"${{ 'soon' }}\"",
        "step `a`: `soon` is neither an instant (`2026-11-20T08:00:00Z`), nor a local time \
         (`2026-11-20T08:00`, `08:00`)",
    );
}

#[test]
fn a_delay_may_have_a_zone_of_its_own() {
    check_until("\"17:00\", zone: UTC", "2026-11-20T17:00:00.000Z");
    check_until("\"2026-11-21T08:00\", zone: America/New_York", "2026-11-21T13:00:00.000Z");
}

#[test]
fn a_group_is_named_by_inputs() {
    let of_group = |group_text: &str, env: &str| {
        let text = format!(
            "apiVersion: hardstop/v1\nkind: Runbook\nid: test\n\
             inputs: {{env: {{type: text}}}}\nconcurrency: {{group: {group_text:?}}}\n\
             steps: [{{id: a, run: [x]}}]\n"
        );
        let run = run_of(&text, &[("env", env)]);
        match group(run.plan(), run.inputs()) {
            Ok(name) => name.unwrap_or_default(),
            Err(why) => why,
        }
    };
    assert_eq!(of_group("smith-${{ inputs.env }}", "prod"), "smith-prod");
    assert_eq!(of_group("smith/${{ inputs.env }}", "eu.1"), "smith/eu.1");
    assert_eq!(
        of_group("${{ inputs.env }}", "a b"),
        "`concurrency.group`: `a b` is not a name of a group: letters, digits, `.`, `_` and `-`, \
         in parts between `/`, each at most 63"
    );
    let plain = run_of(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: test\nsteps: [{id: a, run: [x]}]\n",
        &[],
    );
    assert_eq!(group(plain.plan(), plain.inputs()), Ok(None));
    assert_eq!(plain.opened(), None::<Timestamp>);
}
