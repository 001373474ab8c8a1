//! Small plans drawn from a seed, as the text that `hardstop_tests_kit::plan` reads.

use std::{collections::BTreeSet, fmt::Write as _};

use fastrand::Rng;
use hardstop_core::{
    calendar::{Rule, Span, When, Window},
    ids::{Digest, StepId},
    model::{Capture, ChildPlan, Concurrency, OnConflict, Plan, PlannedWindow, Step, StepKind},
    time::Millis,
    value::Value,
};
use hardstop_tests_kit::{picture::START, plan::plan};

/// How long a yes is worth something at least where turns are taken: until five items, or three runs,
/// are over.
const LASTS: Millis = Millis::from_secs(180);

/// A plan of one to three phases, often with `on_abort` and `finally`, and what goes around it.
pub(crate) fn draw(rng: &mut Rng) -> (String, Plan) {
    let text = text(rng);
    let mut plan = plan(&text);
    if rng.u32(0..5) == 0 {
        let (group, on_conflict) = ("group".to_owned(), OnConflict::Queue);
        plan.concurrency = Some(Concurrency { group, on_conflict });
    }
    if rng.u32(0..4) == 0 {
        let from = START.plus(Millis(rng.u64(0..120_000)));
        let to = from.plus(Millis(rng.u64(1_000..90_000)));
        let overrun = if rng.bool() { Rule::Deny } else { Rule::Allow };
        let window = Window { rule: Rule::Deny, when: When::Between(Span { from, to }), overrun };
        plan.windows.push(PlannedWindow { window, applies_to: Vec::new() });
    }
    if rng.u32(0..4) == 0 {
        plan.outputs.push(("left".to_owned(), Value::Text("${{ run.id }}".to_owned())));
    }
    let runs: Vec<String> = plan
        .steps()
        .filter(|step| matches!(step.kind, StepKind::Run(_)) && step.within.is_none())
        .filter(|step| step.for_each.is_none() && !step.backout)
        .map(|step| step.id.to_string())
        .collect();
    outlast(&mut plan);
    let mut read = Vec::new();
    for step in plan.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        read.extend(fill(rng, step, &runs));
    }
    for step in plan.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        if let StepKind::Run(run) = &mut step.kind
            && read.iter().any(|read| *read == step.id.as_str())
        {
            run.capture = Some(Capture::Json);
        }
    }
    let child = hardstop_tests_kit::plan::plan(
        "run one timeout=20000 idempotent\nchecklist two items=one timeout=90000\nrun three",
    );
    let runbook = Digest::from_bytes([9; 32]);
    plan.children.insert("child.yaml".to_owned(), ChildPlan { runbook, plan: child });
    (text, plan)
}

/// Lets a yes given in a fan-out, or under the locks of a composite, last until the other items or
/// runs are over: where they take turns, one that lapses sooner would be asked for again and again.
fn outlast(plan: &mut Plan) {
    let in_turns = |id: &StepId| {
        plan.step(id).is_some_and(|step| step.for_each.is_some() || !step.locks.is_empty())
    };
    let around = |id: &StepId| Some(plan.step(id)?.within.as_ref()?.step.clone());
    let waits =
        |id: &StepId| std::iter::successors(Some(id.clone()), around).any(|it| in_turns(&it));
    let within: BTreeSet<StepId> =
        plan.steps().map(|step| &step.id).filter(|id| waits(id)).cloned().collect();
    for step in plan.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        if let StepKind::Approval(approval) = &mut step.kind
            && within.contains(&step.id)
        {
            approval.valid_for = approval.valid_for.max(LASTS);
        }
    }
}

/// What is evaluated when a step begins. Gives the step whose outputs it reads.
fn fill<'r>(rng: &mut Rng, step: &mut Step, runs: &'r [String]) -> Option<&'r String> {
    let mut reads = None;
    if let Some(each) = &mut step.for_each {
        let known = &["'k1'", "'k2'", "'k3'", "'k4'", "'k5'"][..rng.usize(1..=5)];
        let fixed = format!("[{}]", known.join(", "));
        let earlier = rng.choice(runs).filter(|run| **run < step.id.to_string());
        // A list that the world gives while the run is under way.
        reads = earlier.filter(|_| rng.bool());
        each.items = match reads {
            Some(run) => format!("${{{{ {} | default({fixed}) }}}}", outputs_of(run)),
            None => format!("${{{{ {fixed} }}}}"),
        };
    }
    if let StepKind::Run(run) = &mut step.kind
        && let Some(until) = &mut run.until
        && rng.bool()
    {
        run.capture = Some(Capture::Json);
        until.condition = Some("${{ self.outputs.done }}".to_owned());
    }
    for lock in &mut step.locks {
        if rng.u32(0..4) == 0 {
            *lock = format!("${{{{ '{lock}' }}}}");
        }
    }
    reads
}

/// The list that a step gives, as an expression in another phase names it.
fn outputs_of(step: &str) -> String {
    let (phase, name) = step.split_once('/').expect("every drawn step is in a phase");
    format!("phases.{phase}.steps.{name}.outputs.list")
}

