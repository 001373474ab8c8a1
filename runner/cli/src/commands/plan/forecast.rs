//! The least time a run takes: waits and hard stops whose spans are known now.
//!
//! Commands and people count as immediate, and a step whose condition is not known yet as
//! skipped, so no run can be faster.

use std::collections::HashMap;

use hardstop_core::{
    ids::{PhaseId, StepId},
    model::{AnchorPoint, Phase, Plan, Step, StepKind, Until},
    time::{Millis, Timestamp},
};

/// Times from the start of the run, in milliseconds.
#[derive(Default)]
struct Times<'p> {
    started: HashMap<&'p StepId, u64>,
    ended: HashMap<&'p StepId, u64>,
    phases: HashMap<&'p PhaseId, u64>,
}

/// The least time from start to end.
///
/// * `applies`: whether a step will be done, if that is known.
/// * `instant`: the instant a text comes to, if that is known.
/// * `now`: when the run would start.
pub(super) fn earliest_end(
    plan: &Plan,
    applies: impl Fn(&Step) -> Option<bool>,
    instant: impl Fn(&Step, &str) -> Option<Timestamp>,
    now: Timestamp,
) -> Millis {
    let mut times = Times::default();
    let mut open: Vec<&Phase> = plan.phases.iter().filter(|phase| !phase.finally).collect();
    // A phase may stand before those it needs; each round takes those whose needs are known.
    while !open.is_empty() {
        let ready = |phase: &&Phase| phase.needs.iter().all(|id| times.phases.contains_key(id));
        let (now_ready, rest): (Vec<_>, Vec<_>) = open.iter().copied().partition(ready);
        if now_ready.is_empty() {
            break;
        }
        for phase in now_ready {
            let needs = phase.needs.iter().filter_map(|id| times.phases.get(id));
            let start = needs.copied().max().unwrap_or(0);
            walk(&mut times, phase, start, &applies, &instant, now);
        }
        open = rest;
    }
    let start = times.phases.values().copied().max().unwrap_or(0);
    for phase in plan.phases.iter().filter(|phase| phase.finally) {
        walk(&mut times, phase, start, &applies, &instant, now);
    }
    Millis(times.phases.values().copied().max().unwrap_or(0))
}

fn walk<'p>(
    times: &mut Times<'p>,
    phase: &'p Phase,
    start: u64,
    applies: &impl Fn(&Step) -> Option<bool>,
    instant: &impl Fn(&Step, &str) -> Option<Timestamp>,
    now: Timestamp,
) {
    let mut at = start;
    for step in &phase.steps {
        times.started.insert(&step.id, at);
        if applies(step) == Some(true) {
            at = at.max(end(times, step, at, instant, now));
        }
        times.ended.insert(&step.id, at);
    }
    times.phases.insert(&phase.id, at);
}

fn end(
    times: &Times<'_>,
    step: &Step,
    at: u64,
    instant: &impl Fn(&Step, &str) -> Option<Timestamp>,
    now: Timestamp,
) -> u64 {
    match &step.kind {
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Block
        | StepKind::Parallel
        | StepKind::Checklist(_)
        | StepKind::Approval(_) => at,
        StepKind::Wait(delay) | StepKind::HardStop(delay) => match &delay.until {
            Until::After { span, since } => {
                let since = since.as_ref().map_or(Some(&at), |anchor| match anchor.point {
                    AnchorPoint::Started => times.started.get(&anchor.step),
                    AnchorPoint::Finished | AnchorPoint::Approved => times.ended.get(&anchor.step),
                });
                since.copied().unwrap_or(0).saturating_add(span.0)
            }
            Until::Instant(text) => instant(step, text).map_or(at, |due| due.since(now).0),
        },
    }
}

#[cfg(test)]
mod tests {
    use hardstop_runbook::Files;

    use super::{Millis, Timestamp, earliest_end};

    /// Compiles phases and tells the least time a run of them takes.
    #[track_caller]
    fn check(phases: &str, want: u64) {
        let text = format!("apiVersion: hardstop/v1\nkind: Runbook\nid: x\ntitle: X\n{phases}");
        let plan = hardstop_runbook::compile("x.yaml", &text, Files::NONE).unwrap().plan;
        let now = Timestamp::from_millis(1_000_000);
        let applies = |step: &hardstop_core::model::Step| step.condition.is_none().then_some(true);
        let instant = |_: &_, text: &str| text.parse().ok();
        assert_eq!(earliest_end(&plan, applies, instant, now), Millis(want), "{phases}");
    }

    const RUN: &str = "{id: r, title: R, run: [echo]}";

    #[test]
    fn spans_add_up_in_a_phase() {
        check(&format!("steps: [{RUN}]"), 0);
        check(
            &format!(
                "steps: [{RUN}, {{id: a, title: A, wait: {{for: 2s}}}}, \
                 {{id: b, title: B, hard_stop: {{for: 3s}}}}, {{id: z, title: Z, run: [echo]}}]"
            ),
            5_000,
        );
    }

    #[test]
    fn a_span_counts_from_its_anchor() {
        check(
            &format!(
                "steps: [{RUN}, {{id: a, title: A, wait: {{for: 2s}}}}, \
                 {{id: b, title: B, hard_stop: {{for: 3s, since: r.finished}}}}, \
                 {{id: z, title: Z, run: [echo]}}]"
            ),
            3_000,
        );
    }

    #[test]
    fn an_instant_counts_from_now() {
        check(
            "steps: [{id: a, title: A, wait: {until: '1970-01-01T00:16:47Z'}}, \
             {id: z, title: Z, run: [echo]}]",
            7_000,
        );
    }

    #[test]
    fn what_may_be_skipped_takes_no_time() {
        check(
            &format!(
                "steps: [{RUN}, {{id: a, title: A, if: '${{{{ steps.r.succeeded }}}}', \
                 wait: {{for: 2s}}}}, {{id: z, title: Z, run: [echo]}}]"
            ),
            0,
        );
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
            phase("a", "", "1s"),
            phase("b", "a", "5s"),
            phase("c", "a", "2s"),
            phase("d", "'b', 'c'", "1s"),
        ];
        check(&format!("phases:\n{}", phases.concat()), 7_000);
    }
}
