//! Calls in runbooks, against what is locked.

use hardstop_core::{
    model::{Plan, StepKind},
    time::Timestamp,
};

use super::{super::Lock, lock};
use crate::{Compiled, Diagnostics, Files, compile};

fn compiled(steps: &str, lock: &str) -> Result<Compiled, Diagnostics> {
    let text = format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: test\ninputs: {{n: {{type: integer}}}}\n\
         secrets: {{key: {{env: KEY}}}}\nsteps:\n{steps}\n"
    );
    let load = |path: &str| (path == Lock::PATH).then(|| lock.to_owned());
    compile("test.yaml", &text, Files { load: &load, at: Timestamp::from_millis(0) })
}

fn told(problems: &Diagnostics) -> Vec<String> {
    let line = |it: crate::Finding| {
        let help = it.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}:{} {} {}{help}", it.line, it.column, it.code, it.message)
    };
    problems.findings().into_iter().map(line).collect()
}

/// What is said of a call with these parameters; its `with` begins at line 9, column 11.
#[track_caller]
fn with(with: &str, said: &[&str]) {
    let steps = format!("  - id: a\n    uses: ci/build\n    with: {with}");
    match compiled(&steps, &lock().to_text()) {
        Ok(_) => assert_eq!(said, [""; 0], "{with}"),
        Err(problems) => assert_eq!(told(&problems), said, "{with}"),
    }
}

#[track_caller]
fn steps(steps: &str, said: &[&str]) {
    match compiled(steps, &lock().to_text()) {
        Ok(compiled) => assert_eq!(told(&compiled.warnings), said, "{steps}"),
        Err(problems) => assert_eq!(told(&problems), said, "{steps}"),
    }
}

#[test]
fn literal_values_are_checked() {
    with("{job: nightly, tries: 3, mode: fast, wait: true, labels: [a]}", &[]);
    with("{}", &["8:11 runbook::missing-key `ci/build` needs `job` (`job`: Which one.)"]);
    with("{job: 7}", &["9:17 runbook::wrong-type `job` must be text, found a number"]);
    with(
        "{jbo: x}",
        &[
            "8:11 runbook::missing-key `ci/build` needs `job` (`job`: Which one.)",
            "9:12 runbook::unknown-key `ci/build` takes no `jbo` (did you mean `job`?)",
        ],
    );
    with(
        "{job: ab, mode: fsat}",
        &["9:27 runbook::unknown-value `mode` takes no such value (did you mean `fast`?)"],
    );
    with(
        "{job: a}",
        &["9:17 runbook::unfit-value the value is shorter than 2 characters in `job`"],
    );
    with(
        "{job: ab, tries: 10}",
        &["9:28 runbook::unfit-value the value is greater than the maximum of 9 in `tries`"],
    );
    with(
        "{job: ab, labels: [a, 7]}",
        &["9:33 runbook::wrong-type `labels.1` must be text, found a number"],
    );
    with(
        "{job: ab, parameters: {branch: x, dryrun: true}}",
        &["9:45 runbook::unknown-key `parameters` takes no `dryrun` (did you mean `dry-run`?)"],
    );
    with("{job: ab, parameters: {}}", &["9:33 runbook::missing-key `parameters` needs `branch`"]);
}

#[test]
fn expressions_are_checked_as_far_as_they_are_known() {
    with("{job: '${{ inputs.n }}', tries: '${{ inputs.n }}', labels: '${{ inputs.n }}'}", &[]);
    with("{job: 'x${{ inputs.n }}', mode: 'f${{ inputs.n }}', either: 'b${{ inputs.n }}'}", &[]);
    with("{job: '${{ secrets.key }}'}", &[]);
    with(
        "{job: ab, tries: '${{ secrets.key }}'}",
        &["9:28 runbook::wrong-type `tries` must be a whole number, found text"],
    );
    with(
        "{job: ab, tries: '1${{ inputs.n }}'}",
        &["9:28 runbook::wrong-type `tries` must be a whole number, found text"],
    );
    with(
        "{job: ab, labels: ['${{ inputs.n }}', a, b]}",
        &["9:29 runbook::unfit-value the value has more than 2 items in `labels`"],
    );
    with(
        "{job: ab, parameters: {brnch: '${{ inputs.n }}'}}",
        &[
            "9:33 runbook::missing-key `parameters` needs `branch`",
            "9:34 runbook::unknown-key `parameters` takes no `brnch` (did you mean `branch`?)",
        ],
    );
}