fn text(rng: &mut Rng) -> String {
    let mut text = String::new();
    let phases = [1, 1, 1, 2, 2, 3][rng.usize(0..6)];
    let mut steps: Vec<(String, &str)> = Vec::new();
    for phase in 0..phases {
        let name = ["a", "b", "c"][phase];
        let earlier = &["a", "b"][..phase];
        let needs: Vec<&str> = earlier.iter().copied().filter(|_| rng.u32(0..3) > 0).collect();
        let needs =
            if needs.is_empty() { String::new() } else { format!("needs={}", needs.join(",")) };
        writeln!(text, "phase {name} {needs}").expect("text");
        for number in 1..=rng.usize(1..=3) {
            let before = visible(&steps, name, &needs);
            let own = format!("s{number}");
            let (kind, lines) = if rng.u32(0..3) == 0 {
                ("composite", composite(rng, &own, &before, 0))
            } else {
                step(rng, &own, &before)
            };
            writeln!(text, "{lines}").expect("text");
            steps.push((format!("{name}/{own}"), kind));
        }
    }
    if rng.u32(0..3) == 0 {
        text += "on_abort\n";
        for number in 1..=rng.usize(1..=2) {
            writeln!(text, "{}", run(rng, &format!("o{number}"))).expect("text");
        }
    }
    if rng.u32(0..3) > 0 {
        writeln!(text, "finally").expect("text");
        for number in 1..=rng.usize(1..=2) {
            let name = format!("f{number}");
            let line = match rng.u32(0..7) {
                0 => checklist(rng, &name),
                1 => format!("hard_stop {name} {}", rng.u32(0..5_000)),
                2 => composite(rng, &name, &[], 1),
                _ => run(rng, &name),
            };
            writeln!(text, "{line}").expect("text");
        }
    }
    text
}

/// A composite and everything in it.
fn composite(rng: &mut Rng, name: &str, before: &[&(String, &str)], deep: u32) -> String {
    let mut lines = Vec::new();
    let kind = if rng.u32(0..3) == 0 { "parallel" } else { "block" };
    let each = if rng.u32(0..3) == 0 { fan(rng) } else { String::new() };
    // A lock of their own: what is in them asks for others, and two orders would be a circle.
    let locks = if rng.u32(0..5) == 0 { " locks=w" } else { "" };
    lines.push(format!("{kind} {name}{each}{locks}"));
    let mut inside = |rng: &mut Rng, part: &str, number: usize, handed: bool| {
        let own = format!("{name}{}{number}", &part[..1]);
        let text = match rng.u32(0..8) {
            0 if deep < 1 && part == "steps" => composite(rng, &own, &[], deep + 1),
            1 | 2 => step(rng, &own, before).1,
            _ => run(rng, &own),
        };
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let place = format!(" in={name}.{part}");
        let rescue =
            if handed && !first.contains("on_failure") { " on_failure=rescue" } else { "" };
        lines.push(format!("{first}{place}{rescue}"));
        lines.extend(rest.lines().map(str::to_owned));
    };
    let rescue = kind == "block" && rng.bool();
    for number in 1..=rng.usize(1..=3) {
        inside(rng, "steps", number, rescue);
    }
    if rescue {
        inside(rng, "rescue", 1, false);
    }
    if kind == "block" && rng.bool() {
        inside(rng, "always", 1, false);
    }
    lines.join("\n")
}

fn fan(rng: &mut Rng) -> String {
    let fails = *rng.choice(&["0", "1", "2", "40%"]).expect("budgets");
    let exceeded = if rng.u32(0..4) == 0 { " exceeded=abort" } else { "" };
    format!(" each width={} fails={fails}{exceeded}", rng.u32(1..=3))
}

/// The steps that are over before the next step of `phase`.
fn visible<'s>(
    steps: &'s [(String, &'s str)],
    phase: &str,
    needs: &str,
) -> Vec<&'s (String, &'s str)> {
    let needs = needs.trim_start_matches("needs=");
    steps
        .iter()
        .filter(|(id, _)| {
            let of = &id[..1];
            of == phase || needs.contains(of)
        })
        .collect()
}

fn step(rng: &mut Rng, name: &str, before: &[&(String, &str)]) -> (&'static str, String) {
    match rng.u32(0..17) {
        0 | 1 => ("checklist", checklist(rng, name)),
        2..=4 => ("approval", approval(rng, name, before)),
        5 => {
            let condition = condition(rng);
            ("wait", format!("wait {name} {} {condition}", rng.u32(0..40_000)))
        }
        6 | 7 => ("hard_stop", hard_stop(rng, name, before)),
        8 => ("runbook", format!("runbook {name}{}{}", on_failure(rng), condition(rng))),
        9 => ("fan", format!("{}{}", run(rng, name), fan(rng))),
        10 => ("companion", companion(rng, name)),
        11 => ("remedy", remedy(rng, name)),
        _ => ("run", run(rng, name)),
    }
}

