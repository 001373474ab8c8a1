//! The order of things, with a server that does as it is told.

use std::{cell::RefCell, time::Duration};

use hardstop_sdk::{Done, Failure, Finding, Pending, Progress, testing::Recorded};

use crate::{Console, Found, Look, Part, Server, State, begin, cancel, poll, probe, scalar};

thread_local! {
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What the server does when asked, by word.
#[derive(Default)]
struct Script {
    trigger: Option<Result<Option<u32>, Failure>>,
    find: Option<Result<Found<u32>, Failure>>,
    look: Option<Result<bool, Failure>>,
}

struct Fake;

impl Server for Fake {
    type Input = Script;
    type Output = u32;
    type Id = u32;

    fn every(_: &Script) -> &'static str {
        "7s"
    }

    fn trigger(_: &hardstop_sdk::Call, script: &Script) -> Result<Option<u32>, Failure> {
        said("trigger");
        script.trigger.clone().expect("nothing is triggered")
    }

    fn find(_: &hardstop_sdk::Call, script: &Script) -> Result<Found<u32>, Failure> {
        said("find");
        script.find.clone().expect("nothing is looked for")
    }

    fn look(_: &hardstop_sdk::Call, script: &Script, id: u32) -> Result<Look<u32, u32>, Failure> {
        said(&format!("look {id}"));
        if script.look.clone().expect("nothing is looked at")? {
            return Ok(Look::Ended(Ok(Done::new(id))));
        }
        Ok(Look::Going { id, note: "building".to_owned(), link: None })
    }

    fn stop(_: &hardstop_sdk::Call, _: &Script, id: &u32) -> Result<(), Failure> {
        said(&format!("stop {id}"));
        Ok(())
    }
}

fn said(word: &str) {
    SAID.with_borrow_mut(|said| said.push(word.to_owned()));
}

/// What the server was asked since the last time.
fn asked() -> Vec<String> {
    SAID.with_borrow_mut(std::mem::take)
}

fn lost() -> Failure {
    Failure { may_have_arrived: true, ..Failure::new("no_answer", "reset").retryable() }
}

fn state(progress: Result<Progress<u32, State<u32>>, Failure>) -> (State<u32>, Duration) {
    match progress {
        Ok(Progress::Pending(Pending { state, poll_after, .. })) => (state, poll_after),
        other => panic!("it does not go on: {other:?}"),
    }
}

#[test]
fn what_may_have_been_begun_is_looked_for() {
    let world = Recorded::new();
    let call = world.call();
    let check = |trigger, expected: State<u32>| {
        let script = Script { trigger: Some(trigger), ..Script::default() };
        assert_eq!(state(begin::<Fake>(&call, &script)).0, expected);
    };
    check(Ok(Some(3)), State::Known(3));
    check(Ok(None), State::Sought { times: 0 });
    check(Err(lost()), State::Sought { times: 0 });
    for code in ["unreachable", "rejected", "unauthorized", "server_error"] {
        let trigger = Some(Err(Failure::new(code, "no")));
        let script = Script { trigger, ..Script::default() };
        assert_eq!(begin::<Fake>(&call, &script).expect_err("nothing was begun").code, code);
    }
}

#[test]
fn a_build_is_looked_for_only_so_long() {
    let world = Recorded::new();
    let call = world.call();
    let script = Script { find: Some(Ok(Found::Nowhere)), ..Script::default() };
    let (mut sought, mut waited) = (State::Sought { times: 0 }, Duration::ZERO);
    let failure = loop {
        match poll::<Fake>(&call, &script, &sought) {
            Err(failure) => break failure,
            progress => {
                let (next, after) = state(progress);
                (sought, waited) = (next, waited + after);
            }
        }
    };
    assert_eq!((&*failure.code, failure.retryable), ("unclear", false));
    assert_eq!(waited, Duration::from_mins(1));
    let script =
        Script { find: Some(Ok(Found::Here(9))), look: Some(Ok(false)), ..Script::default() };
    let (known, after) = state(poll::<Fake>(&call, &script, &State::Sought { times: 3 }));
    assert_eq!((known, after), (State::Known(9), Duration::from_secs(7)));
}

#[test]
fn a_server_that_is_away_does_not_end_the_attempt() {
    let world = Recorded::new();
    let call = world.call();
    let away = lost().retry_after(Some(Duration::from_secs(90)));
    let script = Script { look: Some(Err(away)), ..Script::default() };
    let (known, after) = state(poll::<Fake>(&call, &script, &State::Known(4)));
    assert_eq!((known, after), (State::Known(4), Duration::from_secs(90)));
    let script = Script { find: Some(Err(lost())), ..Script::default() };
    let (sought, _) = state(poll::<Fake>(&call, &script, &State::Sought { times: 2 }));
    assert_eq!(sought, State::Sought { times: 2 });
    let gone = Script { look: Some(Err(Failure::new("not_found", "gone"))), ..Script::default() };
    let ended = poll::<Fake>(&call, &gone, &State::Known(4)).expect_err("it is gone");
    assert_eq!(ended.code, "not_found");
    let done = Script { look: Some(Ok(true)), ..Script::default() };
    let ended = poll::<Fake>(&call, &done, &State::Known(4));
    assert_eq!(ended, Ok(Progress::Done(Done::new(4))));
}

