//! Transition charts: every state of a machine against all that can come in, on one screen.
//!
//! A cell is the state afterwards, `.` if nothing happened, and `refused` if somebody was told so.
//! The bench checks for every cell that what is under way follows from the new state alone.

use std::fmt::Write as _;

use hardstop_core::run::Ending;
use hardstop_tests_kit::{bench::Bench, picture};

/// A state by its name, and the inputs that lead to it.
type Row<'a> = (&'a str, &'a [&'a str]);

/// Gives every input to every state, and renders what `look` sees afterwards.
fn chart(plan: &str, states: &[Row<'_>], inputs: &[&str], look: fn(&Bench) -> String) -> String {
    let line = |label: &str, cells: Vec<String>| {
        let mut text = format!("{label:<24}");
        for cell in cells {
            let _written = write!(text, "{cell:<11}");
        }
        text.trim_end().to_owned() + "\n"
    };
    let benches: Vec<Bench> =
        states.iter().map(|(name, way)| reach(plan, name, way, look)).collect();
    let mut text = line("", states.iter().map(|(name, _)| (*name).to_owned()).collect());
    for input in inputs {
        let cell = |bench: &Bench| {
            let mut bench = bench.clone();
            match bench.give(input).as_str() {
                "-" => ".".to_owned(),
                refused if refused.starts_with("refused") => "refused".to_owned(),
                _ => look(&bench),
            }
        };
        text.push_str(&line(input, benches.iter().map(cell).collect()));
    }
    text
}

fn reach(plan: &str, name: &str, way: &[&str], look: fn(&Bench) -> String) -> Bench {
    let mut bench = Bench::team(plan);
    for input in way {
        let happened = bench.give(input);
        assert!(!happened.starts_with("refused"), "{name}: {input}: {happened}");
    }
    assert_eq!(look(&bench), name);
    bench
}

/// The state of step `s`, without its number.
fn step(bench: &Bench) -> String {
    bench.step("s").split('#').next().unwrap_or_default().to_owned()
}

/// The state of the run, in one word.
fn run(bench: &Bench) -> String {
    let state = &bench.state;
    match state.ending() {
        Ending::Working if state.abort().is_some() => "aborting".to_owned(),
        Ending::Working if state.evidence_blocked().is_some() => "blocked".to_owned(),
        Ending::Working if state.is_held() => "held".to_owned(),
        Ending::Working => "working".to_owned(),
        Ending::BackingOut(_) => "backing out".to_owned(),
        Ending::Finishing(_) => "finishing".to_owned(),
        Ending::Closed(_) => picture::ending(state.ending()).replace("closed ", ""),
    }
}

#[track_caller]
fn check(got: &str, wanted: &str) {
    let wanted = wanted.trim_start_matches('\n');
    assert!(got == wanted, "got:\n{got}\nwanted:\n{wanted}");
}

const FAILED: &[&str] = &["start s", "fail s", "+1000", "start s", "fail s"];

#[test]
fn of_an_attempt() {
    let states: [Row<'_>; 8] = [
        ("pending", &[]),
        ("running", &["start s"]),
        ("backoff", &["start s", "fail s"]),
        ("failed", FAILED),
        ("unknown", &["start s", "lease"]),
        ("succeeded", &["start s", "done s"]),
        ("skipped", &["bob: skip s"]),
        ("attested", &["bob: attest s file=7", "alice: attest s"]),
    ];
    let inputs = [
        "start s",
        "start s#1",
        "start s skip",
        "start s broken",
        "start s wrong",
        "done s#1",
        "fail s#1",
        "fail s#1 aborted",
        "done s#9",
        "wake",
        "+1000",
        "lease",
        "bob: retry s",
        "bob: skip s",
        "bob: attest s",
        "bob: attest s file=7",
        "bob: tick s one",
        "bob: abort",
    ];
    let got = chart("run s retry=2 if=x\nrun rest", &states, &inputs, step);
    check(&got, OF_AN_ATTEMPT);
}

#[test]
fn of_a_checklist() {
    let states: [Row<'_>; 5] = [
        ("pending", &[]),
        ("ticking", &["start s"]),
        ("failed", &["start s", "+5000"]),
        ("succeeded", &["start s", "bob: tick s one"]),
        ("skipped", &["bob: skip s"]),
    ];
    let inputs = [
        "start s",
        "start s broken",
        "start s wrong",
        "done s",
        "wake",
        "+5000",
        "lease",
        "bob: tick s one",
        "bob: tick s two",
        "bob: tick s three",
        "eve: tick s one",
        "bob: retry s",
        "bob: skip s",
        "bob: attest s file=7",
        "bob: abort",
    ];
    let got = chart("checklist s items=one,two? timeout=5000\nrun rest", &states, &inputs, step);
    check(&got, OF_A_CHECKLIST);
}

#[test]
fn of_an_approval() {
    let yes: &[&str] = &["start s", "bob: approve s", "carol: approve s"];
    let states: [Row<'_>; 5] = [
        ("pending", &[]),
        ("asking", &yes[..2]),
        ("approved", yes),
        ("failed", &["start s", "bob: reject s"]),
        ("succeeded", &[yes[0], yes[1], yes[2], "start rest"]),
    ];
    let inputs = [
        "start s",
        "start s broken",
        "start s wrong",
        "start rest",
        "done s",
        "wake",
        "+5000",
        "lease",
        "bob: approve s",
        "carol: approve s",
        "alice: approve s",
        "eve: approve s",
        "carol: reject s",
        "alice: reject s",
        "bob: retry s",
        "bob: skip s",
        "bob: attest s file=7",
        "bob: abort",
    ];
    let plan = "approval s min=2 exclude=initiator timeout=5000 valid=5000\nrun rest";
    check(&chart(plan, &states, &inputs, step), OF_AN_APPROVAL);
}

#[test]
fn of_a_wait_and_of_a_hard_stop() {
    let inputs = [
        "start s",
        "start s wrong",
        "done s",
        "wake",
        "+5000",
        "jump 90000000",
        "jump -90000",
        "reboot",
        "lease",
        "bob: retry s",
        "bob: skip s",
        "bob: attest s file=7",
        "bob: hold",
        "bob: abort",
    ];
    let mut states: Vec<Row<'_>> = vec![
        ("pending", &[]),
        ("delaying", &["start s"]),
        ("failed", &["start s broken"]),
        ("succeeded", &["start s", "+5000"]),
    ];
    check(&chart("hard_stop s 5000\nrun rest", &states, &inputs, step), OF_A_HARD_STOP);
    states.push(("skipped", &["bob: skip s"]));
    check(&chart("wait s 5000\nrun rest", &states, &inputs, step), OF_A_WAIT);
}

