//! What an author is told: the code, the place, the marked text, the message and the help.

use hardstop_runbook::{Diagnostics, Files, compile, config, policy};
use miette::Diagnostic;

/// One line for each problem: `code line:column 'marked text' message (help)`.
fn shown(text: &str, problems: &Diagnostics) -> String {
    let line = |problem: &hardstop_runbook::Problem| {
        let found = problem.finding();
        let label = problem.labels().into_iter().flatten().next().expect("it has a place");
        let marked = &text[label.offset()..label.offset() + label.len()];
        let help = found.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!(
            "{} {}:{} '{marked}' {}{help}\n",
            found.code, found.line, found.column, found.message
        )
    };
    problems.iter().map(line).collect()
}

/// Compiles a runbook that begins with the three usual lines, so that `text` begins in line 4.
#[track_caller]
fn check(text: &str, want: &str) {
    let text = format!("apiVersion: hardstop/v1\nkind: Runbook\nid: test\n{text}");
    let got = match compile("test.yaml", &text, Files::NONE) {
        Ok(compiled) => shown(&text, &compiled.warnings),
        Err(problems) => shown(&text, &problems),
    };
    assert_eq!(got, want);
}

#[test]
fn everything_is_reported_in_one_pass() {
    check(
        "titel: Test\n\
         inputs: {name: {type: text}}\n\
         steps:\n\
         - id: one\n  run: make all\n  timeout: 30\n\
         - id: two\n  when: x\n  run: [echo, \"${{ inputs.nmae }}\"]\n  retry: {maxAttempts: 2}\n\
         - id: three\n  for_each: [a]\n  on_failure: stop\n  run: [echo, \"${{ steps.four.status }}\"]\n",
        "runbook::unknown-key 4:1 'titel' unknown key `titel` in the file (did you mean `title`?)\n\
         runbook::wrong-type 8:8 'make all' `run` must be a list or a map, found text (write it as a \
         list: `[make, all]`)\n\
         runbook::wrong-type 9:12 '30' `timeout` must be text, found a number (a number needs its \
         unit: `30s`)\n\
         runbook::unknown-key 11:3 'when' unknown key `when` in an item of `steps` (here it is `if`)\n\
         runbook::unknown-reference 12:20 'inputs.nmae' unknown input `nmae` (did you mean `name`?)\n\
         runbook::unknown-key 13:11 'maxAttempts' unknown key `maxAttempts` in `retry` (here it is \
         `max_attempts`)\n\
         runbook::wrong-type 15:13 '[a]' `for_each` must be a map, found a list (for example \
         `for_each: {items: \"${{ vars.regions }}\", as: region}`)\n\
         runbook::unknown-value 16:15 'stop' `stop` is not a value of `on_failure` (known here: \
         pause, abort, continue)\n\
         runbook::unknown-reference 17:20 'steps.four.status' unknown step `four` (known here: one, \
         two, three)\n",
    );
}

#[test]
fn a_secret_deep_in_what_an_action_is_given_is_marked() {
    check(
        "secrets: {token: {env: TOKEN}}\n\
         steps:\n\
         - id: one\n  uses: http/get\n  with: {token: \"${{ secrets.token }}\", \
         headers: {auth: \"${{ secrets.token }}\"}}\n",
        "runbook::secret-exposed 8:62 'secrets.token' a secret may stand in `env` and `with` only, as \
         the whole value of a member, not within a list or a map there (`env: {NAME: \"${{ \
         secrets.name }}\"}` for a command, `with` for an action)\n",
    );
}

#[test]
fn neighbours_spellings_are_known() {
    for (theirs, ours) in [
        ("name", "title"),
        ("continue-on-error", "on_failure"),
        ("ignore_errors", "on_failure"),
        ("timeout-minutes", "timeout"),
        ("timeoutSeconds", "timeout"),
        ("environment", "env"),
        ("working-directory", "working_directory"),
        ("workingDirectory", "working_directory"),
        ("onFailure", "on_failure"),
    ] {
        check(
            &format!("steps:\n- id: a\n  {theirs}: x\n  run: [x]\n"),
            &format!(
                "runbook::unknown-key 6:3 '{theirs}' unknown key `{theirs}` in an item of `steps` \
                 (here it is `{ours}`)\n"
            ),
        );
    }
    check(
        "phases:\n- id: a\n  depends_on: [b]\n  steps: [{id: a, run: [x]}]\n",
        "runbook::unknown-key 6:3 'depends_on' unknown key `depends_on` in an item of `phases` (here \
         it is `needs`)\n",
    );
}

/// A key that stands in `parent` at a place where it is not known, and what the author is told.
#[track_caller]
fn advised(parent: &str, key: &str, help: &str) {
    let text = parent.replace("KEY", &format!("{key}: x"));
    let text = format!("apiVersion: hardstop/v1\nkind: Runbook\nid: test\n{text}");
    let found = match compile("test.yaml", &text, Files::NONE) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.findings(),
    };
    let own = found.iter().find(|found| found.message.contains(&format!("`{key}`")));
    let told = own.and_then(|found| found.help.clone()).unwrap_or_default();
    assert!(told.contains(help), "`{key}`: {help} was expected, told {told}; all: {found:?}");
}