#[test]
fn a_lost_answer_is_found_by_its_key() {
    let world = Recorded::new();
    let call = world.call();
    let script = |find| Script { find: Some(find), ..Script::default() };
    let going = Finding::Pending(Pending::new(State::Known(5), Duration::ZERO));
    assert_eq!(probe::<Fake>(&call, &script(Ok(Found::Here(5)))), Ok(going));
    assert_eq!(probe::<Fake>(&call, &script(Ok(Found::Nowhere))), Ok(Finding::NotStarted));
    let why = "it keeps no keys".to_owned();
    let unclear = || script(Ok(Found::Unclear(why.clone())));
    assert_eq!(probe::<Fake>(&call, &unclear()), Ok(Finding::CannotTell(why.clone())));
    // It may appear yet.
    let (sought, _) = state(poll::<Fake>(&call, &unclear(), &State::Sought { times: 0 }));
    assert_eq!(sought, State::Sought { times: 1 });
    let sought = poll::<Fake>(&call, &unclear(), &State::Sought { times: 12 });
    let failure = sought.expect_err("nobody can tell");
    assert_eq!((&*failure.code, failure.retryable), ("unclear", false));
    assert!(probe::<Fake>(&call, &script(Err(lost()))).is_err());
}

#[test]
fn what_is_there_is_stopped() {
    let world = Recorded::new();
    let call = world.call();
    let check = |find: Found<u32>, state: Option<State<u32>>, expected: &[&str]| {
        let script = Script { find: Some(Ok(find)), ..Script::default() };
        assert_eq!(cancel::<Fake>(&call, &script, state.as_ref()), Ok(()));
        assert_eq!(asked(), expected);
    };
    check(Found::Nowhere, Some(State::Known(3)), &["stop 3"]);
    check(Found::Here(4), Some(State::Sought { times: 1 }), &["find", "stop 4"]);
    check(Found::Here(5), None, &["find", "stop 5"]);
    // It may have been begun a moment ago.
    let script = Script { find: Some(Ok(Found::Nowhere)), ..Script::default() };
    for state in [None, Some(State::Sought { times: 2 })] {
        let failure = cancel::<Fake>(&call, &script, state.as_ref()).expect_err("it may go on");
        assert_eq!((&*failure.code, failure.retryable), ("unclear", true));
        assert_eq!(asked(), ["find"]);
    }
    let unclear = Found::Unclear("it keeps no keys".to_owned());
    let script = Script { find: Some(Ok(unclear)), ..Script::default() };
    assert_eq!(cancel::<Fake>(&call, &script, None).expect_err("it may go on").code, "unclear");
}

#[test]
fn a_console_keeps_its_end() {
    let mut console = Console::default();
    console.line("one");
    console.add(b"two");
    console.line("three");
    console.not_kept(&Failure::new("not_found", "it is gone"));
    assert_eq!(console.into_bytes(), b"one\ntwo\nthree\n[not kept: it is gone]\n");
    let mut console = Console::default();
    for _ in 0..9 {
        console.add(&vec![b'x'; 1024 * 1024]);
    }
    console.line("end");
    let text = String::from_utf8(console.into_bytes()).expect("it is text");
    assert!(text.starts_with("[1048581 bytes before this are left out]\n"), "{}", &text[..60]);
    assert!(text.len() < 9 * 1024 * 1024 && text.ends_with("x\nend\n"));
}

#[test]
fn parts_that_failed_come_first() {
    let part = |id: u64, end: &str| Part { id, name: format!("p{id}"), end: end.to_owned() };
    let text = |listed, printed: fn(u64) -> Result<Vec<u8>, Failure>| {
        let mut console = Console::default();
        console.parts(listed, printed);
        String::from_utf8(console.into_bytes()).expect("it is text")
    };
    let printed = |id| match id {
        2 => Err(Failure::new("answer_too_large", "part 2 printed too much")),
        id => Ok(format!("of {id}\n").into_bytes()),
    };
    let parts = vec![part(1, "success"), part(2, "failed"), part(3, "skipped"), part(4, "failure")];
    let expected = "== p2: failed\n[not kept: part 2 printed too much]\n== p4: failure\nof 4\n\
                    == p1: success\nof 1\n== p3: skipped\nof 3\n";
    assert_eq!(text(Ok((parts.clone(), 4)), printed), expected);
    assert_eq!(text(Ok((parts.clone(), 0)), printed), expected);
    assert_eq!(text(Ok((parts, 9)), printed), format!("{expected}[5 more are left out]\n"));
    let many = (0..70).map(|id| part(id, if id < 60 { "success" } else { "timed_out" })).collect();
    let many = text(Ok((many, 256)), |_| Ok(Vec::new()));
    assert!(many.starts_with("== p60: timed_out\n"), "{many}");
    assert_eq!(many.lines().filter(|line| line.starts_with("== ")).count(), 40);
    assert!(many.ends_with("[216 more are left out]\n"), "{many}");
    assert_eq!(text(Err(Failure::new("not_found", "no parts")), printed), "[not kept: no parts]\n");
}

#[test]
fn parameters_are_texts() {
    let text = |value| scalar("n", &value).map_err(|failure| failure.code.into_owned());
    assert_eq!(text("a".into()), Ok("a".to_owned()));
    assert_eq!(text(7.into()), Ok("7".to_owned()));
    assert_eq!(text(true.into()), Ok("true".to_owned()));
    assert_eq!(text(serde_json::json!([])), Err("bad_input".to_owned()));
}
