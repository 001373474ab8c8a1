//! What a scenario may say, and how it is told that it may not.

use hardstop_core::{policy::Verb, time::Timestamp};

use super::{Act, Items, Scenario, When, scenario};

const HEAD: &str = "apiVersion: hardstop/v1\nkind: Scenario\nrunbook: x.yaml\ntitle: X\n\
    start: 2026-03-02T08:00:00Z\n";

fn read(rest: &str) -> Result<Scenario, String> {
    scenario("x.scenario.yaml", &format!("{HEAD}{rest}")).map_err(|problems| {
        let told = problems.findings().into_iter().map(|it| {
            let help = it.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}:{} {}{help}", it.line, it.column, it.message)
        });
        told.collect::<Vec<_>>().join("\n")
    })
}

#[track_caller]
fn refuses(rest: &str, wanted: &str) {
    let told = read(rest).expect_err("it is refused");
    assert!(told.contains(wanted), "{told}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let end = "expect: {result: succeeded}\n";
    for (rest, wanted) in [
        ("expect: {result: done}\n", "6:18 `done` is not a value of `result`"),
        ("expects: {result: failed}\n", "6:1 unknown key `expects` in the file"),
        (
            &format!("people: {{alice: {{}}}}\nactors: {{approv: alice}}\n{end}"),
            "did you mean `approve`?",
        ),
        (
            &format!("people: {{alice: {{}}}}\npeople_do:\n- {{abort: true, by: alise}}\n{end}"),
            "8:21 `alise` is not among the people of this scenario (did you mean `alice`?)",
        ),
        (
            &format!("people_do:\n- {{at: 30h, abort: true}}\n{end}"),
            "`30h` is neither `+30h` after the start nor",
        ),
        (
            &format!("people_do:\n- {{at: +1h, after: 1h, abort: true}}\n{end}"),
            "either `at` or `after`",
        ),
        (
            &format!("people_do:\n- {{abort: true, restart: true}}\n{end}"),
            "several verbs: abort, restart",
        ),
        (&format!("people_do:\n- {{at: +1h}}\n{end}"), "nothing is done"),
        (&format!("people_do:\n- {{tick: all}}\n{end}"), "`tick` needs `on`"),
        (
            &format!("people_do:\n- {{on: x, approve: yes}}\n{end}"),
            "write \"yes\" for the text, or true",
        ),
        (
            &format!("answers:\n  x: {{failed: no room, outputs: {{a: 1}}}}\n{end}"),
            "an attempt has one end",
        ),
        (
            &format!(
                "answers:\n  x: {{lost: true, found: {{failed: a, outputs: {{a: 1}}}}}}\n{end}"
            ),
            "what is found has one end",
        ),
        (&format!("answers:\n  x: {{found: done}}\n{end}"), "`done` is not a value of `found`"),
        (
            &format!("answers:\n  x: [{{}}, {{lost: true, found: not_started}}]\n{end}"),
            "7:31 what never began begins then, and this is the last answer",
        ),
        (&format!("answers:\n  x: []\n{end}"), "there is no answer in this list"),
        (&format!("answers:\n  X/y: {{}}\n{end}"), "`X/y` cannot be a step id"),
        (
            "expect: {result: failed, events: [{type: step.suceeded}]}\n",
            "did you mean `step.succeeded`?",
        ),
        ("expect: {result: failed, took: 5}\n", "`took` must be"),
    ] {
        refuses(rest, wanted);
    }
}

#[test]
fn a_verb_is_not_missed_where_its_value_was_refused() {
    let told = read("people_do:\n- {on: x, approve: no}\nexpect: {result: failed}\n");
    let told = told.expect_err("it is refused");
    assert!(!told.contains("nothing is done"), "{told}");
}

#[test]
fn two_people_are_two_and_may_be_bound_to_verbs() {
    let read = read(
        "people: {alice: {teams: [sre]}, bob: {may: [approve], emails: [b@example.com]}}\n\
         actors: {starter: alice, approve: bob}\n\
         people_do:\n- {on: gate, approve: true}\n- {on: gate, approve: true, by: alice}\n\
         expect: {result: waiting}\n",
    );
    let scenario = read.expect("a scenario");
    let accounts: Vec<&str> = scenario.deeds.iter().map(|deed| deed.by.email.as_str()).collect();
    assert_eq!(accounts, ["b@example.com", "alice@example.com"]);
    assert_eq!(scenario.starter.email, "alice@example.com");
    let bob = scenario.policy.person("b@example.com").expect("a person");
    assert!(scenario.policy.allows(Verb::Approve, &bob));
    assert!(!scenario.policy.allows(Verb::Abort, &bob));
}

#[test]
fn deeds_know_when_and_in_which_run() {
    let read = read(
        "people_do:\n\
         - {at: +1d2h, on: call > list, tick: all}\n\
         - {retry: x, after: 5m}\n\
         - {abort: true, after: a/b.failed, delay: 1h}\n\
         expect: {result: aborted}\n",
    );
    let deeds = read.expect("a scenario").deeds;
    let start: Timestamp = "2026-03-03T10:00:00Z".parse().expect("an instant");
    assert!(matches!(deeds[0].when, When::At(at) if at == start));
    assert_eq!(deeds[0].within.len(), 1);
    assert!(matches!(&deeds[0].act, Act::Tick { items: Items::All, .. }));
    assert!(matches!(deeds[1].when, When::Turn(span) if span.0 == 300_000));
    assert!(matches!(&deeds[2].when, When::Point { step, .. } if step == "a/b"));
}