#[test]
fn of_a_run() {
    let states: [Row<'_>; 7] = [
        ("working", &["start s"]),
        ("held", &["start s", "bob: hold"]),
        ("blocked", &["start s", "evidence bad"]),
        ("aborting", &["start s", "bob: abort"]),
        ("finishing", &["start s", "done s"]),
        ("succeeded", &["start s", "done s", "start finally/z", "done finally/z"]),
        ("aborted", &["bob: abort", "start finally/z", "done finally/z"]),
    ];
    let inputs = [
        "bob: open",
        "lease",
        "lease stale",
        "wake",
        "+100000000",
        "jump -60000",
        "evidence bad",
        "evidence ok",
        "start finally/z",
        "done s",
        "fail s",
        "fail s aborted",
        "bob: hold",
        "bob: lift",
        "bob: abort",
        "eve: abort",
        "bob: skip finally/z",
    ];
    let got = chart("run s on_failure=abort\nfinally\nrun z", &states, &inputs, run);
    check(&got, OF_A_RUN);
}
const OF_AN_ATTEMPT: &str = "
                        pending    running    backoff    failed     unknown    succeeded  skipped    attested
start s                 running    .          .          .          .          .          .          .
start s#1               running    .          .          .          .          .          .          .
start s skip            skipped    .          .          .          .          .          .          .
start s broken          failed     .          .          .          .          .          .          .
start s wrong           refused    .          .          .          .          .          .          .
done s#1                .          succeeded  .          .          .          .          .          .
fail s#1                .          backoff    .          .          .          .          .          .
fail s#1 aborted        .          failed     .          .          .          .          .          .
done s#9                .          .          .          .          .          .          .          .
wake                    .          .          .          .          .          .          .          .
+1000                   .          .          pending    .          .          .          .          .
lease                   pending    unknown    backoff    failed     unknown    succeeded  skipped    attested
bob: retry s            refused    refused    refused    pending    pending    refused    refused    refused
bob: skip s             skipped    refused    skipped    skipped    skipped    refused    refused    refused
bob: attest s           refused    refused    refused    refused    refused    refused    refused    refused
bob: attest s file=7    pending    refused    backoff    failed     unknown    refused    refused    refused
bob: tick s one         refused    refused    refused    refused    refused    refused    refused    refused
bob: abort              pending    running    backoff    failed     unknown    succeeded  skipped    attested
";
const OF_A_CHECKLIST: &str = "
                        pending    ticking    failed     succeeded  skipped
