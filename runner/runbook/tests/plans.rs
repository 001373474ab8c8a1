//! What the composites of a runbook become in a plan, which is flat.

#![expect(
    clippy::disallowed_methods,
    reason = "the crate does no I/O, this test reads its fixtures"
)]

use std::{fs, path::Path};

use hardstop_core::{
    calendar::When,
    model::{AfterRemedy, Budget, ForEach, OnFailure, Part, Phase, Plan, Step, StepKind, Until},
    time::Timestamp,
};
use hardstop_runbook::{Files, action::Lock, compile};

fn every_group() -> Plan {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // The lock file is for this repository's own runbooks.
    let is_own = |path: &str| path == Lock::PATH;
    let load = |path: &str| fs::read_to_string(top.join(path)).ok().filter(|_| !is_own(path));
    let path = "tests/fixtures/runbooks/good/every-group.yaml";
    let text = load(path).expect("the fixture");
    let at = "2026-03-02T08:00:00Z".parse::<Timestamp>().expect("an instant");
    compile(path, &text, Files { load: &load, at }).expect("it compiles").plan
}

/// One line for each step: `id kind [composite.part]`.
fn shown(phase: &Phase) -> String {
    let part = |part| match part {
        Part::Steps => "steps",
        Part::Rescue => "rescue",
        Part::Always => "always",
        Part::Undo => "undo",
        Part::Restore => "restore",
    };
    let line = |step: &Step| {
        let within = step.within.as_ref();
        let within = within.map(|it| format!(" in {}.{}", it.step, part(it.part)));
        format!("{} {}{}\n", step.id, step.kind.name(), within.unwrap_or_default())
    };
    phase.steps.iter().map(line).collect()
}

fn step<'p>(plan: &'p Plan, id: &str) -> &'p Step {
    plan.step(&id.parse().expect("an address")).expect("a step of the plan")
}

#[test]
fn nested_steps_follow_their_composite() {
    let plan = every_group();
    assert_eq!(
        shown(&plan.phases[0]),
        "prepare/image runbook\n\
         prepare/both parallel\n\
         prepare/settings run in prepare/both.steps\n\
         prepare/settings.restore uses in prepare/settings.restore\n\
         prepare/careful block in prepare/both.steps\n\
         prepare/risky run in prepare/careful.steps\n\
         prepare/loose run in prepare/careful.steps\n\
         prepare/mend run in prepare/careful.rescue\n\
         prepare/tell uses in prepare/careful.always\n\
         prepare/agree approval\n"
    );
}

#[test]
fn a_phase_that_is_done_several_times_is_one_block() {
    let plan = every_group();
    assert_eq!(
        shown(&plan.phases[1]),
        "roll/each block\n\
         roll/patch uses in roll/each.steps\n\
         roll/patch.undo uses in roll/patch.undo\n\
         roll/revert run in roll/each.steps\n\
         roll/hosts run in roll/each.steps\n\
         roll/soak hard_stop in roll/each.steps\n\
         roll/morning wait in roll/each.steps\n"
    );
    let each = step(&plan, "roll/each");
    assert_eq!(each.locks, ["prod/patch"]);
    let ForEach { name, max_parallel, max_failures, .. } = each.for_each.as_ref().unwrap();
    assert_eq!((name.as_str(), *max_parallel), ("region", 2));
    assert_eq!(*max_failures, Budget::BasisPoints(1_000));
    assert_eq!(plan.phases[2].needs, ["roll".parse().unwrap()]);
}

#[test]
fn failures_in_a_block_are_rescued_unless_they_say_otherwise() {
    let plan = every_group();
    let on_failure = |id| step(&plan, id).on_failure.clone();
    assert_eq!(on_failure("prepare/risky"), OnFailure::Rescue);
    assert_eq!(on_failure("prepare/loose"), OnFailure::Continue);
    // Outside of it, the defaults hold, for work alone.
    assert_eq!(on_failure("prepare/mend"), OnFailure::Abort);
    assert_eq!(on_failure("prepare/agree"), OnFailure::Pause);
    let steps = vec!["roll/revert".parse().unwrap()];
    assert_eq!(on_failure("roll/patch"), OnFailure::Run { steps, then: AfterRemedy::Continue });
}

