//! A run from its first command to its evidence, by the commands it names itself.

use super::stage::Stage;

pub(crate) const BOOK: &str = "\
apiVersion: hardstop/v1
kind: Runbook
id: book
title: A short one
inputs:
  who: {type: text, default: world}
steps:
  - id: hello
    run: [echo, 'hello ${{ inputs.who }}']
  - id: look
    checklist:
      items:
        - {id: ok, text: All is well}
        - {id: count, text: How many, type: number}
  - id: stop
    hard_stop: {for: 100ms}
  - id: go
    approval: {message: 'Go on with ${{ steps.look.outputs.count }}', approvers: [anyone]}
  - id: bye
    run: ['true']
";

#[test]
fn each_stop_names_the_command_that_ends_it() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let (mut code, mut said) = stage.json(&["run", "book.yaml", "-i", "who=alice"]);
    let short = said["run"]["short"].as_str().unwrap().to_owned();
    let mut commands = 0;
    while code == 3 {
        commands += 1;
        assert!(commands < 20, "{said:#}");
        let next = match said["runs"].as_array() {
            Some(runs) => runs[0]["next"][0].clone(),
            None => said["run"]["next"][0].clone(),
        };
        let next = next.as_str().unwrap().replace("<number>", "3");
        let words: Vec<&str> = next.split(' ').skip(1).collect();
        (code, said) = stage.json(&words);
        // A verb is done when it is recorded; the run goes on with what it names next.
        if code == 0 && said["run"]["closed"] == false {
            code = 3;
        }
    }
    assert_eq!(code, 0, "{said:#}");
    let shown = stage.hardstop(&["show", &short]);
    shown.expect(0, &[": succeeded", "count = 3", "input who = alice", "said yes to request 1"]);
    let report = stage.hardstop(&["report", &short]);
    report.expect(0, &["# Report: A short one", "**succeeded**", "under no policy"]);
    stage.hardstop(&["why", &short]).expect(0, &["is over: succeeded"]);
    stage.hardstop(&["status"]).expect(0, &[&short, "book", "succeeded"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
    stage.hardstop(&["advance"]).expect(0, &["no live runs"]);
    // The evidence is there for Git alone.
    let tree = stage.git(&["ls-tree", "-r", "--name-only", "hardstop/evidence"]);
    for file in ["REPORT.md", "SHA256SUMS.sig", "journal.jsonl", "steps/hello/1/stdout.log"] {
        assert!(tree.contains(file), "no {file} in {tree}");
    }
}

#[test]
fn says_loudly_that_nobody_else_had_a_say() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let ended = stage.hardstop(&["run", "book.yaml"]);
    ended.expect(3, &["next: hardstop tick", "hardstop verify", "git show hardstop/evidence:"]);
    assert_eq!(ended.err.matches("SOLO POLICY").count(), 2, "{ended:?}");
    // Data goes to standard output, the rest does not.
    assert!(ended.out.starts_with("run "), "{ended:?}");
    assert!(ended.err.contains("hello: done in "), "{ended:?}");
}

#[test]
fn waits_for_time_when_asked_to() {
    let stop = "\
apiVersion: hardstop/v1
kind: Runbook
id: stop
steps:
  - id: stop
    hard_stop: {for: 300ms}
  - {id: bye, run: ['true']}
";
    let stage = Stage::new(&[("stop.yaml", stop)]);
    let run = stage.waiting_run("stop.yaml");
    let skip = stage.hardstop(&["skip", &run, "stop", "--reason", "in a hurry"]);
    assert_eq!(skip.code, 4, "{skip:?}");
    stage.hardstop(&["advance", "--wait", "10s"]).expect(0, &["succeeded"]);
    stage.hardstop(&["run", "stop.yaml", "--wait", "10s"]).expect(0, &[": succeeded"]);
}

#[test]
fn a_draft_is_a_rehearsal() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    stage.write("book.yaml", &BOOK.replace("A short one", "Another one"));
    let ended = stage.hardstop(&["run", "book.yaml"]);
    ended.expect(3, &["DRAFT"]);
    let (_, status) = stage.json(&["status"]);
    let run = status["runs"][0]["short"].as_str().unwrap();
    stage.hardstop(&["show", run]).expect(0, &["DRAFT", "Another one"]);
    stage.hardstop(&["report", run]).expect(0, &["this was a rehearsal"]);
    // A file that was never committed is one, too.
    stage.write("new.yaml", &BOOK.replace("id: book", "id: new"));
    stage.hardstop(&["run", "new.yaml"]).expect(3, &["DRAFT"]);
}

#[test]
fn inputs_come_typed_or_from_a_file() {
    let stage = Stage::new(&[("book.yaml", BOOK), ("inputs.yaml", "who: bob\n")]);
    let run = stage.waiting_run("book.yaml");
    stage.hardstop(&["show", &run]).expect(0, &["input who = world"]);
    let ended = stage.hardstop(&["run", "book.yaml", "--inputs", "inputs.yaml", "--json"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    let end: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let run = end["run"]["short"].as_str().unwrap();
    stage.hardstop(&["show", run]).expect(0, &["input who = bob"]);
    let wrong = stage.hardstop(&["run", "book.yaml", "-i", "whom=bob"]);
    wrong.expect(2, &["unknown input `whom`", "who"]);
}
