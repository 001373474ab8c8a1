//! Expressions in the texts of steps, and what the steps come to.

use hardstop_core::{event::EnvValue, ids::StepId, time::Timestamp};

use super::stage::{of, run_of};
use crate::{Files, Resolved, compile, title};

fn of_steps(steps: &str) -> String {
    format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: test\n\
         inputs:\n  name: {{type: text, default: web}}\n  count: {{type: integer, default: 2}}\n  \
         big: {{type: integer, default: 9007199254740993}}\n  list: {{type: list, default: [a, b]}}\n  \
         yes-or-no: {{type: boolean, default: false}}\n\
         vars: {{both: \"${{{{ inputs.name }}}}-${{{{ inputs.count + 1 }}}}\"}}\n\
         secrets: {{api-token: {{env: TOKEN}}}}\n{steps}"
    )
}

/// What the arguments of the one command of a runbook come to.
#[track_caller]
fn check_argument(argument: &str, want: &str) {
    let text = of_steps(&format!("steps:\n  - id: a\n    run: [echo, {argument:?}]\n"));
    let state = run_of(&text, &[]);
    let got = match of(&state, "a") {
        Ok(Resolved::Run(command)) => command.argv[1].clone(),
        Ok(other) => format!("{other:?}"),
        Err(why) => why,
    };
    assert_eq!(got, want, "{argument}");
}

#[test]
fn expressions_give_typed_values() {
    check_argument("plain", "plain");
    check_argument("{{ literal }} ${HOME}", "{{ literal }} ${HOME}");
    check_argument("${{ inputs.name }}", "web");
    check_argument("x=${{ inputs.name }}/${{ inputs.count }}", "x=web/2");
    check_argument("${{ inputs.big }}", "9007199254740993");
    check_argument("${{ inputs.big + 1 }}", "9007199254740994");
    check_argument("${{ 1 / 4 }}", "0.25");
    check_argument("${{ inputs.yes_or_no }}", "false");
    check_argument("${{ vars.both }}", "web-3");
    check_argument("${{ inputs.list | join(',') }}", "a,b");
    check_argument("${{ inputs.name | upper ~ '}}' }}", "WEB}}");
    check_argument("${{ 'y' if inputs.count > 1 else 'n' }}", "y");
    check_argument("${{ run.short_id }}", "k7f3q9xm2p");
    check_argument("${{ run.started_at }}", "2026-11-20T15:53:32.000Z");
    check_argument("${{ run.workspace }}/x", "/space/run/x");
    check_argument("${{ run.repository }}", "/space/repo");
    check_argument("${{ '${{ run.id }}' }}", "${{ run.id }}");
}

#[test]
fn expressions_without_a_value_stop_the_step_and_say_why() {
    check_argument(
        "${{ inputs.list }}",
        "step `a`: `${{ inputs.list }}` gives a list: pick or `join` its items",
    );
    check_argument(
        "${{ inputs.list[7] }}",
        "step `a`: `${{ inputs.list[7] }}`: it has no value; `inputs.list` has 2 items",
    );
    check_argument(
        "${{ 'abcdefgh' * 99999 }}",
        "step `a`: `${{ 'abcdefgh' * 99999 }}`: the result is longer than 65536 bytes",
    );
    let text = of_steps("steps: [{id: a, run: [\"${{ 'a' * 9 * 9 }}\"]}]\n");
    let refused = compile("test.yaml", &text, Files::NONE).unwrap_err().findings();
    assert_eq!(refused[0].message, "an expression may multiply once; use a variable for the rest");
    check_argument(
        "${{ inputs.name + 1 }}",
        "step `a`: `${{ inputs.name + 1 }}`: tried to use + operator on unsupported types string \
         and number",
    );
}

#[test]
fn a_skipped_step_has_no_outputs_and_default_sees_it() {
    let text = of_steps(
        "steps:\n  - {id: a, run: [x], capture: {json: stdout}}\n  \
         - {id: b, run: [echo, \"${{ steps.a.outputs.size | default('none') }}\"]}\n  \
         - {id: c, run: [echo, \"${{ steps.a.outputs.size }}\"]}\n  \
         - {id: d, run: [echo, \"${{ steps.a.status }} ${{ steps.a.succeeded }}\"]}\n",
    );
    let state = run_of(&text, &[]);
    let argument = |step: &str| match of(&state, step) {
        Ok(Resolved::Run(command)) => command.argv[1].clone(),
        Ok(other) => format!("{other:?}"),
        Err(why) => why,
    };
    assert_eq!(argument("b"), "none");
    assert_eq!(
        argument("c"),
        "step `c`: `${{ steps.a.outputs.size }}`: `steps.a.outputs.size` has no value: step `a` is \
         pending"
    );
    assert_eq!(argument("d"), "pending false");
}

#[test]
fn conditions_are_true_or_false_and_nothing_else() {
    let text = of_steps(
        "steps:\n  - {id: a, if: \"${{ inputs.yes_or_no }}\", run: [x]}\n  \
         - {id: b, if: \"${{ inputs.name }}\", run: [x]}\n  \
         - {id: c, if: \"${{ inputs.count == 2 }}\", wait: {until: \"${{ run.started_at }}\"}}\n  \
         - {id: d, run: [x]}\n",
    );
    let state = run_of(&text, &[]);
    let of = |step: &str| of(&state, step);
    assert_eq!(of("a"), Ok(Resolved::Skip));
    assert_eq!(of("b"), Err("step `b`: `if` gives `web`, neither true nor false".to_owned()));
    let until = Some(Timestamp::from_millis(1_795_190_012_000));
    assert_eq!(of("c"), Ok(Resolved::Delay { until }));
}

#[test]
fn secrets_reach_a_command_by_name_only() {
    let text = of_steps(
        "steps:\n  - {id: a, run: [x], env: {T: \"${{ secrets.api_token }}\", N: \"${{ inputs.count }}\"}}\n",
    );
    let state = run_of(&text, &[]);
    let Ok(Resolved::Run(command)) = of(&state, "a") else {
        panic!("it resolves");
    };
    assert_eq!(command.env["T"], EnvValue::Secret("api-token".to_owned()));
    assert_eq!(command.env["N"], EnvValue::Text("2".to_owned()));
    assert_eq!(command.directory, ".");
}

#[test]
fn titles_fall_back_to_what_is_written() {
    let text = of_steps(
        "steps:\n  - {id: a, title: \"To ${{ inputs.name }}\", run: [x]}\n  \
         - {id: b, title: \"In ${{ run.workspace }}\", run: [x]}\n",
    );
    let state = run_of(&text, &[]);
    let of = |step: &str| title(&state, &step.parse::<StepId>().unwrap());
    assert_eq!(of("a"), "To web");
    assert_eq!(of("b"), "In ${{ run.workspace }}");
}

/// A tower of variables, each twice the one before, costs neither depth nor time.
#[test]
fn towers_of_variables_are_evaluated_once_each() {
    let floor = |i: usize| {
        let before = format!("${{{{ vars.v{} | trim }}}}", i - 1);
        format!("  v{i}: \"{before}{before}\"\n")
    };
    let floors: String = (1..200).map(floor).collect();
    let text = format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: test\nvars:\n  v0: \" \"\n{floors}\
         steps: [{{id: a, run: [echo, \"x${{{{ vars.v199 }}}}\"]}}]\n"
    );
    let Ok(Resolved::Run(command)) = of(&run_of(&text, &[]), "a") else {
        panic!("it resolves");
    };
    assert_eq!(command.argv[1], "x");
}

#[test]
fn items_and_messages_are_rendered() {
    let text = of_steps(
        "steps:\n  - id: look\n    checklist:\n      items:\n        - \"See ${{ inputs.name }}\"\n        \
         - \"See ${{ inputs.name }}\"\n        - {id: how-many, text: \"How many\", type: number}\n  \
         - {id: go, approval: {message: \"Go to ${{ inputs.name }}\", approvers: [anyone]}}\n  \
         - {id: act, run: [x]}\n",
    );
    let state = run_of(&text, &[("name", "db")]);
    let Ok(Resolved::Checklist(items)) = of(&state, "look") else {
        panic!("it resolves");
    };
    let shown: Vec<String> =
        items.iter().map(|item| format!("{}: {}", item.id, item.text)).collect();
    assert_eq!(
        shown,
        ["see_inputs_name: See db", "see_inputs_name_2: See db", "how-many: How many"]
    );
    let message = "Go to db".to_owned();
    let resolved = of(&state, "go");
    assert_eq!(resolved, Ok(Resolved::Approval { message }));
}