/// A step that something makes good.
fn companion(rng: &mut Rng, name: &str) -> String {
    let part = if rng.bool() { "undo" } else { "restore" };
    let each = if rng.u32(0..4) == 0 { fan(rng) } else { String::new() };
    format!("{}{each}\nrun {name}.{part} in={name}.{part} timeout=20000", run(rng, name))
}

/// A step whose failure something is done about.
fn remedy(rng: &mut Rng, name: &str) -> String {
    let then = *rng.choice(&["", ":continue", ":abort"]).expect("ends");
    let run = run(rng, name);
    let words: Vec<&str> =
        run.split_whitespace().filter(|word| !word.starts_with("on_failure")).collect();
    format!("{} on_failure=run:{name}r{then}\nrun {name}r backout timeout=20000", words.join(" "))
}

fn run(rng: &mut Rng, name: &str) -> String {
    let kind = if rng.u32(0..5) == 0 { "uses" } else { "run" };
    let mut line = format!("{kind} {name} timeout={}", rng.u32(2_000..60_000));
    if rng.bool() {
        line += " idempotent";
    }
    if rng.u32(0..3) == 0 {
        let retry = format!(" retry={} delay={}", rng.u32(2..=3), rng.u32(0..8_000));
        line += &retry;
    }
    if kind == "run" && rng.u32(0..3) == 0 {
        line += " evidence";
    }
    if rng.u32(0..4) == 0 {
        line += " retry_failed";
    }
    if rng.u32(0..6) == 0 {
        let poll = format!(" poll={} poll_timeout={}", rng.u32(500..5_000), rng.u32(5_000..60_000));
        line += &poll;
    }
    if rng.u32(0..5) == 0 {
        line.extend([" locks=", rng.choice(&["x", "y", "x,y", "y,z"]).expect("locks")]);
    }
    line += on_failure(rng);
    line += condition(rng);
    line
}

fn checklist(rng: &mut Rng, name: &str) -> String {
    let items = *rng.choice(&["one", "one,two?", "one,two", "one!"]).expect("items");
    let timeout = rng.u32(20_000..200_000);
    let (end, failed, condition) = (on_timeout(rng), on_failure(rng), condition(rng));
    format!("checklist {name} items={items} timeout={timeout}{end}{failed}{condition}")
}

fn approval(rng: &mut Rng, name: &str, before: &[&(String, &str)]) -> String {
    let by = *rng.choice(&["team:sre", "team:sre,dave", "anyone"]).expect("approvers");
    let mut line = format!(
        "approval {name} by={by} min={} timeout={} valid={}",
        rng.u32(1..=2),
        rng.u32(20_000..200_000),
        rng.u32(2_000..90_000)
    );
    if rng.u32(0..4) == 0 {
        line += " groups=sec:1:dave|sre:1:team:sre+dave";
    }
    if rng.u32(0..4) == 0 {
        line += " remind=3000,9000 escalate=5000:dave";
    }
    if rng.u32(0..6) == 0 {
        line += " binds=inputs,evidence";
    }
    let runs: Vec<_> = before.iter().filter(|(_, kind)| *kind == "run").collect();
    if let Some((shown, _)) = rng.choice(runs) {
        line.extend([" show=", shown.as_str()]);
    }
    // Whoever lends a hand to a run must not be the only one of a group, or nobody is left.
    if rng.u32(0..4) == 0 {
        let excluded = *rng.choice(&[" exclude=initiator", " exclude=executor"]).expect("roles");
        line += if line.contains(" groups=") { "" } else { excluded };
    }
    if rng.u32(0..6) == 0 {
        line += " on_rejected=abort";
    }
    line += on_timeout(rng);
    line += on_failure(rng);
    line += condition(rng);
    line
}

fn hard_stop(rng: &mut Rng, name: &str, before: &[&(String, &str)]) -> String {
    let mut line = format!("hard_stop {name} {}", rng.u32(0..40_000));
    if let Some((anchor, kind)) = rng.choice(before).filter(|_| rng.u32(0..3) > 0) {
        let points: &[&str] = match *kind {
            "approval" => &["approved"],
            _ => &["started", "finished"],
        };
        let point = *rng.choice(points).expect("points");
        line.extend([" since=", anchor.as_str(), ".", point]);
        line += *rng.choice(&["", " attempt=first", " attempt=latest"]).expect("rules");
        if rng.u32(0..4) == 0 {
            line += " continuous";
        }
    }
    if rng.u32(0..3) == 0 {
        line += " glass=team:sre,dave";
    }
    line += on_failure(rng);
    line += condition(rng);
    line
}

fn on_failure(rng: &mut Rng) -> &'static str {
    ["", "", "", " on_failure=abort", " on_failure=continue"][rng.usize(0..5)]
}

fn on_timeout(rng: &mut Rng) -> &'static str {
    ["", "", " on_timeout=reject", " on_timeout=abort"][rng.usize(0..4)]
}

fn condition(rng: &mut Rng) -> &'static str {
    match rng.u32(0..24) {
        0 => " if=${{false}}",
        1 | 2 => " if=${{run.id==run.id}}",
        3 => " if=${{run.nonsense}}",
        _ => "",
    }
}
