//! Files with and without mistakes; no repository is needed.

use std::fs;

use super::{stage::Stage, walk::BOOK};

/// Who is asked is held against the policy beside the runbook.
#[test]
fn approvers_are_people_whom_the_policy_knows() {
    let book = |who: &str| {
        format!(
            "apiVersion: hardstop/v1\nkind: Runbook\nid: book\nsteps:\n  - {{id: gate, approval: \
             {{message: Go?, {who}}}}}\n  - {{id: go, run: [date]}}\n"
        )
    };
    let policy = "apiVersion: hardstop/v1\nkind: Policy\nversion: 1\npeople:\n  \
                  alice: {emails: [alice@example.com]}\n  bob: {emails: [bob@example.com]}\n\
                  teams: {sre: [alice, bob]}\nallow: {start: [anyone], approve: [bob]}\n";
    let right = book("approvers: [team:sre]");
    let stage = Stage::new(&[("book.yaml", &right), (".hardstop/policy.yaml", policy)]);
    stage.hardstop(&["check", "book.yaml"]).expect(0, &["book.yaml: ok"]);
    for (who, said) in [
        ("approvers: [team:srre]", "`team:srre` is nobody whom .hardstop/policy.yaml knows"),
        ("approvers: [team:sre], min_approvals: 2", "2 must agree, and 1 may approve by"),
        ("groups: {ops: {approvers: [carol]}}", "`carol` is nobody whom"),
    ] {
        stage.write("book.yaml", &book(who));
        stage.hardstop(&["check", "book.yaml"]).expect(0, &[said, "1 warning"]);
    }
}

#[test]
fn every_problem_of_every_file_is_told_with_its_place() {
    let stage = Stage::new(&[
        ("good.yaml", BOOK),
        ("bad.yaml", &BOOK.replace("{for: 100ms}", "{for: soon}").replace("number", "numeral")),
        ("policy.yaml", "apiVersion: hardstop/v1\nkind: Policy # yes\nversion: 0\npeople: {}\n"),
    ]);
    let files = ["check", "good.yaml", "bad.yaml", "policy.yaml", "missing.yaml"];
    let ended = stage.hardstop(&files);
    ended.expect(2, &["good.yaml: ok", "bad.yaml: 3 errors", "policy.yaml: 1 error"]);
    ended.expect(2, &["missing.yaml cannot be read", "for: soon", "bad.yaml:16:"]);
    let (code, view) = stage.json(&files);
    assert_eq!((code, &view["errors"]), (2, &5.into()), "{view:#}");
    assert_eq!(view["files"][2]["kind"], "Policy");
    assert_eq!(view["files"][1]["errors"][1]["line"], 16);
}

#[test]
fn what_is_no_text_of_the_language_is_refused_in_words() {
    let stage = Stage::new(&[]);
    fs::create_dir(stage.repo().join("folder.yaml")).unwrap();
    fs::write(stage.repo().join("latin.yaml"), b"title: caf\xe9\n").unwrap();
    stage.write("huge.yaml", &"# text\n".repeat(1_500_000));
    stage.write("empty.yaml", "");
    let layer = |(own, before): (char, char)| {
        let nine = format!("*{before},").repeat(9);
        format!("{own}: &{own} [{nine}]\n")
    };
    let layers: Vec<String> = ('b'..='i').zip('a'..).map(layer).collect();
    let bomb = format!("a: &a [x]\n{}", layers.concat());
    stage.write("bomb.yaml", &bomb);
    stage.write("twice.yaml", "kind: Runbook\nkind: Runbook\n");
    for (file, says) in [
        ("folder.yaml", "is a folder"),
        ("latin.yaml", "is not UTF-8 at byte 10"),
        ("huge.yaml", "has 10500000 bytes"),
        ("empty.yaml", "empty"),
        ("bomb.yaml", "anchor"),
        ("twice.yaml", "twice"),
        ("/dev/null", "is no plain file"),
    ] {
        stage.hardstop(&["check", file]).expect(2, &[says]);
    }
}

#[test]
fn a_warning_is_no_error_unless_it_is_asked_for() {
    let stage = Stage::new(&[("book.yaml", &BOOK.replace("  - id: bye\n    run: ['true']\n", ""))]);
    stage.hardstop(&["check", "book.yaml"]).expect(0, &["stops before nothing", "1 warning"]);
    stage.hardstop(&["check", "--deny-warnings", "book.yaml"]).expect(2, &["1 warning"]);
}

#[test]
fn without_names_all_that_rules_runs_is_checked() {
    let stage = Stage::new(&[
        ("runbooks/team/book.yaml", BOOK),
        (".hardstop/config.yaml", "apiVersion: hardstop/v1\nkind: Config\nexec: {allow: []}\n"),
        (".hardstop/schemas/x.json", "{}"),
        ("elsewhere.yaml", "nothing of ours"),
    ]);
    let ended = stage.hardstop(&["check"]);
    assert_eq!(ended.out, "runbooks/team/book.yaml: ok\n.hardstop/config.yaml: ok\n");
    stage.hardstop(&["-C", "runbooks/team", "check"]).expect(0, &["team/book.yaml: ok"]);
    let bare = stage.beside("bare");
    fs::create_dir(&bare).unwrap();
    stage.hardstop_in(&bare, &["check"]).expect(2, &["nothing to check", "hardstop init"]);
    let book = stage.repo().join("runbooks/team/book.yaml").display().to_string();
    stage.hardstop_in(&bare, &["check", &book]).expect(0, &["ok"]);
}
