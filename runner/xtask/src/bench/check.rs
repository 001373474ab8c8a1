//! Checking a long runbook.

use std::fmt::Write as _;

use super::{
    measure::Samples,
    others,
    scratch::{Bench, runbook},
    table::Row,
};

/// `hardstop check` of 500 steps, under 50 ms.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let n = bench.size(500, 20);
    let repository = bench.repository(&[("rich.yaml", rich(n))])?;
    let file = repository.path().join("runbooks/rich.yaml");
    let python = others::environment(bench);
    let (mut ours, mut theirs) = (Samples::default(), Samples::default());
    for _ in 0..bench.size(41, 3) {
        ours.push(repository.time(&["check", "runbooks/rich.yaml", "--deny-warnings"], 0)?);
        if let Ok(home) = &python {
            theirs.push(others::read_yaml(home, &file)?);
        }
    }
    let beside = "the same, beside PyYAML with libyaml";
    Ok(vec![
        Row::limited(&format!("`check` of {n} steps"), &ours, 50.0, "ms"),
        match python {
            Ok(_) => {
                let theirs = ("reading the file, with the start of Python", &theirs);
                Row::compared(beside, &ours, "ms", theirs, None)
            }
            Err(why) => Row::skipped(beside, &why),
        },
    ])
}

/// Steps that use nearly every key a command may have.
fn rich(n: usize) -> String {
    let mut steps = String::new();
    for i in 0..n {
        // Writing to a String cannot fail.
        let _ = write!(
            steps,
            r#"  - id: step-{i}
    title: "Step {i} on ${{{{ inputs.branch }}}}"
    description: What it does, and why, in a sentence of the usual length.
    if: "${{{{ inputs.branch != 'never-{i}' }}}}"
    run: [git, show, --no-patch, "${{{{ inputs.branch }}}}"]
    working_directory: .
    env: {{LANG: C.UTF-8, BRANCH: "${{{{ inputs.branch }}}}"}}
    timeout: 10m
    retry: {{max_attempts: 3, delay: 10s}}
    on_failure: pause
    idempotent: true
    evidence:
      - {{id: seen, file: "${{{{ run.workspace }}}}/seen-{i}.txt"}}
    capture: {{regex: {{count: {{pattern: 'count=(\d+)', type: integer}}}}}}

"#
        );
    }
    runbook("rich", &steps).replacen(
        "steps:\n",
        "inputs:\n  branch: {type: text, default: main}\nsteps:\n",
        1,
    )
}
