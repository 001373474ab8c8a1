//! Legs against a host that answers as told: what is asked, what is kept, what it means.

use std::{
    collections::BTreeMap,
    future::{Future, pending, ready},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use hardstop_core::{
    event::{self, Cause},
    ids::{AttemptNo, Digest, RunId},
    input::Outcome,
    limits::CALL_SETTLED,
    model::{EvidenceFile, Grants, HttpGrant, PinnedPlugin, Retry, Secret, SecretGrant, Uses},
    time::{Millis, Reading, Timestamp},
    value::Value,
};
use hardstop_ports::{
    clock::Clock,
    plugin::{Answer, Call, Ended, Failure, Leg as Asked, Output, Pending, Plugins, Target},
    secrets::Secrets,
};
use tokio::sync::watch;

use super::Hands;
use crate::{
    driver::Worker,
    exec::{Attempt, Exec, Keyring, Leg, Performed, Stop},
};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const CANARY: &str = "canary-2f6c1d";

/// A host that gives its answers in order, and none after the last.
#[derive(Default)]
struct Scripted {
    answers: Mutex<Vec<Ended>>,
    asked: Mutex<Vec<Call>>,
}

impl Plugins for Scripted {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Ended> + Send>> {
        self.asked.lock().unwrap().push(call);
        let mut answers = self.answers.lock().unwrap();
        if answers.is_empty() { Box::pin(pending()) } else { Box::pin(ready(answers.remove(0))) }
    }
}

struct Still;

impl Clock for Still {
    fn read(&self) -> Reading {
        Reading { wall: NOW, boot: "boot-1".to_owned(), mono: Millis(0) }
    }
}

struct Kept;

impl Secrets for Kept {
    fn variable(&self, name: &str) -> Result<String, String> {
        if name == "TOKEN" { Ok(CANARY.to_owned()) } else { Err("there is none".to_owned()) }
    }

    fn file(&self, _: &std::path::Path) -> Result<String, String> {
        Err("there is none".to_owned())
    }
}

/// A call of `ci/build`, and what answers it.
struct Scene {
    host: Arc<Scripted>,
    hands: Hands<Still>,
    work: event::Call,
    evidence: Vec<EvidenceFile>,
    stop: watch::Sender<Option<Stop>>,
    since: Millis,
    _workspace: tempfile::TempDir,
}

fn grant() -> HttpGrant {
    let (scheme, host) = ("https".to_owned(), "ci.example.com".to_owned());
    HttpGrant { scheme, host, port: 443, methods: Vec::new(), private: false }
}

impl Scene {
    fn new(answers: Vec<Answer>) -> Self {
        let workspace = tempfile::tempdir().unwrap();
        let token = SecretGrant {
            source: Some(Secret::Env("TOKEN".to_owned())),
            header: "authorization".to_owned(),
            hosts: vec!["ci.example.com".to_owned()],
        };
        let secrets = BTreeMap::from([("token".to_owned(), token)]);
        let grants = Grants { http: vec![grant()], secrets, ..Grants::default() };
        let work = event::Call {
            action: "ci/build".to_owned(),
            with: BTreeMap::from([("project".to_owned(), Value::Text("web".to_owned()))]),
            secrets: BTreeMap::new(),
            evidence: vec!["console.txt".to_owned()],
            grants: grants.words(),
        };
        let host = Arc::new(Scripted::default());
        *host.answers.lock().unwrap() = answers.into_iter().map(ended).collect();
        let hands = Hands {
            exec: Exec {
                repository: workspace.path().to_owned(),
                workspace: workspace.path().to_owned(),
                allow: None,
                inherited: BTreeMap::new(),
                secrets: Arc::new(Keyring::new(Kept)),
                grace: Duration::from_secs(1),
            },
            plugins: Some(Arc::clone(&host) as Arc<dyn Plugins>),
            granted: Box::new(move |_, _| Ok(grants.clone())),
            secrets: BTreeMap::new(),
            clock: Still,
        };
        let stop = watch::Sender::new(None);
        let (evidence, since) = (Vec::new(), Millis(0));
        Self { host, hands, work, evidence, stop, since, _workspace: workspace }
    }

    fn go(&self, leg: &Leg, remaining: Duration) -> Option<Performed> {
        let run: RunId = "k7f3q9xm2p-20260101-000000".parse().unwrap();
        let retry = Retry {
            max_attempts: 1,
            delay: Millis(0),
            backoff: 1,
            max_delay: Millis(0),
            on: Vec::new(),
        };
        let spec = Uses {
            action: "ci/build".to_owned(),
            with: BTreeMap::new(),
            timeout: Millis(60_000),
            retry,
            idempotent: false,
            until: None,
        };
        let pinned = PinnedPlugin {
            version: "1.0.0".to_owned(),
            digest: Digest::from_bytes([7; 32]),
            asks: std::collections::BTreeSet::new(),
        };
        let attempt = Attempt {
            run: &run,
            step: &"main/build".parse().unwrap(),
            attempt: AttemptNo(2),
            spec: &spec,
            evidence: &self.evidence,
            plugins: &BTreeMap::from([("ci".to_owned(), pinned)]),
            secrets: &BTreeMap::new(),
            work: &self.work,
            leg,
            remaining,
            since: self.since,
            stop: self.stop.subscribe(),
            live: None,
        };
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(self.hands.call(attempt))
    }

    fn begin(&self) -> Performed {
        self.go(&Leg::Begin { recovering: false }, Duration::from_mins(1)).unwrap()
    }

    fn asked(&self) -> Vec<Asked> {
        self.host.asked.lock().unwrap().iter().map(|call| call.leg.clone()).collect()
    }
}

fn ended(answer: Answer) -> Ended {
    let artifacts = BTreeMap::from([("console.txt".to_owned(), b"built\n".to_vec())]);
    Ended { answer, artifacts, requests: Vec::new(), printed: Vec::new() }
}

fn done(value: &str) -> Answer {
    Answer::Done(Output { value: value.to_owned(), link: None, targets: Vec::new() })
}

fn failure(code: &str, retryable: bool) -> Failure {
    Failure {
        code: code.to_owned(),
        message: "said the server".to_owned(),
        retryable,
        retry_after: Some(Duration::from_secs(7)),
        details: None,
    }
}

fn goes_on(state: &str, after: Duration) -> Answer {
    let (state, note) = (state.to_owned(), Some("queued".to_owned()));
    Answer::Pending(Pending { state, poll_after: after, note, link: None })
}

fn before() -> event::Pending {
    let state = "{\"build\":17}".to_owned();
    event::Pending { state, poll_at: NOW, note: None, link: None }
}

fn cause(performed: &Performed) -> &Cause {
    let Outcome::Failed { cause, .. } = &performed.outcome else {
        panic!("did not fail: {:?}", performed.outcome)
    };
    cause
}

#[test]
fn a_call_has_what_the_step_says_and_what_was_granted() {
    let scene = Scene::new(vec![done("{\"number\":17}")]);
    let performed = scene.begin();
    let Outcome::Succeeded { outputs, .. } = &performed.outcome else { panic!() };
    assert_eq!(outputs["number"], Value::Integer(17));
    let asked = scene.host.asked.lock().unwrap();
    assert_eq!(asked[0].key, "k7f3q9xm2p-20260101-000000/main/build/2");
    assert_eq!(asked[0].input, "{\"project\":\"web\"}");
    assert_eq!(asked[0].action, "build");
    assert_eq!(asked[0].grants.http, [grant()]);
    assert_eq!(asked[0].secrets["token"].expose(), CANARY);
    let paths: Vec<&str> = performed.files.iter().map(|file| &*file.path).collect();
    assert_eq!(paths, ["steps/main/build/2/artifacts/console.txt"]);
}

#[test]
fn what_is_granted_after_an_attempt_began_does_not_count_for_it() {
    let mut scene = Scene::new(vec![done("{}")]);
    scene.work.grants.clear();
    scene.begin();
    let asked = scene.host.asked.lock().unwrap();
    assert!(asked[0].grants.http.is_empty() && asked[0].secrets.is_empty());
}

#[test]
fn a_secret_goes_only_where_the_configuration_says() {
    let mut scene = Scene::new(vec![done("{}")]);
    scene.work.secrets.insert("key".to_owned(), "other".to_owned());
    let performed = scene.begin();
    let Cause::NotGranted { message } = cause(&performed) else { panic!("{performed:?}") };
    assert!(message.contains("plugins.ci.grants.secrets.other"), "{message}");
    assert!(scene.asked().is_empty());
}

#[test]
fn declared_evidence_is_an_artifact_of_that_name_and_must_be_there() {
    for (name, max_bytes, fails) in
        [("console.txt", 6, false), ("console.txt", 5, true), ("report.xml", 1_000, true)]
    {
        let mut scene = Scene::new(vec![done("{}")]);
        scene.work.evidence = vec![name.to_owned()];
        scene.evidence.push(EvidenceFile {
            id: "log".to_owned(),
            file: name.to_owned(),
            required: true,
            max_bytes,
            content: None,
        });
        let performed = scene.begin();
        let missing =
            matches!(performed.outcome, Outcome::Failed { cause: Cause::Evidence { .. }, .. });
        assert_eq!(missing, fails, "{name}");
        let kept = performed.files.iter().any(|file| file.path.ends_with("/files/log"));
        assert_eq!(kept, !fails, "{name}");
    }
}

#[test]
fn no_secret_leaves_a_call() {
    let output = format!("{{\"echo\":\"{CANARY}\"}}");
    let state = format!("{{\"cursor\":\"{CANARY}\"}}");
    let mut said = failure("boom", true);
    said.message = format!("the token {CANARY} is wrong");
    for answer in [done(&output), goes_on(&state, Duration::ZERO), Answer::Failed(said)] {
        let scene = Scene::new(Vec::new());
        let mut ended = ended(answer);
        ended.printed = format!("using {CANARY}\n").into_bytes();
        ended.artifacts.insert("leak.txt".to_owned(), CANARY.as_bytes().to_vec());
        scene.host.answers.lock().unwrap().push(ended);
        let performed = scene.begin();
        let text = format!("{:?}", performed.outcome);
        assert!(!text.contains(CANARY), "{text}");
        for file in &performed.files {
            assert!(!String::from_utf8_lossy(&file.bytes).contains(CANARY), "{}", file.path);
        }
    }
}

#[test]
fn an_action_that_goes_on_is_asked_less_and_less_often() {
    for (after, since, wanted) in [
        (Duration::ZERO, 0, 0),
        (Duration::ZERO, 3_600_000, 36_000),
        (Duration::from_millis(10), 0, 1_000),
        (Duration::from_secs(5), 0, 5_000),
        (Duration::from_secs(5), 3_600_000, 36_000),
    ] {
        let mut scene = Scene::new(vec![goes_on("{}", after)]);
        scene.since = Millis(since);
        let performed = scene.begin();
        let Outcome::Pending { pending, .. } = performed.outcome else { panic!("{performed:?}") };
        assert_eq!(pending.poll_at, NOW.plus(Millis(wanted)), "{after:?} since {since}");
        assert_eq!(pending.note.as_deref(), Some("queued"));
    }
}

#[test]
fn a_failure_says_whether_trying_again_can_help() {
    let performed = Scene::new(vec![Answer::Failed(failure("not_found", false))]).begin();
    let Cause::Action { code, permanent, retry_after, .. } = cause(&performed) else { panic!() };
    assert_eq!((code.as_deref(), *permanent), (Some("not_found"), true));
    assert_eq!(*retry_after, Some(Millis(7_000)));
}

#[test]
fn an_action_for_several_targets_succeeds_if_all_do() {
    let target = |name: &str, ok| Target { name: name.to_owned(), ok, message: None };
    let all = |targets| Answer::Done(Output { value: "{}".to_owned(), link: None, targets });
    let performed = Scene::new(vec![all(vec![target("a", true), target("b", false)])]).begin();
    assert!(format!("{:?}", cause(&performed)).contains("1 of 2 targets failed: b"));
    let performed = Scene::new(vec![all(vec![target("a", true)])]).begin();
    assert!(matches!(performed.outcome, Outcome::Succeeded { .. }));
}

#[test]
fn output_that_is_no_output_fails() {
    for value in ["[]", "{\"a\":1.5}", "nonsense", "{\"a\":1,\"a\":2}"] {
        let performed = Scene::new(vec![done(value)]).begin();
        assert!(format!("{:?}", cause(&performed)).contains("plugin_output"), "{value}");
    }
}

#[test]
fn data_is_refused_where_words_are_cut() {
    let performed =
        Scene::new(vec![done(&format!("{{\"a\":\"{}\"}}", "x".repeat(70_000)))]).begin();
    assert!(format!("{:?}", cause(&performed)).contains("more than 65536 bytes"));
    let mut long = failure("boom", true);
    long.message = "x".repeat(20_000);
    let performed = Scene::new(vec![Answer::Failed(long)]).begin();
    let Cause::Action { message, .. } = cause(&performed) else { panic!("{performed:?}") };
    assert_eq!(message.len(), 8 * 1024);
}

#[test]
fn time_that_is_up_ends_what_goes_on() {
    let scene = Scene::new(vec![Answer::Failed(failure("plugin_time", false)), Answer::Cancelled]);
    let performed = scene.go(&Leg::Poll(before()), Duration::from_secs(1)).unwrap();
    assert_eq!(*cause(&performed), Cause::TimedOut);
    let state = before().state;
    let cancel = Asked::Cancel { state: Some(state.clone()) };
    assert_eq!(scene.asked(), [Asked::Poll { state }, cancel]);
}

#[test]
fn what_an_aborted_call_began_is_ended() {
    let scene =
        Scene::new(vec![goes_on("{\"build\":18}", Duration::from_secs(1)), Answer::Cancelled]);
    scene.stop.send_replace(Some(Stop::Aborted));
    // It answers at once, before anybody looks at the switch: then it goes on, and the run, which
    // no longer wants it, has it ended.
    let performed = scene.begin();
    assert!(matches!(performed.outcome, Outcome::Pending { .. }));
    let scene = Scene::new(Vec::new());
    scene.stop.send_replace(Some(Stop::Aborted));
    let performed = scene.begin();
    assert_eq!(*cause(&performed), Cause::Aborted);
    assert_eq!(scene.asked().last(), Some(&Asked::Cancel { state: None }));
}

#[test]
fn who_is_interrupted_leaves_the_rest_to_the_next() {
    let scene = Scene::new(Vec::new());
    scene.stop.send_replace(Some(Stop::Interrupted));
    assert_eq!(scene.go(&Leg::Begin { recovering: false }, Duration::from_mins(1)), None);
}

#[test]
fn a_call_is_looked_for_more_than_once_if_that_may_help() {
    let busy = || Answer::Failed(failure("unavailable", true));
    let mut scene = Scene::new(vec![busy(), busy(), Answer::NotStarted]);
    scene.since = CALL_SETTLED;
    let performed = scene.go(&Leg::Probe, Duration::from_mins(1)).unwrap();
    assert!(matches!(performed.outcome, Outcome::NotStarted { .. }));
    assert_eq!(scene.asked().len(), 3);
    let mut scene = Scene::new((0..4).map(|_| busy()).collect());
    scene.since = CALL_SETTLED;
    let performed = scene.go(&Leg::Probe, Duration::from_mins(1)).unwrap();
    assert!(matches!(performed.outcome, Outcome::CannotTell { .. }));
    assert_eq!(scene.asked().len(), 3);
    let scene = Scene::new(vec![Answer::Failed(failure("forbidden", false))]);
    let performed = scene.go(&Leg::Probe, Duration::from_mins(1)).unwrap();
    let Outcome::CannotTell { message, .. } = performed.outcome else { panic!() };
    assert_eq!(message, "forbidden: said the server");
    let scene = Scene::new(vec![Answer::Over(failure("build_failed", false))]);
    let performed = scene.go(&Leg::Probe, Duration::from_mins(1)).unwrap();
    assert!(format!("{:?}", cause(&performed)).contains("build_failed"));
}

#[test]
fn what_was_sent_in_the_last_moment_is_looked_for_until_it_must_be_there() {
    let late = || vec![Answer::NotStarted, Answer::NotStarted, goes_on("{}", Duration::ZERO)];
    let performed = Scene::new(late()).go(&Leg::Probe, Duration::from_mins(1)).unwrap();
    assert!(matches!(performed.outcome, Outcome::Pending { .. }));
    // Two, four, six, eight and ten seconds lie between.
    let scene = Scene::new((0..9).map(|_| Answer::NotStarted).collect());
    let performed = scene.go(&Leg::Probe, Duration::from_mins(1)).unwrap();
    assert!(matches!(performed.outcome, Outcome::NotStarted { .. }));
    assert_eq!(scene.asked().len(), 6);
    let mut scene = Scene::new(late());
    scene.since = CALL_SETTLED;
    let performed = scene.go(&Leg::Probe, Duration::from_mins(1)).unwrap();
    assert!(matches!(performed.outcome, Outcome::NotStarted { .. }));
    assert_eq!(scene.asked().len(), 1);
    let scene = Scene::new(late());
    scene.stop.send_replace(Some(Stop::Interrupted));
    assert_eq!(scene.go(&Leg::Probe, Duration::from_mins(1)), None);
}

#[test]
fn what_is_not_there_yet_is_ended_when_it_is() {
    let unknown = || Answer::Failed(failure("unclear", true));
    let scene = Scene::new(vec![unknown(), unknown(), unknown(), unknown(), Answer::Cancelled]);
    let leg = Leg::End { pending: None, cause: Cause::Aborted };
    let performed = scene.go(&leg, Duration::from_mins(1)).unwrap();
    assert_eq!((scene.asked().len(), cause(&performed)), (5, &Cause::Aborted));
    assert!(!performed.files.iter().any(|file| file.path.ends_with("printed.log")));
}

#[test]
fn what_looks_like_a_credential_never_reaches_the_journal() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let mut said = failure("forbidden", false);
    said.message = format!("not with {token}");
    let performed = Scene::new(vec![Answer::Failed(said)]).begin();
    let Cause::Action { message, .. } = cause(&performed) else { panic!("{performed:?}") };
    assert_eq!(message, "withheld: what it said looked as if it held a GitHub token");
    for answer in [
        done(&format!(r#"{{"body":"{token}"}}"#)),
        done(&format!(r#"{{"body":"\u0067{}"}}"#, &token[1..])),
        goes_on(&format!(r#"{{"next":"{token}"}}"#), Duration::ZERO),
    ] {
        let performed = Scene::new(vec![answer]).begin();
        let told = format!("{:?}", performed.outcome);
        assert!(!told.contains(&token[4..]), "{told}");
        let Cause::Evidence { message } = cause(&performed) else { panic!("{told}") };
        assert!(message.contains("looks as if it held a GitHub token"), "{message}");
    }
}

#[test]
fn a_file_is_kept_once_whoever_left_it() {
    let mut late = ended(Answer::Failed(failure("plugin_time", false)));
    late.artifacts = BTreeMap::from([("console.txt".to_owned(), b"so far".to_vec())]);
    let mut over = ended(Answer::Cancelled);
    over.artifacts = BTreeMap::from([("console.txt".to_owned(), b"all of it".to_vec())]);
    let scene = Scene::new(Vec::new());
    *scene.host.answers.lock().unwrap() = vec![late, over];
    let performed = scene.go(&Leg::Poll(before()), Duration::from_secs(1)).unwrap();
    let [file] = &performed.files[..] else { panic!("{performed:?}") };
    assert_eq!(file.bytes, b"all of it");
    assert_eq!(performed.outcome.into_artifacts().len(), 1);
}

#[test]
fn that_it_could_not_be_ended_is_said_beside_why_it_had_to_be() {
    let mut scene =
        Scene::new((0..3).map(|_| Answer::Failed(failure("unavailable", true))).collect());
    scene.since = CALL_SETTLED;
    let leg = Leg::End { pending: Some(before()), cause: Cause::Aborted };
    let performed = scene.go(&leg, Duration::from_mins(1)).unwrap();
    assert_eq!(*cause(&performed), Cause::Aborted);
    let said = performed.files.iter().find(|file| file.path.ends_with("printed.log")).unwrap();
    assert!(String::from_utf8_lossy(&said.bytes).contains("unavailable: said the server"));
}
