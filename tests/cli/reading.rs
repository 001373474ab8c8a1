//! Which run is meant, and that every answer has a form for programs.

use std::process::Stdio;

use super::{stage::Stage, walk::BOOK};

#[test]
fn what_was_typed_wrong_is_json_where_that_is_wanted() {
    let stage = Stage::new(&[]);
    let (code, failure) = stage.json(&["show"]);
    let error = &failure["error"];
    assert_eq!((code, &error["exit_code"]), (2, &2.into()), "{failure:#}");
    assert_eq!(error["message"], "the following required arguments were not provided: <RUN>");
    let (_, failure) = stage.json(&["statsu"]);
    assert_eq!(failure["error"]["message"], "unrecognized subcommand 'statsu'");
    let ended = stage.hardstop(&["statsu"]);
    ended.expect(2, &["unrecognized subcommand 'statsu'"]);
    assert!(!ended.out.contains('{'), "{ended:?}");
}

#[test]
fn a_run_goes_by_the_beginning_of_its_id() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    stage.hardstop(&["status"]).expect(0, &["no runs yet"]);
    let one = stage.waiting_run("book.yaml");
    stage.hardstop(&["why", &one[..6]]).expect(0, &["waits for 2 answers"]);
    for args in [&["why", "zz-nowhere"][..], &["show", "zz-nowhere"], &["advance", "zz-nowhere"]] {
        stage.hardstop(args).expect(2, &["there is no run \"zz-nowhere\"", "status --all"]);
    }
    let two = stage.waiting_run("book.yaml");
    let ambiguous = stage.hardstop(&["why", ""]);
    ambiguous.expect(2, &["the beginning of 2 runs", &one, &two, "type more"]);
}

#[test]
fn every_command_speaks_json() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let run = stage.waiting_run("book.yaml");
    let cases: [(&[&str], &str); 8] = [
        (&["status"], "runs"),
        (&["status", "--all"], "runs"),
        (&["show", &run], "phases"),
        (&["why", &run], "run"),
        (&["report", &run], "markdown"),
        (&["tick", &run, "look", "ok"], "recorded"),
        (&["hold", &run, "--reason", "x"], "recorded"),
        (&["advance"], "runs"),
    ];
    for (args, member) in cases {
        let (_, value) = stage.json(args);
        assert!(value.get(member).is_some(), "no {member} in {value:#}");
    }
    // So do failures.
    let (code, value) = stage.json(&["approve", "0123456789"]);
    assert_eq!((code, &value["error"]["exit_code"]), (2, &2.into()));
    stage.write("bad.yaml", &BOOK.replace("kind: Runbook", "kind: Runbock"));
    let (code, value) = stage.json(&["run", "bad.yaml"]);
    assert_eq!(code, 2);
    assert!(value["error"]["findings"][0]["line"].is_u64(), "{value:#}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let run = stage.waiting_run("book.yaml");
    let mut command = stage.command(env!("CARGO_BIN_EXE_hardstop"), &stage.repo());
    let mut child = command
        .args(["report", &run])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn without_a_repository_nothing_runs() {
    let stage = Stage::new(&[]);
    let outside = stage.beside("home");
    for args in [&["status"][..], &["run", "book.yaml"], &["advance"], &["approve", "0123456789"]] {
        let ended = stage.hardstop_in(&outside, args);
        ended.expect(2, &["is not inside a git repository", "git init"]);
    }
}

#[test]
fn works_from_any_folder_of_the_repository() {
    let stage = Stage::new(&[("books/book.yaml", BOOK)]);
    let folder = stage.repo().join("books");
    stage.hardstop_in(&folder, &["run", "book.yaml"]).expect(3, &["run "]);
    let repo = stage.repo().display().to_string();
    let elsewhere = stage.beside("home");
    stage.hardstop_in(&elsewhere, &["-C", &repo, "status"]).expect(0, &["book"]);
    let outside = stage.hardstop_in(&folder, &["run", "../../home/.gitconfig"]);
    outside.expect(2, &["is not inside the repository"]);
}