#[test]
fn neighbours_spellings_of_groups_are_known() {
    let step = "steps: [{id: a, run: [x], KEY}]";
    for (theirs, ours) in [
        ("with_items", "`for_each`"),
        ("loop", "`for_each`"),
        ("matrix", "`for_each`"),
        ("strategy", "`for_each`"),
        ("serial", "inside `for_each`"),
        ("needs", "`parallel` for steps side by side"),
        ("depends", "`parallel` for steps side by side"),
        ("failFast", "`on_failure`"),
        ("rollback", "`undo`"),
        ("mutex", "`locks`"),
        ("catch", "`rescue`"),
        ("args", "`with`"),
        ("window", "`applies_to`"),
        ("train", "until then"),
        ("targets", "until then"),
        ("notify", "until then"),
        ("ticket", "until then"),
    ] {
        advised(step, theirs, ours);
    }
    let for_each = "steps: [{id: a, run: [x], for_each: {items: \"${{ vars.l }}\", KEY}}]";
    for (theirs, ours) in [
        ("max-parallel", "`max_parallel`"),
        ("max_fail_percentage", "`max_failures`"),
        ("loop_var", "`as`"),
    ] {
        advised(for_each, theirs, ours);
    }
    advised("concurrency: {group: x, KEY}\nsteps: []", "cancel-in-progress", "on_conflict: queue");
    advised("windows: [{deny: {}, KEY}]\nsteps: []", "syncOverrun", "`overrun`");
    advised("phases: [{id: a, KEY, steps: []}]", "when", "at its steps");
    advised("KEY\nsteps: []", "plugins", "until then");
    advised("KEY\nsteps: []", "schedule", "configuration");
}

#[test]
fn riddles_of_yaml_are_explained() {
    check(
        "steps:\n- {id: a, uses: b/c, with: {d: ${{ inputs.e }}}}\n",
        "runbook::yaml 5:33 '{' while parsing a flow mapping, did not find expected ',' or '}' \
         (between `{ }` or `[ ]`, a value with `${{ }}` needs quotes)\n",
    );
    check(
        "steps: [{id: a, uses: actions/checkout@v4}]\n",
        "runbook::invalid-name 4:23 'actions/checkout@v4' `actions/checkout@v4` does not name an \
         action (plugins are pinned by digest, not here: write `actions/checkout`)\n",
    );
}

#[test]
fn what_never_happens_is_told() {
    check(
        "windows: [{allow: {from: 1990-01-01T00:00:00Z, to: 1990-02-01T00:00:00Z}}]\n\
         steps:\n- {id: a, run: [x]}\n- {id: b, only: backout, run: [x]}\n\
         - id: c\n  approval: {message: Go?, approvers: [team:sre], timeout: 1h, remind: [2h]}\n\
         - {id: d, run: [x]}\n",
        "runbook::never 4:10 '[{allow: {from: 1990-01-01T00:00:00Z, to: 1990-02-01T00:00:00Z}}]' no window \
         opens for step `a` in a year: no window is open\n\
         runbook::never 7:17 'backout' step `b` never runs: no step's `on_failure` names it (write \
         `on_failure: {run: [b]}` at a step)\n\
         runbook::never 9:73 '2h' this never happens: the approval ends after 1h\n",
    );
}

#[test]
fn shell_lines_are_shown_both_ways_out() {
    check(
        "steps: [{id: a, run: \"ls | wc -l\"}]\n",
        "runbook::wrong-type 4:22 '\"ls | wc -l\"' `run` must be a list or a map, found text (write \
         it as a list: `[ls, |, wc, -l]`, or as text for a shell: `{script: …, shell: sh}`)\n",
    );
}

#[test]
fn expressions_are_marked_where_they_stand() {
    check(
        "steps:\n- id: a\n  description: |\n    first\n    then ${{ run.idd }}\n  run: [x]\n",
        "runbook::unknown-reference 8:14 'run.idd' unknown name of the run `idd` (did you mean \
         `id`?)\n",
    );
    check(
        "steps: [{id: a, title: \"ü ${{ 1 + }}\", run: [x]}]\n",
        "runbook::expression 4:31 '1 +' unexpected end of input, expected expression\n",
    );
    check(
        "inputs: {name: {type: text}}\nsteps: [{id: a, run: [\"${{ inputs.name.upper() }}\"]}]\n",
        "runbook::unknown-reference 5:28 'inputs.name.upper' `inputs.name` has no parts (to change a \
         value, write a filter: `inputs.name | upper`)\n",
    );
    check(
        "steps: [{id: a, run: [\"${{ run.id is number }}\"]}]\n",
        "runbook::expression 4:28 'run.id is number' there is no test `number`; there is: defined\n",
    );
}

