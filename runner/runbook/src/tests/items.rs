//! What a step with `for_each` is done for.

use hardstop_core::value::Value;

use super::stage::{address, of, run_of};
use crate::{Resolved, foresee, foresee_items};

fn runbook(for_each: &str, vars: &str) -> String {
    format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: test\nvars: {vars}\n\
         steps:\n  - {{id: a, for_each: {for_each}, run: [echo, hello]}}\n"
    )
}

/// The keys and values of the items, or why there are none.
#[track_caller]
fn check(for_each: &str, vars: &str, want: &str) {
    let got = match of(&run_of(&runbook(for_each, vars), &[]), "a") {
        Ok(Resolved::Items(items)) => {
            let shown = items.iter().map(|item| format!("{}={}", item.key, item.value));
            shown.collect::<Vec<_>>().join(" ")
        }
        Ok(other) => format!("{other:?}"),
        Err(why) => why,
    };
    assert_eq!(got, want, "{for_each} {vars}");
}

const PLAIN: &str = "{items: \"${{ vars.all }}\"}";
const KEYED: &str = "{items: \"${{ vars.all }}\", as: one, key: \"${{ one.name }}\"}";

#[test]
fn items_have_keys() {
    check(PLAIN, "{all: [b, a]}", "b=b a=a");
    check(PLAIN, "{all: [2, 1]}", "2=2 1=1");
    check(PLAIN, "{all: {b: {size: 1}, a: x}}", "a=x b={size: 1}");
    check(KEYED, "{all: [{name: x, size: 1}, {name: z}]}", "x={name: x, size: 1} z={name: z}");
    check(KEYED, "{all: {k: {name: x}}}", "x={name: x}");
    check(
        PLAIN,
        "{all: [{name: x}]}",
        "step `a`: item 1: it is no text, so say what tells it from the others: \
         `key: \"${{ item.<member> }}\"`",
    );
    check(PLAIN, "{all: [a, b, a]}", "step `a`: two items have the key `a`");
    for strange in ["b/c", ".b", "b..c"] {
        let why = format!(
            "step `a`: item 2: `{strange}` is no key: letters, digits, `.`, `_` and `-`, a letter \
             or digit first, no two dots side by side, at most 63"
        );
        check(PLAIN, &format!("{{all: [a, {strange}]}}"), &why);
    }
    check(
        PLAIN,
        "{all: [eu, b, EU]}",
        "step `a`: the keys `eu` and `EU` differ in case only, which many machines do not tell \
         apart",
    );
    check(
        KEYED,
        "{all: [{name: x}, {nam: z}]}",
        "step `a`: item 2: `${{ one.name }}`: it has no value; `one` has nam",
    );
    check(PLAIN, "{all: text}", "step `a`: `items` gives `text`, neither a list nor a map");
}

#[test]
fn an_empty_fan_out_is_no_success() {
    let none = "step `a`: there are no items; if there may be none, write `expect: {min: 0}`";
    check(PLAIN, "{all: []}", none);
    check(PLAIN, "{all: {}}", none);
    let expecting = |expect: &str| format!("{{items: \"${{{{ vars.all }}}}\", expect: {expect}}}");
    check(&expecting("{min: 0, max: 2}"), "{all: []}", "");
    let few = "step `a`: there are 1 items; at least 2 are expected";
    check(&expecting("{min: 2, max: 3}"), "{all: [a]}", few);
    let many = "step `a`: there are 3 items; at most 2 are expected";
    check(&expecting("{min: 0, max: 2}"), "{all: [a, b, c]}", many);
}

#[test]
fn fan_outs_are_bounded() {
    let all = |n: usize| format!("{{all: [{}]}}", vec!["x"; n].join(","));
    check(PLAIN, &all(501), "step `a`: there are 501 items; at most 500 are possible");
    check(PLAIN, &all(500), "step `a`: two items have the key `x`");
}

/// A value that looks like an expression is never read as one, however often it is passed on.
#[test]
fn what_an_item_holds_is_not_evaluated_again() {
    let literal = "{all: [\"${{ '${{ run.id }}' }}\"], key: k}";
    let fan = "{items: \"${{ vars.all }}\", key: \"${{ vars.key }}\"}";
    check(fan, literal, "k=${{ run.id }}");
}

#[test]
fn items_that_variables_give_are_foreseen() {
    let text = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\n\
        vars: {regions: [{name: eu, zones: [a, b]}, {name: us, zones: [c]}]}\nsteps:\n  \
        - id: each\n    \
          for_each: {items: \"${{ vars.regions }}\", as: region, key: \"${{ region.name }}\"}\n    \
          block:\n      \
          - {id: find, run: [x], capture: {json: stdout}}\n      \
          - id: patch\n        \
            for_each: {items: \"${{ region.zones }}\", as: zone}\n        \
            run: [patch, \"${{ region.name }}-${{ zone }}\"]\n      \
          - id: look\n        for_each: {items: \"${{ steps.find.outputs.all }}\"}\n        run: [x]\n";
    let run = run_of(text, &[]);
    let keys = |step: &str| {
        let items = foresee_items(&run, &address(step))?;
        Some(items.into_iter().map(|item| item.key).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(keys("each").as_deref(), Some("eu us"));
    assert_eq!(keys("patch[eu]").as_deref(), Some("a b"));
    assert_eq!(keys("patch[us]").as_deref(), Some("c"));
    assert_eq!(keys("patch[asia]"), None, "no such item");
    assert_eq!(keys("look[eu]"), None, "known in the run only");
    assert_eq!(keys("each[eu]"), None, "an item already");
    let word = "${{ region.name }}-${{ zone }}";
    let said = |step: &str| foresee(&run, &address(step), word);
    assert_eq!(said("patch[eu][b]"), Some(Value::from("eu-b")));
    assert_eq!(said("patch[eu][c]"), None);
    assert_eq!(said("patch[eu]"), None, "there is no zone yet");
}
