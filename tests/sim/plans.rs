//! Small plans drawn from a seed, as the text that `hardstop_tests_kit::plan` reads.

use std::fmt::Write as _;

use fastrand::Rng;

/// A plan of one to three phases, and often a `finally`.
pub(crate) fn draw(rng: &mut Rng) -> String {
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
            let (kind, line) = step(rng, &format!("s{number}"), &before);
            writeln!(text, "{line}").expect("text");
            steps.push((format!("{name}/s{number}"), kind));
        }
    }
    if rng.u32(0..3) > 0 {
        writeln!(text, "finally").expect("text");
        for number in 1..=rng.usize(1..=2) {
            let name = format!("f{number}");
            let line = match rng.u32(0..6) {
                0 => checklist(rng, &name),
                1 => format!("hard_stop {name} {}", rng.u32(0..5_000)),
                _ => run(rng, &name),
            };
            writeln!(text, "{line}").expect("text");
        }
    }
    text
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
    match rng.u32(0..12) {
        0 | 1 => ("checklist", checklist(rng, name)),
        2..=4 => ("approval", approval(rng, name, before)),
        5 => {
            let condition = condition(rng);
            ("wait", format!("wait {name} {} {condition}", rng.u32(0..40_000)))
        }
        6 | 7 => ("hard_stop", hard_stop(rng, name, before)),
        _ => ("run", run(rng, name)),
    }
}

fn run(rng: &mut Rng, name: &str) -> String {
    let mut line = format!("run {name} timeout={}", rng.u32(2_000..60_000));
    if rng.bool() {
        line += " idempotent";
    }
    if rng.u32(0..3) == 0 {
        let retry = format!(" retry={} delay={}", rng.u32(2..=3), rng.u32(0..8_000));
        line += &retry;
    }
    if rng.u32(0..3) == 0 {
        line += " evidence";
    }
    if rng.u32(0..4) == 0 {
        line += " retry_failed";
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
    let runs: Vec<_> = before.iter().filter(|(_, kind)| *kind == "run").collect();
    if let Some((shown, _)) = rng.choice(runs) {
        line.extend([" show=", shown.as_str()]);
    }
    if rng.u32(0..4) == 0 {
        line += " exclude=initiator";
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