#[test]
fn warnings_do_not_refuse() {
    check(
        "steps:\n- {id: a, run: [x], retry: {max_attempts: 2}}\n- {id: b, hard_stop: {for: 1h}}\n\
         finally:\n- {id: c, checklist: {items: [Done]}}\n",
        "runbook::retry-not-idempotent 5:28 '{max_attempts: 2}' step `a` is retried and does not say \
         `idempotent: true` (say it if doing it twice equals doing it once, or do not retry)\n\
         runbook::gate-before-nothing 6:22 '{for: 1h}' step `b` stops before nothing: no step comes \
         after it\n\
         runbook::gate-in-finally 8:22 '{items: [Done]}' step `finally/c` keeps every run from ending\n",
    );
}

#[test]
fn files_too_large_to_be_meant_are_refused() {
    let code = |text: &str| match compile("test.yaml", text, Files::NONE) {
        Ok(_) => "compiles",
        Err(problems) => problems.iter().next().unwrap().code,
    };
    assert_eq!(code(&" ".repeat(10 * 1024 * 1024)), "runbook::too-large");
    assert_eq!(code(&format!("{}{}", "[".repeat(60), "]".repeat(60))), "runbook::too-large");
    assert_eq!(code(&format!("[{}]", "x,".repeat(60_000))), "runbook::too-large");
    let step = |i: usize| format!("- {{id: s{i}, run: [x]}}\n");
    let steps: String = (0..2_001).map(step).collect();
    let text = format!("apiVersion: hardstop/v1\nkind: Runbook\nid: test\nsteps:\n{steps}");
    assert_eq!(code(&text), "runbook::too-many");
}

#[test]
fn long_lists_of_problems_are_cut() {
    let key = |i: usize| format!("zz{i}: 1\n");
    let keys: String = (0..500).map(key).collect();
    let problems = compile("test.yaml", &keys, Files::NONE).unwrap_err();
    assert_eq!(problems.iter().count(), 100);
    assert_eq!(problems.to_string(), "503 problems in test.yaml, the first 100 of them here");
}

#[test]
fn five_hundred_steps_compile() {
    let step = |i: usize| {
        let before = i.saturating_sub(1);
        let condition = if i == 0 {
            String::new()
        } else {
            format!("if: \"${{{{ steps.s{before}.succeeded }}}}\", ")
        };
        format!("- {{id: s{i}, {condition}run: [echo, \"${{{{ run.id }}}}\", \"{i}\"]}}\n")
    };
    let steps: String = (0..500).map(step).collect();
    check(&format!("steps:\n{steps}"), "");
}

#[test]
fn policies_are_checked_as_well() {
    let text = "apiVersion: hardstop/v1\nkind: Policy\nversion: 1\n\
                people:\n  alice: {emails: [alice@example.com]}\n  bob: {emails: [ALICE@example.com]}\n\
                teams: {sre: [alice, bbo]}\nallow:\n  start: [team:sre, team:srr]\n  stop: [alice]\n";
    let problems = policy("policy.yaml", text, digest()).unwrap_err();
    assert_eq!(
        shown(text, &problems),
        "policy::shared-account 6:18 'ALICE@example.com' `alice@example.com` belongs to `alice` \
         already\n\
         policy::unknown-reference 7:22 'bbo' unknown person `bbo` (did you mean `bob`?)\n\
         policy::unknown-reference 9:21 'team:srr' unknown team `srr` (did you mean `sre`?)\n\
         runbook::unknown-key 10:3 'stop' unknown key `stop` in `allow` (did you mean `skip`?)\n"
    );
    let text = "apiVersion: hardstop/v1\nkind: Policy\nversion: 3\n\
                people: {alice: {emails: [alice@example.com]}}\nallow: {start: [anyone]}\n";
    let read = policy("policy.yaml", text, digest()).unwrap();
    assert_eq!(read.version, 3);
    assert_eq!(read.person("Alice@example.com"), "alice".parse().ok());
}

fn digest() -> hardstop_core::ids::Digest {
    hardstop_core::ids::Digest::from_bytes([7; 32])
}

#[test]
fn configurations_have_defaults() {
    let head = "apiVersion: hardstop/v1\nkind: Config\n";
    let read = config("config.yaml", head).unwrap();
    assert_eq!(read, hardstop_runbook::Config::default());
    let text = format!("{head}exec: {{allow: [git]}}\nevidence: {{branch: proof/runs}}\n");
    let read = config("config.yaml", &text).unwrap();
    assert_eq!(read.exec.allow, Some(vec!["git".to_owned()]));
    assert_eq!(read.evidence.branch, "proof/runs");
    let text = format!("{head}evidence: {{branch: -x, allowed_signers: ../x}}\nforge: {{}}\n");
    let problems = config("config.yaml", &text).unwrap_err();
    assert_eq!(
        shown(&text, &problems),
        "config::branch 3:20 '-x' `-x` is not the name of a branch\n\
         config::path 3:41 '../x' `../x` leads out of the repository by `..`\n\
         runbook::not-yet 4:1 'forge' `forge` is part of hardstop/v1 but this version does not \
         execute it yet\n"
    );
}
