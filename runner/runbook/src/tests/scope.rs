//! What an expression sees of steps and items, and what it is told if it looks elsewhere.

use hardstop_core::{
    event::{Event, SkipReason},
    run::RunState,
};

use super::stage::{NOW, address, done, entered, fold, listed, of, opened, run_of};
use crate::{Files, Resolved, compile, run_outputs, title};

const BOOK: &str = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\nsteps:\n  \
    - id: each\n    for_each: {items: \"${{ ['a', 'b'] }}\", as: region}\n    block:\n      \
    - {id: find, run: [x], capture: {json: stdout}}\n      \
    - {id: patch, for_each: {items: \"${{ ['c'] }}\", as: zone}, run: [x], capture: {json: stdout}}\n      \
    - {id: inside, run: [echo, INSIDE]}\n  \
    - {id: outside, run: [echo, OUTSIDE]}\n";

/// What is wrong with an expression beside the step `find`, in the fan-out of `each`, and after it.
#[track_caller]
fn check(expression: &str, inside: &str, outside: &str) {
    let wrong = |place: &str| {
        let other = if place == "INSIDE" { "OUTSIDE" } else { "INSIDE" };
        let written = format!("\"${{{{ {expression} }}}}\"");
        let text = BOOK.replace(place, &written).replace(other, "x");
        match compile("test.yaml", &text, Files::NONE) {
            Ok(_) => String::new(),
            Err(problems) => {
                let found = &problems.findings()[0];
                let help = found.help.as_ref().map(|help| format!(" ({help})"));
                format!("{}{}", found.message, help.unwrap_or_default())
            }
        }
    };
    assert_eq!(
        (wrong("INSIDE").as_str(), wrong("OUTSIDE").as_str()),
        (inside, outside),
        "{expression}"
    );
}

#[test]
fn steps_of_the_same_item_go_by_their_names() {
    let many = "step `find` has outputs for each item (write \
                `steps.find.items['<key>'].outputs.<name>`)";
    check("steps.find.outputs.x", "", many);
    let many = "step `find` is done for each of several items (write \
                `steps.find.items['<key>'].outputs.<name>`)";
    check("steps.find.succeeded", "", many);
    let one = "step `find` is not done for several items here (write `steps.find.outputs.<name>`)";
    check("steps.find.items['a'].outputs.x", one, "");
    check(
        "region",
        "",
        "unknown name `region` (known here: inputs, vars, secrets, steps, phases, run, now, self)",
    );
}

#[test]
fn a_fan_out_as_a_whole_has_no_outputs() {
    check(
        "steps.patch.succeeded",
        "",
        "step `patch` is done for each of several items (write \
           `steps.patch.items['<key>'].outputs.<name>`)",
    );
    let many = "step `patch` has outputs for each item (write \
                `steps.patch.items['<key>'].outputs.<name>`)";
    check("steps.patch.outputs.x", many, many);
    check("steps.patch.items['c'].outputs.x", "", "");
    let inside = "unknown name `zone` (known here: region, inputs, vars, secrets, steps, phases, \
                  run, now, self)";
    let outside = "unknown name `zone` (known here: inputs, vars, secrets, steps, phases, run, \
                   now, self)";
    check("zone", inside, outside);
}

#[test]
fn names_that_have_no_value_here_are_refused() {
    let own = "there is no `self` here (it is what a step gave: for `until.condition` and \
               `evidence.content`)";
    check("self.outputs.x", own, own);
    let state = "a step has no `stat` (did you mean `state`?)";
    check("steps.find.stat", state, state);
    check("now", "", "");
    check("run.started_by", "", "");
}

const NESTED: &str = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\n\
    outputs: {first: \"${{ steps.find.items['eu'].outputs.size }}\"}\nsteps:\n  \
    - id: each\n    for_each: {items: \"${{ ['eu', 'us'] }}\", as: region}\n    block:\n      \
    - {id: find, title: \"Find in ${{ region }}\", uses: x/y}\n      \
    - {id: patch, for_each: {items: \"${{ ['a', 'b'] }}\", as: zone}, uses: x/y}\n      \
    - {id: inside, run: [x]}\n  \
    - {id: outside, run: [x]}\n";

/// Everything before `inside` is done for `eu`; for `us` the first step was left undone.
fn replay(run: &mut RunState) {
    let reason = SkipReason::Condition { condition: "false".to_owned() };
    let skipped = Event::StepSkipped { step: address("find[us]"), reason };
    let before = [opened(run), listed("each", &["eu", "us"]), entered("each[eu]")];
    let after = [entered("each[us]"), skipped, listed("patch[eu]", &["a", "b"])];
    let events = before
        .into_iter()
        .chain(done("find[eu]", "size", "large"))
        .chain(after)
        .chain(done("patch[eu][a]", "url-of", "https://example.com"));
    fold(run, events);
}

/// What an expression gives in a step, or in one of its items.
#[track_caller]
fn check_run(step: &str, expression: &str, want: &str) {
    let name = address(step).base();
    let plain = format!("{{id: {name}, run: [x]}}");
    let written = format!("{{id: {name}, run: [echo, \"${{{{ {expression} }}}}\"]}}");
    let mut run = run_of(&NESTED.replace(&plain, &written), &[]);
    replay(&mut run);
    let got = match of(&run, step) {
        Ok(Resolved::Run(command)) => command.argv[1].clone(),
        Ok(other) => format!("{other:?}"),
        Err(why) => why.rsplit("}}`: ").next().unwrap_or_default().to_owned(),
    };
    assert_eq!(got, want, "{step}: {expression}");
}

#[test]
fn an_item_sees_its_own_steps() {
    check_run("inside[eu]", "region", "eu");
    check_run("inside[us]", "region", "us");
    check_run("inside[eu]", "steps.find.outputs.size", "large");
    check_run("inside[eu]", "steps.find.state ~ steps.find.attempt", "succeeded1");
    check_run("inside[us]", "steps.find.skipped", "true");
    check_run("inside[us]", "steps.find.succeeded or steps.find.failed", "false");
    check_run("inside[us]", "steps.find.outputs.size | default('none')", "none");
    check_run(
        "inside[us]",
        "steps.find.outputs.size",
        "`steps.find.outputs.size` has no value: step `find[us]` is skipped",
    );
    check_run("inside[eu]", "steps.find.started", "2026-11-20T15:54:35.000Z");
    check_run("inside[eu]", "steps.find.finished > steps.find.started", "true");
    check_run("inside[eu]", "steps.patch.items['a'].outputs.url_of", "https://example.com");
    check_run("inside[eu]", "steps.patch.items['b'].state", "pending");
    check_run("inside[eu]", "steps.patch.succeeded", "false");
    check_run(
        "inside[us]",
        "steps.patch.items['a'].state",
        "`steps.patch.items` has no value: step `patch` has no items yet",
    );
}

#[test]
fn from_outside_items_go_by_their_keys() {
    check_run("outside", "steps.find.items['eu'].outputs.size", "large");
    check_run("outside", "steps.find.items['us'].skipped", "true");
    check_run("outside", "steps.find.items | length", "2");
    let far = "steps.patch.items['eu'].items['a'].outputs.url_of";
    check_run("outside", far, "https://example.com");
    check_run(
        "outside",
        "steps.find.items['asia'].succeeded",
        "it has no value; `steps.find.items` has eu, us",
    );
    check_run("outside", "steps.each.state", "running");
}

#[test]
fn titles_and_outputs_see_items() {
    let mut run = run_of(NESTED, &[]);
    replay(&mut run);
    assert_eq!(title(&run, &address("find[us]")), "Find in us");
    assert_eq!(title(&run, &address("find")), "Find in ${{ region }}");
    let first = run_outputs(&run).map(|outputs| outputs["first"].to_string());
    assert_eq!(first.as_deref(), Ok("large"));
    assert_eq!(run.opened(), Some(NOW));
}