#[test]
fn names_of_plugins_and_actions_are_checked() {
    steps(
        "  - {id: a, uses: ci/biuld, with: {job: ab}}",
        &[
            "7:22 runbook::unknown-action plugin `ci` 1.2.3 has no action `biuld` (did you mean `build`?)",
        ],
    );
    steps(
        "  - {id: a, uses: cl/build}\n  - {id: b, uses: cl/other}",
        &[
            "7:19 runbook::plugin-not-locked plugin `cl` is not locked, so its calls are not checked \
         (did you mean `ci`?)",
        ],
    );
    let unlocked = compiled("  - {id: a, uses: jenkins/build}", &lock().to_text()).unwrap();
    assert_eq!(unlocked.unlocked.iter().collect::<Vec<_>>(), ["jenkins/build"]);
    assert!(told(&unlocked.warnings)[0].contains("`hardstop plugin add jenkins`"));
    let broken = compiled("  - {id: a, uses: ci/build}", "{}").unwrap_err();
    assert!(told(&broken)[0].starts_with("7:19 runbook::lock hardstop.lock: it cannot be read"));
    // Nothing asks for the file.
    assert!(compiled("  - {id: a, run: [make]}", "{}").is_ok());
}

/// `until` begins again and again, so it is not for what goes on by itself.
#[test]
fn what_goes_on_is_not_asked_until() {
    let mut lock = lock();
    let ci = lock.plugins.get_mut("ci").expect("a plugin");
    ci.manifest.actions.get_mut("build").expect("an action").long = true;
    let until = "until: {interval: 1m, timeout: 1h}";
    let look = format!("  - {{id: a, uses: ci/find, {until}}}");
    assert!(compiled(&look, &lock.to_text()).is_ok());
    let call = format!("uses: ci/build, with: {{job: ab}}, {until}");
    for (steps, at) in [
        (format!("  - {{id: a, {call}}}"), "7:46"),
        (format!("  - {{id: a, run: [date], undo: {{{call}}}}}"), "7:66"),
    ] {
        let problems = compiled(&steps, &lock.to_text()).expect_err("it is refused");
        let said = format!(
            "{at} runbook::until `ci/build` goes on by itself, and `until` begins it again: a crash \
             would leave one behind (leave `until` out, the step waits for its end; ask again with \
             an action that only looks)"
        );
        assert_eq!(told(&problems), [said], "{steps}");
    }
}

#[test]
fn a_step_may_claim_less_than_the_manifest() {
    let idempotent = |plan: &Plan| {
        let StepKind::Uses(uses) = &plan.phases[0].steps[0].kind else { panic!("it calls") };
        uses.idempotent
    };
    let plan = |text: &str| compiled(text, &lock().to_text()).unwrap().plan;
    assert!(idempotent(&plan("  - {id: a, uses: ci/find}")));
    assert!(!idempotent(&plan("  - {id: a, uses: ci/find, idempotent: false}")));
    assert!(!idempotent(&plan("  - {id: a, uses: ci/build, with: {job: ab}}")));
    steps(
        "  - {id: a, uses: ci/build, with: {job: ab}, idempotent: true}",
        &[
            "7:58 runbook::idempotent doing `ci/build` twice is not doing it once (its manifest says \
         so; a step may only claim less: leave `idempotent` out)",
        ],
    );
}

#[test]
fn uses_of_outputs_are_checked() {
    let read = |output: &str, said: &[&str]| {
        let text = format!(
            "  - {{id: a, uses: ci/build, with: {{job: ab}}}}\n  - {{id: f, uses: ci/find}}\n  \
             - {{id: b, run: [echo, \"${{{{ {output} }}}}\"]}}"
        );
        steps(&text, said);
    };
    read("steps.a.outputs.number", &[]);
    read("steps.a.outputs.console_url", &[]);
    read("steps.a.outputs.result.state", &[]);
    read("steps.a.outputs.raw.anything.at_all", &[]);
    read("steps.f.outputs.whatever", &[]);
    read(
        "steps.a.outputs.numbr",
        &[
            "9:30 runbook::unknown-reference `ci/build` has no output `numbr` (did you mean `number`?)",
        ],
    );
    read(
        "steps.a.outputs.result.sate",
        &[
            "9:30 runbook::unknown-reference output `result` of `ci/build` has no `sate` (did you mean \
         `state`?)",
        ],
    );
    let own = "  - id: a\n    uses: ci/build\n    with: {job: ab}\n    until: {interval: 1s, \
               timeout: 1m, condition: \"${{ self.outputs.nunber > 1 }}\"}";
    let problems = compiled(own, &lock().to_text()).unwrap_err();
    assert!(told(&problems)[0].contains("has no output `nunber`"), "{problems:?}");
}

#[test]
fn a_plan_pins_what_it_calls() {
    let plan = compiled("  - {id: a, uses: ci/find}", &lock().to_text()).unwrap().plan;
    assert_eq!(plan.plugins["ci"], lock().plugins["ci"].pinned());
    assert!(
        compiled("  - {id: a, run: [make]}", &lock().to_text()).unwrap().plan.plugins.is_empty()
    );
}