start s                 ticking    .          .          .          .
start s broken          failed     .          .          .          .
start s wrong           refused    .          .          .          .
done s                  refused    refused    refused    refused    refused
wake                    .          .          .          .          .
+5000                   .          failed     .          .          .
lease                   pending    ticking    failed     succeeded  skipped
bob: tick s one         refused    succeeded  refused    refused    refused
bob: tick s two         refused    ticking    refused    refused    refused
bob: tick s three       refused    refused    refused    refused    refused
eve: tick s one         refused    refused    refused    refused    refused
bob: retry s            refused    refused    pending    refused    refused
bob: skip s             skipped    skipped    skipped    refused    refused
bob: attest s file=7    pending    ticking    failed     refused    refused
bob: abort              pending    ticking    failed     succeeded  skipped
";
const OF_AN_APPROVAL: &str = "
                        pending    asking     approved   failed     succeeded
start s                 asking     .          .          .          .
start s broken          failed     .          .          .          .
start s wrong           refused    .          .          .          .
start rest              .          .          succeeded  .          .
done s                  refused    refused    refused    refused    refused
wake                    .          .          .          .          .
+5000                   .          failed     pending    .          .
lease                   pending    asking     approved   failed     succeeded
bob: approve s          refused    .          refused    failed     refused
carol: approve s        refused    approved   refused    failed     refused
alice: approve s        refused    asking     approved   failed     succeeded
eve: approve s          refused    asking     approved   failed     succeeded
carol: reject s         refused    failed     approved   failed     succeeded
alice: reject s         refused    asking     approved   failed     succeeded
bob: retry s            refused    refused    refused    pending    refused
bob: skip s             refused    refused    refused    refused    refused
bob: attest s file=7    refused    refused    refused    refused    refused
bob: abort              pending    asking     approved   failed     succeeded
";
const OF_A_HARD_STOP: &str = "
                        pending    delaying   failed     succeeded
start s                 delaying   .          .          .
start s wrong           refused    .          .          .
done s                  refused    refused    refused    refused
wake                    .          .          .          .
+5000                   .          succeeded  .          .
jump 90000000           pending    delaying   failed     succeeded
jump -90000             pending    delaying   failed     succeeded
reboot                  .          .          .          .
lease                   pending    delaying   failed     succeeded
bob: retry s            refused    refused    pending    refused
bob: skip s             refused    refused    refused    refused
bob: attest s file=7    refused    refused    refused    refused
bob: hold               pending    delaying   failed     succeeded
bob: abort              pending    delaying   failed     succeeded
";
const OF_A_WAIT: &str = "
                        pending    delaying   failed     succeeded  skipped
start s                 delaying   .          .          .          .
start s wrong           refused    .          .          .          .
done s                  refused    refused    refused    refused    refused
wake                    .          .          .          .          .
+5000                   .          succeeded  .          .          .
jump 90000000           pending    delaying   failed     succeeded  skipped
jump -90000             pending    delaying   failed     succeeded  skipped
reboot                  .          .          .          .          .
lease                   pending    delaying   failed     succeeded  skipped
bob: retry s            refused    refused    pending    refused    refused
bob: skip s             skipped    skipped    skipped    refused    refused
bob: attest s file=7    refused    refused    refused    refused    refused
bob: hold               pending    delaying   failed     succeeded  skipped
bob: abort              pending    delaying   failed     succeeded  skipped
";
const OF_A_RUN: &str = "
                        working    held       blocked    aborting   finishing  succeeded  aborted
bob: open               .          .          .          .          .          .          .
lease                   working    held       blocked    finishing  finishing  .          .
lease stale             refused    refused    refused    refused    refused    .          .
wake                    .          .          .          .          .          .          .
+100000000              .          .          .          .          .          .          .
jump -60000             held       held       blocked    aborting   finishing  .          .
evidence bad            blocked    blocked    .          aborting   finishing  .          .
evidence ok             .          .          working    .          .          .          .
start finally/z         .          .          .          .          finishing  .          .
done s                  finishing  finishing  finishing  finishing  .          .          .
fail s                  finishing  finishing  finishing  finishing  .          .          .
fail s aborted          finishing  finishing  finishing  finishing  .          .          .
bob: hold               held       .          blocked    aborting   finishing  refused    refused
bob: lift               refused    working    refused    refused    refused    refused    refused
bob: abort              aborting   aborting   aborting   .          refused    refused    refused
eve: abort              refused    refused    refused    refused    refused    refused    refused
bob: skip finally/z     refused    refused    refused    refused    incomplete refused    refused
";