#[test]
fn defaults_repeat_only_what_may_be_repeated() {
    let plan = every_group();
    let attempts = |id| step(&plan, id).kind.tries().map(|tries| tries.retry.max_attempts);
    assert_eq!((attempts("prepare/risky"), attempts("roll/patch")), (Some(1), Some(2)));
    assert_eq!(attempts("prepare/settings.restore"), Some(2));
}

#[test]
fn a_renamed_phase_renames_its_steps() {
    let plan = every_group();
    let former = |id| step(&plan, id).formerly.as_ref().map(ToString::to_string);
    assert_eq!(former("prepare/image").as_deref(), Some("ready/build"));
    assert_eq!(former("prepare/risky").as_deref(), Some("ready/risky"));
    assert_eq!(former("roll/patch"), None);
}

#[test]
fn children_are_part_of_the_plan() {
    let plan = every_group();
    let StepKind::Runbook(child) = &step(&plan, "prepare/image").kind else { panic!() };
    assert_eq!(child.path, "tests/fixtures/runbooks/good/child.yaml");
    let found = &plan.children[&child.path];
    assert_eq!(found.plan.runbook.as_str(), "child");
    assert_eq!(found.plan.outputs.len(), 1);
}

#[test]
fn calendars_are_written_down_as_they_are() {
    let plan = every_group();
    let [hours, holidays, frozen] = plan.windows.as_slice() else { panic!() };
    assert!(matches!(&hours.window.when, When::Weekly(weekly) if weekly.zone.name() == "UTC"));
    let When::Between(span) = &holidays.window.when else { panic!() };
    assert_eq!(span.from.to_string(), "2026-12-23T23:00:00.000Z");
    let When::Frozen(frozen) = &frozen.window.when else { panic!() };
    assert_eq!(frozen.intervals.len(), 1);
    assert_eq!(frozen.intervals[0].name, "Year end");
}

#[test]
fn local_times_keep_their_zone() {
    let plan = every_group();
    let StepKind::Wait(delay) = &step(&plan, "roll/morning").kind else { panic!() };
    assert_eq!(delay.until, Until::Instant("08:00".to_owned()));
    assert_eq!(delay.zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(plan.timezone, "Europe/Berlin");
}

/// Files that run each other are followed to the end of the chain and no further.
#[test]
fn runbooks_within_runbooks_are_bounded() {
    let head = "apiVersion: hardstop/v1\nkind: Runbook\nid: x\n";
    let text = |path: &str| format!("{head}steps: [{{id: a, runbook: ./{path}}}]\n");
    let number = |path: &str| path.trim_end_matches(".yaml").parse::<u64>().ok();
    let problem = |first: &str, load: &dyn Fn(&str) -> Option<String>| {
        let files = Files { load, at: Timestamp::from_millis(0) };
        compile("0.yaml", first, files).unwrap_err().findings().remove(0).message
    };
    let endless = |path: &str| Some(text(&format!("{}.yaml", number(path)? + 1)));
    let deep = problem(&text("1.yaml"), &endless);
    assert!(deep.ends_with("runbooks run each other more than 4 deep"), "{deep}");
    let circle = problem(&text("1.yaml"), &|_| Some(text("0.yaml")));
    assert!(circle.ends_with("runbooks run each other: 0.yaml -> 1.yaml -> 0.yaml"), "{circle}");
    // Each level runs the next forty times: far too many steps, told without building them all.
    let many = |path: &str| {
        let next = number(path)? + 1;
        let step = |i: u64| format!("- {{id: s{i}, runbook: ./{}.yaml}}\n", next * 100 + i);
        Some(format!("{head}steps:\n{}", (0..40).map(step).collect::<String>()))
    };
    let wide = problem(&many("0.yaml").unwrap(), &many);
    assert_eq!(wide, "the runbook has more than 2000 steps");
}
