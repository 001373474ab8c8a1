//! What may be typed as an answer, and what it then asks of the run.

use hardstop_core::{
    ids::AttemptNo, input::Request, model::ItemKind, value::Value, view::OpenQuestion,
};

use super::question::{Question, Reply};

/// Types `typed` as an answer to `question` and compares what it means.
#[track_caller]
fn check(question: &Question, typed: &str, want: &str) {
    let got = match question.read(typed) {
        Reply::Later => "later".to_owned(),
        Reply::Pass => "pass".to_owned(),
        Reply::Again(why) => format!("again: {why}"),
        Reply::Ask(request) => in_words(&request),
    };
    assert_eq!(got, want, "{typed:?}");
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is no answer to a question")]
fn in_words(request: &Request) -> String {
    match request {
        Request::Tick { item, value: Value::Bool(true), .. } => format!("tick {item}"),
        Request::Tick { item, value, .. } => format!("tick {item}={value}"),
        Request::Approve { code, comment, .. } => format!("approve {code} {comment:?}"),
        Request::Reject { code, reason } => format!("reject {code} {reason}"),
        Request::Retry { step, after, reason } => format!("retry {step} after {after} {reason:?}"),
        Request::Skip { step, reason } => format!("skip {step} {reason}"),
        Request::Attest { step, reason, .. } => format!("attest {step} {reason}"),
        Request::Hold { reason } => format!("hold {reason}"),
        Request::Lift { reason } => format!("lift {reason:?}"),
        Request::Abort { reason } => format!("abort {reason}"),
        other => panic!("a terminal does not ask for {other:?}"),
    }
}

fn item(kind: ItemKind, optional: bool) -> Question {
    let id = "one".parse().unwrap();
    let item = OpenQuestion { id, text: "Is it so".to_owned(), kind, optional, evidence: false };
    Question::Item { step: "look".parse().unwrap(), item }
}

#[test]
fn items() {
    let tick = item(ItemKind::Tick, false);
    check(&tick, "", "tick one");
    check(&tick, "y", "tick one");
    check(&tick, "no", "again: this takes a plain tick");
    check(&tick, "later", "later");
    let number = item(ItemKind::Number, false);
    check(&number, "3.5", "tick one=3.5");
    check(&number, "", "again: this takes a number");
    check(&number, "skip", "again: this takes a number");
}

#[test]
fn optional_items_may_be_passed_over() {
    check(&item(ItemKind::Text, true), "", "pass");
    check(&item(ItemKind::Text, true), "skip", "pass");
    check(&item(ItemKind::Text, true), "so it is", "tick one=so it is");
    check(&item(ItemKind::Tick, true), "", "tick one");
    check(&item(ItemKind::Tick, true), "skip", "pass");
}

#[test]
fn approvals() {
    let gate = |signed| Question::Approval {
        step: "go".parse().unwrap(),
        code: "0123456789".to_owned(),
        signed,
    };
    let want =
        "a yes takes your signature: `later` here, then `hardstop approve 0123456789 --sign`";
    check(&gate(true), "approve", &format!("again: {want}"));
    assert!(gate(true).text().ends_with(want) && !gate(true).prompt().contains("approve"));
    check(&gate(true), "reject not today", "reject 0123456789 not today");
    let gate = gate(false);
    check(&gate, "approve", "approve 0123456789 None");
    check(&gate, "approve all good", "approve 0123456789 Some(\"all good\")");
    check(&gate, "reject not today", "reject 0123456789 not today");
    check(&gate, "reject", "again: say why");
    // Nothing that a finger types by itself is a yes.
    for typed in ["", "y", "yes", "0123456789"] {
        check(&gate, typed, "again: this takes `approve`, `reject <reason>` or `later`");
    }
}

#[test]
fn trouble_and_holds() {
    let step = "try".parse().unwrap();
    let trouble = Question::Trouble { step, attempt: AttemptNo(2), what: String::new() };
    check(&trouble, "retry", "retry try after 2 None");
    check(&trouble, "skip no time", "skip try no time");
    check(&trouble, "attest by hand", "attest try by hand");
    check(&trouble, "abort", "again: say why");
    check(&trouble, "leave", "later");
    let hold = Question::Hold { what: String::new() };
    check(&hold, "lift", "lift None");
    check(&hold, "abort enough", "abort enough");
}

#[test]
fn what_looks_like_a_credential_is_no_answer() {
    let token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    let text = item(ItemKind::Text, false);
    check(&text, token, "again: that looks like a GitHub token; evidence is for ever");
}

#[test]
fn a_checklist_is_put_off_as_a_whole() {
    let (one, other) = (item(ItemKind::Tick, false), item(ItemKind::Text, true));
    assert!(one.covers(&other) && !one.covers(&Question::Hold { what: String::new() }));
}
