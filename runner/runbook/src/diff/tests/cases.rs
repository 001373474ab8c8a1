//! Findings people read: a change of a plan, and what is said of it.

use hardstop_core::{
    model::{Delay, OnFailure, Plan, Step, StepKind, Until},
    time::Millis,
};

use super::{
    super::{change::Class, compare::diff, words::excerpts},
    rich::{self, name},
};

/// Changes the plan, and compares what is said of it, line by line.
#[track_caller]
fn check(change: impl FnOnce(&mut Plan), want: &[&str]) {
    let old = rich::plan();
    let mut new = old.clone();
    change(&mut new);
    let found = diff(&old, &new).into_iter().map(|change| {
        let part = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let (before, after) = (part(change.before), part(change.after));
        let (class, address, id) = (change.class, change.address, change.id);
        format!("{class} {address} {id}: {} ({before} -> {after})", change.what)
    });
    assert_eq!(found.collect::<Vec<_>>(), want);
}

fn step<'p>(plan: &'p mut Plan, id: &str) -> &'p mut Step {
    let mut steps = plan.phases.iter_mut().flat_map(|phase| &mut phase.steps);
    steps.find(|step| step.id.as_str() == id).unwrap()
}

fn delay<'p>(plan: &'p mut Plan, id: &str) -> &'p mut Delay {
    let (StepKind::Wait(delay) | StepKind::HardStop(delay)) = &mut step(plan, id).kind else {
        panic!("{id} is no delay")
    };
    delay
}

#[test]
fn a_plan_equals_itself() {
    check(|_| {}, &[]);
}

#[test]
fn a_shorter_hard_stop_fewer_approvers_and_a_wider_budget_are_all_named() {
    check(
        |plan| {
            let Until::After { span, .. } = &mut delay(plan, "prod/soak").until else { panic!() };
            *span = Millis(43_200_000);
            let StepKind::Approval(go) = &mut step(plan, "prod/go").kind else { panic!() };
            go.approvers.pop();
            let StepKind::Run(_) = &step(plan, "build/deploy").kind else { panic!() };
            let each = step(plan, "build/deploy").for_each.as_mut().unwrap();
            each.max_failures = hardstop_core::model::Budget::BasisPoints(2_550);
        },
        &[
            "weakened build/deploy diff.failures-allowed-raised: failures allowed raised (10% -> 25.50%)",
            "weakened prod/go diff.approvers-removed: approvers removed (team:sre, team:leads -> team:sre)",
            "weakened prod/soak diff.hard-stop-shortened: hard stop shortened (1d since build/build.finished -> 12h since build/build.finished)",
        ],
    );
}

#[test]
fn a_hard_stop_that_became_a_wait_is_weaker() {
    check(
        |plan| {
            let soft = delay(plan, "prod/soak").clone();
            step(plan, "prod/soak").kind = StepKind::Wait(soft);
        },
        &[
            "weakened prod/soak diff.hard-stop-turned-into-a-wait: hard stop turned into a wait (hard_stop: 1d since build/build.finished -> wait: 1d since build/build.finished)",
        ],
    );
}

#[test]
fn a_gate_that_moved_behind_the_work_it_guarded_is_weaker() {
    check(
        |plan| {
            let go = plan.phases[1].steps.remove(1);
            plan.phases[1].steps.insert(6, go);
        },
        &[
            "weakened prod/go diff.approval-moved: approval no longer comes before work it guarded (prod/patch, prod/rescue -> -)",
            "changed prod diff.order-changed: order changed (prod/go, prod/soak, prod/settle, prod/careful, prod/patch, prod/rescue -> prod/soak, prod/settle, prod/careful, prod/patch, prod/rescue, prod/go)",
        ],
    );
}

#[test]
fn work_that_became_a_gate_is_of_another_kind() {
    check(
        |plan| {
            plan.phases[0].steps[0].kind = StepKind::HardStop(delay(plan, "prod/soak").clone());
        },
        &[
            "changed build/build diff.kind-changed: kind changed (run: make all -> hard_stop: 1d since build/build.finished)",
        ],
    );
}

#[test]
fn a_phase_that_no_longer_waits_passes_the_gates_by() {
    let mut old = rich::plan();
    let mut late = old.phases[2].clone();
    (late.id, late.on_abort, late.needs) = (name("late"), false, vec![name("prod")]);
    late.steps[0].id = name("late/tell");
    old.phases.insert(2, late);
    let mut new = old.clone();
    new.phases[2].needs.clear();
    let passed =
        diff(&old, &new).into_iter().filter(|it| it.before.as_deref() == Some("late/tell"));
    let passed: Vec<_> = passed.map(|change| (change.class, change.address, change.id)).collect();
    let weaker = |gate: &str, id: &str| (Class::Weakened, gate.to_owned(), id.to_owned());
    assert_eq!(
        passed,
        [
            weaker("prod/go", "diff.approval-moved"),
            weaker("prod/look", "diff.checklist-moved"),
            weaker("prod/soak", "diff.hard-stop-moved"),
        ]
    );
}

#[test]
fn a_new_name_alone_is_no_difference() {
    check(
        |plan| {
            step(plan, "build/build").id = name("build/compile");
            step(plan, "build/compile").formerly = Some(name("build/build"));
            for id in ["prod/soak", "prod/settle"] {
                let Until::After { since: Some(since), .. } = &mut delay(plan, id).until else {
                    panic!()
                };
                since.step = name("build/compile");
            }
            let StepKind::Approval(go) = &mut step(plan, "prod/go").kind else { panic!() };
            go.show = vec![name("build/compile")];
        },
        &[],
    );
}

#[test]
fn what_makes_good_is_missed() {
    check(
        |plan| {
            plan.phases[0].steps.retain(|step| step.id.as_str() != "build/deploy.undo");
            step(plan, "prod/patch").on_failure = OnFailure::Continue;
        },
        &[
            "weakened build/deploy.undo diff.undo-removed: undo removed (deploy --all -> -)",
            "weakened prod/patch diff.on-failure-loosened: on failure loosened (abort -> continue)",
        ],
    );
}

#[test]
fn runbooks_that_are_run_are_compared_too() {
    check(
        |plan| {
            let inner = &mut plan.children.get_mut("image.yaml").unwrap().plan;
            delay(inner, "inner/stop").break_glass = None;
            delay(inner, "inner/stop").continuous = false;
        },
        &[
            "weakened image.yaml: inner/stop diff.hard-stop-made-not-continuous: hard stop made not continuous (yes -> -)",
            "strengthened image.yaml: inner/stop diff.break-glass-removed: break glass removed (approvers: team:leads, min_approvals: 2, review_within: 5d -> -)",
        ],
    );
}

#[test]
fn a_long_text_is_shown_where_it_differs() {
    let long = |middle: &str| Some(format!("{}{middle}{}", "a".repeat(300), "b".repeat(300)));
    let (before, after) = excerpts(long("old"), long("new"));
    let (before, after) = (before.unwrap(), after.unwrap());
    assert!(before.starts_with("…aaa") && before.contains("oldbbb") && before.ends_with('…'));
    assert!(after.contains("newbbb") && after.chars().count() == 122);
}
