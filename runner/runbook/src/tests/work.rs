//! Calls, child runs, locks, and what is evaluated once a step or a run has given something.

use std::collections::BTreeMap;

use hardstop_core::{event::Event, value::Value};

use super::stage::{NOW, address, fold, listed, of, opened, run_of, run_of_plan};
use crate::{Files, Resolved, compile, evidence_content, run_outputs, until_holds};

const HEAD: &str = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\n\
    inputs:\n  count: {type: integer, default: 2}\n  name: {type: text, default: web}\n  \
    span: {type: duration, default: 90s}\n\
    secrets: {api-token: {env: TOKEN}}\n";

fn of_steps(steps: &str) -> String {
    format!("{HEAD}{steps}")
}

fn outputs(given: &[(&str, Value)]) -> BTreeMap<String, Value> {
    given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[test]
fn a_call_keeps_types_and_names_secrets_only() {
    let text = of_steps(
        "steps:\n  - id: a\n    uses: http/post\n    with:\n      count: \"${{ inputs.count }}\"\n      \
         text: \"n=${{ inputs.count }}\"\n      plain: {deep: [1, \"${{ inputs.name }}\", true]}\n      \
         token: \"${{ secrets.api_token }}\"\n",
    );
    let Ok(Resolved::Uses(call)) = of(&run_of(&text, &[]), "a") else { panic!("it resolves") };
    assert_eq!(call.action, "http/post");
    let with: Vec<String> =
        call.with.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(with, ["count: 2", "plain: {deep: [1, web, true]}", "text: n=2",]);
    assert_eq!(call.with["count"], Value::Integer(2));
    assert_eq!(call.secrets["token"], "api-token");
    assert_eq!(call.secrets.len(), 1);
}

fn of_child(inputs: &str) -> Result<Resolved, String> {
    let text =
        of_steps(&format!("steps:\n  - {{id: a, runbook: ./other.yaml, inputs: {inputs}}}\n"));
    let other = "apiVersion: hardstop/v1\nkind: Runbook\nid: other\n\
        inputs: {n: {type: integer, max: 9}, pause: {type: duration, default: 1s}}\n\
        steps: [{id: x, run: [x]}]\n";
    let load = |path: &str| path.ends_with("other.yaml").then(|| other.to_owned());
    let files = Files { load: &load, at: Files::NONE.at };
    let plan = match compile("test.yaml", &text, files) {
        Ok(compiled) => compiled.plan,
        Err(problems) => return Err(problems.findings()[0].message.clone()),
    };
    of(&run_of_plan(plan, &[]), "a")
}

#[test]
fn a_child_is_given_what_it_would_accept() {
    let Ok(Resolved::Child { path, inputs }) =
        of_child("{n: \"${{ inputs.count + 1 }}\", pause: \"${{ inputs.span }}\"}")
    else {
        panic!("it resolves")
    };
    assert_eq!(path, "other.yaml");
    let want = outputs(&[("n", Value::Integer(3)), ("pause", Value::from("90000ms"))]);
    assert_eq!(inputs, want);
    assert_eq!(
        of_child("{n: \"${{ inputs.count * 9 }}\"}"),
        Err("step `a`: `other.yaml`: input `n`: 18 is more than 9".to_owned())
    );
}

#[test]
fn composites_are_entered() {
    let text = of_steps(
        "steps:\n  - {id: a, block: [{id: b, run: [x]}]}\n  \
         - {id: c, parallel: [{id: d, run: [x]}, {id: e, run: [x]}]}\n",
    );
    let run = run_of(&text, &[]);
    assert_eq!(of(&run, "a"), Ok(Resolved::Enter));
    assert_eq!(of(&run, "c"), Ok(Resolved::Enter));
}

#[test]
fn locks_come_first_sorted_and_once() {
    let text = of_steps(
        "steps:\n  - {id: a, if: \"${{ inputs.count == 9 }}\", \
         locks: [prod/x, \"dev/${{ inputs.name }}\", \"${{ 'prod' }}/x\"], run: [x]}\n  \
         - {id: b, locks: [\"${{ inputs.name }}\"], run: [x]}\n",
    );
    let names = vec!["dev/web".to_owned(), "prod/x".to_owned()];
    assert_eq!(of(&run_of(&text, &[]), "a"), Ok(Resolved::Locks(names)));
    assert_eq!(
        of(&run_of(&text, &[("name", "a//b")]), "b"),
        Err("step `b`: `a//b` is not a name of a lock: letters, digits, `.`, `_` and `-`, in parts \
             between `/`, each at most 63"
            .to_owned())
    );
}

/// A lock or a condition that names the item is a matter of the item.
#[test]
fn what_names_the_item_waits_for_the_item() {
    let text = of_steps(
        "steps:\n  - {id: a, for_each: {items: \"${{ ['x', 'y'] }}\", as: host}, \
         if: \"${{ host != 'x' }}\", locks: [\"hosts/${{ host }}\"], run: [x]}\n  \
         - {id: b, for_each: {items: \"${{ ['x', 'y'] }}\", as: host}, \
         if: \"${{ inputs.count == 9 }}\", run: [x]}\n",
    );
    let mut run = run_of(&text, &[]);
    let Ok(Resolved::Items(items)) = of(&run, "a") else { panic!("it has items") };
    assert_eq!(items.len(), 2);
    assert_eq!(of(&run, "b"), Ok(Resolved::Skip));
    let locked =
        Event::LocksRequested { step: Some(address("a[x]")), names: vec!["hosts/x".to_owned()] };
    let held = Event::LocksAcquired { step: Some(address("a[x]")) };
    fold(&mut run, [opened(&run_of(&text, &[])), listed("a", &["x", "y"]), locked, held]);
    assert_eq!(of(&run, "a[x]"), Ok(Resolved::Skip));
    assert_eq!(of(&run, "a[y]"), Ok(Resolved::Locks(vec!["hosts/y".to_owned()])));
}

#[test]
fn polling_looks_at_what_the_try_gave() {
    let text = of_steps(
        "steps:\n  - {id: a, uses: ci/build, \
         until: {condition: \"${{ self.outputs.state == 'done' }}\", interval: 30s, timeout: 1h}}\n  \
         - {id: b, uses: ci/build, until: {interval: 30s, timeout: 1h}}\n  - {id: c, run: [x]}\n  \
         - {id: d, uses: ci/build, \
         until: {condition: \"${{ self.outputs.state }}\", interval: 30s, timeout: 1h}}\n",
    );
    let run = run_of(&text, &[]);
    let holds = |step: &str, state: &str| {
        until_holds(&run, &address(step), &outputs(&[("state", Value::from(state))]), NOW)
    };
    assert_eq!(holds("a", "done"), Ok(true));
    assert_eq!(holds("a", "running"), Ok(false));
    assert_eq!(holds("b", "running"), Ok(true));
    assert_eq!(holds("c", ""), Ok(true));
    assert_eq!(
        holds("d", "done"),
        Err("step `d`: `until` gives `done`, neither true nor false".to_owned())
    );
    assert_eq!(
        until_holds(&run, &address("a"), &BTreeMap::new(), NOW),
        Err("step `a`: `${{ self.outputs.state == 'done' }}`: `self.outputs.state` has no value: \
             it gave none"
            .to_owned())
    );
}

#[test]
fn evidence_is_written_from_what_a_step_gave() {
    let text = of_steps(
        "steps:\n  - id: a\n    uses: ci/build\n    evidence:\n      - {id: left, file: left.txt}\n      \
         - {id: url, file: url.txt, content: \"Job: ${{ self.outputs.url }}\\n\"}\n      \
         - {id: tiny, file: tiny.txt, content: \"${{ self.outputs.big }}\", max_size: 3B}\n      \
         - {id: told, file: told.txt, content: \"${{ self.files[self.outputs.log] }}!\"}\n",
    );
    let run = run_of(&text, &[]);
    let content = |big: &str| {
        let given = [("url", "${{ run.id }}"), ("big", big), ("log", "console.txt")];
        let given = given.map(|(name, value)| (name, Value::from(value)));
        let files = [("console.txt".to_owned(), "${{ now }}".to_owned())].into();
        evidence_content(&run, &address("a"), &outputs(&given), &files, NOW)
    };
    // What a plugin gave is text, whatever it looks like.
    let told = (3, "${{ now }}!".to_owned());
    let want = vec![(1, "Job: ${{ run.id }}\n".to_owned()), (2, "abc".to_owned()), told];
    assert_eq!(content("abc"), Ok(want));
    assert_eq!(
        content("abcd"),
        Err("step `a`: evidence `tiny`: it has 4 bytes, more than 3".to_owned())
    );
}

#[test]
fn a_long_console_fits_into_evidence() {
    let text = of_steps(
        "steps:\n  - id: a\n    uses: ci/build\n    evidence:\n      \
         - {id: console, file: c.txt, content: \"Job\\n${{ self.files.console }}\", max_size: 1MiB}\n",
    );
    let run = run_of(&text, &[]);
    let content = |bytes: usize| {
        let files = [("console".to_owned(), "x".repeat(bytes))].into();
        evidence_content(&run, &address("a"), &BTreeMap::new(), &files, NOW)
    };
    assert_eq!(content(500_000).unwrap()[0].1.len(), 500_004);
    assert!(content(1_100_000).unwrap_err().contains("is longer than 1048576 bytes"));
}

#[test]
fn outputs_of_a_run_have_types_or_a_reason() {
    let text = of_steps(
        "outputs: {n: \"${{ inputs.count }}\", all: [\"${{ inputs.name }}\", x], \
         done: \"${{ steps.a.succeeded }}\", size: \"${{ steps.a.outputs.size | default(0) }}\"}\n\
         steps: [{id: a, run: [x], capture: {json: stdout}}]\n",
    );
    let list = Value::List(vec![Value::from("web"), Value::from("x")]);
    let want = outputs(&[
        ("n", Value::Integer(2)),
        ("all", list),
        ("done", Value::Bool(false)),
        ("size", Value::Integer(0)),
    ]);
    assert_eq!(run_outputs(&run_of(&text, &[])), Ok(want));
    let text = text.replace(" | default(0)", "");
    assert_eq!(
        run_outputs(&run_of(&text, &[])),
        Err("output `size`: `${{ steps.a.outputs.size }}`: `steps.a.outputs.size` has no value: \
             step `a` is pending"
            .to_owned())
    );
}
