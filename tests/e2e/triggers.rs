//! Runs that nobody starts by hand: each key opens one run, ever, whoever looks, however often, and
//! whatever dies in between.

use std::{
    fs,
    process::{Child, Stdio},
};

use hardstop_core::{
    header::{Header, Trigger, TriggerKind},
    ids::RunId,
    time::{Millis, Timestamp},
};
use hardstop_evidence::digest;
use hardstop_journal::{Mark, MarkState};

use crate::place::{Ended, Place, ended};

const QUICK: &str = "apiVersion: hardstop/v1
kind: Runbook
id: quick
title: One step
steps:
  - {id: one, run: [git, --version]}
";
const ASKS: &str = "apiVersion: hardstop/v1
kind: Runbook
id: asks
title: A question
inputs:
  build: {type: integer, default: 1}
steps:
  - {id: ready, checklist: {items: [{id: go, text: Ready}]}}
";
const POLICY: &str = "apiVersion: hardstop/v1
kind: Policy
version: 1
people:
  alice: {emails: [alice@example.com]}
  bob: {emails: [bob@example.com]}
allow: {start: [alice], tick: [anyone]}
";
const CONFIG: &str = ".hardstop/config.yaml";

fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap())
}

fn minutes_ago(minutes: u64) -> Timestamp {
    let span = i64::try_from(minutes * 60_000).unwrap();
    Timestamp::from_millis(now().as_millis() - span)
}

/// A pattern that came up once in the last hours, ten minutes ago, and its instant.
fn ten_minutes_ago() -> (String, Timestamp) {
    let at = minutes_ago(10).as_millis() / 60_000 * 60_000;
    let at = Timestamp::from_millis(at);
    let text = at.to_string();
    (format!("{} {} * * *", &text[14..16], &text[11..13]), at)
}

/// Commits files as somebody did it a while ago.
fn commit(place: &Place, who: &str, at: Timestamp, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = place.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    place.git(&["add", "--all"]);
    let mut git = place.command("git");
    git.env("GIT_COMMITTER_DATE", at.to_string()).env("GIT_AUTHOR_DATE", at.to_string());
    let author = format!("--author={who} <{who}@example.com>");
    let done = ended(git.args(["commit", "--quiet", "--message=change", &author]));
    assert_eq!(done.code, Some(0), "{done:?}");
}

fn with_triggers(triggers: &str, since: Timestamp, more: &[(&str, &str)]) -> Place {
    let place = Place::empty(&[]);
    let config = format!("apiVersion: hardstop/v1\nkind: Config\ntriggers:\n{triggers}");
    let mut files = vec![
        (CONFIG, config.as_str()),
        ("runbooks/quick.yaml", QUICK),
        ("runbooks/asks.yaml", ASKS),
    ];
    files.extend(more);
    commit(&place, "alice", since, &files);
    place
}

/// The runs that the evidence branch knows.
fn opened(place: &Place) -> Vec<Header> {
    let tip = "hardstop/evidence";
    if ended(place.command("git").args(["rev-parse", "-q", "--verify", tip])).code != Some(0) {
        return Vec::new();
    }
    let names = place.git(&["ls-tree", "-r", "--name-only", tip]);
    let runs = names.lines().filter(|name| name.ends_with("/run.json"));
    let header = |name| serde_json::from_str(&place.git(&["show", &format!("{tip}:{name}")]));
    let mut runs: Vec<Header> = runs.map(|name| header(name).unwrap()).collect();
    runs.sort_by_key(|header| header.trigger.as_ref().map(|trigger| trigger.at));
    runs
}

fn only(place: &Place) -> Header {
    let mut runs = opened(place);
    assert_eq!(runs.len(), 1, "{runs:#?}");
    runs.remove(0)
}

fn mark_of(place: &Place, key: &str) -> std::path::PathBuf {
    let name = digest(key.as_bytes()).hex();
    place.root().join(".git/hardstop/triggers/keys").join(name)
}

fn start(place: &Place, line: &str) -> Child {
    place.program(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn an_instant_of_a_schedule_is_run_once_however_many_look() {
    let (cron, at) = ten_minutes_ago();
    let schedule = format!("  schedules: [{{id: nightly, runbook: quick, cron: '{cron}'}}]\n");
    let place = with_triggers(&schedule, minutes_ago(20), &[]);
    let looks: Vec<Child> = (0..6).map(|_| start(&place, "advance")).collect();
    for look in looks {
        let ended: Ended = look.wait_with_output().unwrap().into();
        assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.text());
    }
    place.expect(0, "advance");
    let trigger = only(&place).trigger.unwrap();
    assert_eq!((trigger.kind, trigger.id.as_str()), (TriggerKind::Schedule, "nightly"));
    assert_eq!((trigger.at, trigger.key), (at, format!("schedule/nightly/{at}")));
    // When to look again is known.
    let next = at.plus(Millis::from_secs(86_400)).to_string();
    assert_eq!(place.json("advance")["wake"], next.as_str());
    let view = place.json("triggers");
    assert_eq!(view["triggers"][0]["last"]["at"], at.to_string());
    assert_eq!(view["next"], next.as_str());
    place.is_sound();
}

#[test]
fn nothing_before_the_configuration_is_run() {
    let (cron, _) = ten_minutes_ago();
    let schedule = format!(
        "  schedules: [{{id: nightly, runbook: quick, cron: '{cron}', missed: run_all}}]\n"
    );
    let place = with_triggers(&schedule, minutes_ago(5), &[]);
    place.expect(0, "advance").says(&["no live runs", "next wake-up"]);
    assert!(opened(&place).is_empty());
}

#[test]
fn another_clone_finds_what_was_opened_on_the_evidence_branch() {
    let (cron, _) = ten_minutes_ago();
    let schedule = format!("  schedules: [{{id: nightly, runbook: quick, cron: '{cron}'}}]\n");
    let request = "apiVersion: hardstop/v1\nkind: RunRequest\nrunbook: quick\n";
    let triggers = format!("{schedule}  requests: {{folder: requests, branch: main}}\n");
    let place = with_triggers(&triggers, minutes_ago(20), &[("requests/a.yaml", request)]);
    place.expect(0, "advance");
    place.expect(0, "run runbooks/quick.yaml --key mine");
    assert_eq!(opened(&place).len(), 3);
    let clone = place.outside().join("clone");
    place.git(&["clone", "--quiet", place.root().to_str().unwrap(), clone.to_str().unwrap()]);
    let there = |line: &str| {
        let mut program = place.program(line);
        program.env("GIT_AUTHOR_EMAIL", "alice@example.com").current_dir(&clone);
        ended(&mut program)
    };
    let advanced = there("advance");
    assert_eq!(advanced.code, Some(0), "{}", advanced.text());
    advanced.says(&["no live runs"]);
    let keyed = there("run runbooks/quick.yaml --key mine");
    assert_eq!(keyed.code, Some(0), "{}", keyed.text());
    keyed.says(&["this key is that of run"]);
    assert!(!clone.join(".git/hardstop/runs").exists());
}

#[test]
fn a_crash_between_mark_and_opening_opens_that_very_run() {
    let (cron, at) = ten_minutes_ago();
    let schedule = format!("  schedules: [{{id: nightly, runbook: asks, cron: '{cron}'}}]\n");
    let place = with_triggers(&schedule, minutes_ago(20), &[]);
    let run: RunId = "k7f3q9xm2p-20261120-155332".parse().unwrap();
    let key = format!("schedule/nightly/{at}");
    let id = "nightly".to_owned();
    let trigger = Trigger { kind: TriggerKind::Schedule, id, key: key.clone(), at };
    let state = MarkState::Claimed { run: run.clone() };
    let mark = Mark { trigger, source: None, noted: at, state };
    let file = mark_of(&place, &key);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, serde_json::to_vec(&mark).unwrap()).unwrap();
    place.expect(3, "advance").says(&["opened"]);
    assert_eq!(place.live(), std::slice::from_ref(&run));
    // The same crash a moment later: the run was made, and its mark does not say so yet.
    fs::write(&file, serde_json::to_vec(&mark).unwrap()).unwrap();
    place.expect(3, "advance");
    assert_eq!(place.live(), std::slice::from_ref(&run));
    // And one after the run is over and gone from here.
    place.expect(0, &format!("tick {run} ready go"));
    place.expect(0, "advance");
    fs::write(&file, serde_json::to_vec(&mark).unwrap()).unwrap();
    place.expect(0, "advance").says(&["no live runs"]);
    assert_eq!(only(&place).run, run);
    place.is_sound();
}

#[test]
fn trap_15_scheduled_and_manual_starts_behave_the_same() {
    let (cron, _) = ten_minutes_ago();
    let schedule =
        |who: &str| format!("  schedules: [{{id: nightly, runbook: asks, cron: '{cron}'{who}}}]\n");
    // Whom the policy does not let start a run by hand, it does not let start one by schedule.
    let policy = [(".hardstop/policy.yaml", POLICY)];
    for (who, by_hand, why) in [
        (", as: bob@example.com", "bob", "does not allow `bob` to start"),
        (", as: mallory@example.com", "mallory", "does not know `mallory@example.com`"),
    ] {
        let place = with_triggers(&schedule(who), minutes_ago(20), &policy);
        place.expect(4, "advance").says(&["refused", why]);
        let mut program = place.program("run runbooks/asks.yaml");
        let refused = ended(program.env("GIT_AUTHOR_EMAIL", format!("{by_hand}@example.com")));
        assert_eq!(refused.code, Some(4), "{}", refused.text());
        refused.says(&[why]);
        // It is told once, and remembered.
        place.expect(0, "advance").says(&["no live runs"]);
        place.expect(0, "triggers").says(&["refused", why]);
        assert!(place.live().is_empty());
    }
    let nobody = with_triggers(&schedule(""), minutes_ago(20), &policy);
    nobody.expect(4, "advance").says(&["nobody is named", "add `as:`"]);
    // What is opened by hand and by schedule is told apart by nothing but who and why.
    let place = with_triggers(&schedule(", as: alice@example.com"), minutes_ago(20), &policy);
    place.expect(3, "advance");
    let scheduled = place.only();
    place.expect(3, "run runbooks/asks.yaml");
    let by_hand = place.live().into_iter().find(|run| *run != scheduled).unwrap();
    let (one, other) = (place.stand(&scheduled), place.stand(&by_hand));
    for part in ["status", "title", "path", "draft", "solo"] {
        assert_eq!(one[part], other[part], "{part}");
    }
    let header = |run: &RunId| {
        let text = fs::read(place.root().join(format!(".git/hardstop/runs/{run}/run.json")));
        serde_json::from_slice::<Header>(&text.unwrap()).unwrap()
    };
    let (one, other) = (header(&scheduled), header(&by_hand));
    assert_eq!((one.plan, one.inputs, one.parts), (other.plan, other.inputs, other.parts));
    assert_eq!(one.initiator.person, other.initiator.person);
    assert!(one.trigger.is_some() && other.trigger.is_none());
}

#[test]
fn trap_17_a_pending_run_is_never_evicted_by_a_newer_one() {
    let schedule = |overlap: &str| {
        format!(
            "  schedules: [{{id: often, runbook: asks, cron: '*/10 * * * *', missed: run_all, \
             overlap: {overlap}}}]\n"
        )
    };
    let place = with_triggers(&schedule("queue"), minutes_ago(45), &[]);
    place.expect(3, "advance").says(&["opened"]);
    let view = place.json("triggers");
    let pending = |view: &serde_json::Value| -> Vec<String> {
        let list = view["triggers"][0]["pending"].as_array().unwrap().clone();
        list.iter().map(|it| it["at"].as_str().unwrap().to_owned()).collect()
    };
    let mut waiting = pending(&view);
    assert!(waiting.len() >= 3, "{view:#}");
    assert!(waiting.is_sorted(), "{waiting:?}");
    for _ in 0..2 {
        let run = place.only();
        place.expect(0, &format!("tick {run} ready go"));
        // Now that it is closed the next is opened: the oldest, and one alone.
        place.expect(3, "advance");
        assert_ne!(place.only(), run);
        waiting.remove(0);
        assert_eq!(pending(&place.json("triggers"))[..waiting.len()], waiting);
    }
    // Of those that are not to queue, none waits.
    let place = with_triggers(&schedule("skip"), minutes_ago(45), &[]);
    place.expect(3, "advance").says(&["skipped", "is still open"]);
    place.only();
    assert!(pending(&place.json("triggers")).is_empty());
    // And those that may run side by side do.
    let place = with_triggers(&schedule("start"), minutes_ago(45), &[]);
    place.expect(3, "advance");
    assert!(place.live().len() >= 4);
}

#[test]
fn a_merged_request_is_one_run_of_whoever_wrote_it() {
    let requests = "  requests: {folder: requests/, branch: main}\n";
    let policy = POLICY.replace("[alice],", "[bob],");
    let place = with_triggers(requests, minutes_ago(20), &[(".hardstop/policy.yaml", &policy)]);
    let request = "apiVersion: hardstop/v1\nkind: RunRequest\nrunbook: asks\ninputs: {build: 7}\n";
    commit(&place, "bob", minutes_ago(10), &[("requests/a.yaml", request)]);
    place.expect(3, "advance").says(&["requests/a.yaml  opened"]);
    let run = only(&place);
    assert_eq!(run.initiator.person.as_str(), "bob");
    assert_eq!(run.trigger.unwrap().id, "requests/a.yaml");
    let shown = place.json(&format!("show {}", run.run));
    assert_eq!(shown["inputs"]["build"], 7);
    place.expect(3, "advance");
    assert_eq!(place.live().len(), 1);
    // What is wrong is told once, with its line and what to do, and does not block others.
    let wrong = request.replace("runbook:", "runbok:");
    let (b, c) = (("requests/b.yaml", wrong.as_str()), ("requests/c.yaml", request));
    commit(&place, "bob", minutes_ago(9), &[b, c]);
    let told = place.expect(4, "advance");
    told.says(&["requests/b.yaml  refused", "line 3", "did you mean `runbook`?"]);
    told.says(&["requests/c.yaml  opened"]);
    assert!(!place.expect(3, "advance").text().contains("refused"));
    // Mended it is another file, and is run.
    commit(&place, "bob", minutes_ago(8), &[("requests/b.yaml", request)]);
    place.expect(3, "advance").says(&["requests/b.yaml  opened"]);
    assert_eq!(place.live().len(), 3);
    // An input that the runbook does not know, and an author whom the policy does not let start.
    let unknown = request.replace("build: 7", "bild: 7");
    commit(&place, "bob", minutes_ago(7), &[("requests/d.yaml", &unknown)]);
    place.expect(4, "advance").says(&["unknown input `bild`"]);
    commit(&place, "alice", minutes_ago(6), &[("requests/e.yaml", request)]);
    place.expect(4, "advance").says(&["does not allow `alice` to start"]);
    // On another branch nothing counts.
    place.git(&["checkout", "--quiet", "-b", "side"]);
    commit(&place, "bob", minutes_ago(5), &[("requests/f.yaml", request)]);
    place.expect(3, "advance");
    place.expect(0, "triggers").says(&["requests on main; the current commit is not there"]);
    assert_eq!(place.live().len(), 3);
}

#[test]
fn one_key_is_one_run_by_request_and_by_hand() {
    let requests = "  requests: {folder: requests, branch: main}\n";
    let place = with_triggers(requests, minutes_ago(20), &[]);
    let keyed = "apiVersion: hardstop/v1\nkind: RunRequest\nrunbook: asks\n\
                 idempotency_key: spring patch\n";
    commit(&place, "alice", minutes_ago(10), &[("requests/a.yaml", keyed)]);
    place.expect(3, "advance").says(&["requests/a.yaml  opened"]);
    let run = place.only();
    commit(&place, "alice", minutes_ago(9), &[("requests/b.yaml", keyed)]);
    place.expect(3, "advance").says(&["requests/b.yaml  skipped", &run.to_string()]);
    // A request that was run may be changed: its key stays used up.
    commit(&place, "alice", minutes_ago(8), &[("requests/a.yaml", &format!("{keyed}id: a\n"))]);
    place.expect(3, "advance").says(&["requests/a.yaml  skipped"]);
    assert_eq!(place.only(), run);
    let mut program = place.program("run runbooks/asks.yaml");
    let again = ended(program.args(["--key", "spring patch"]));
    assert_eq!(again.code, Some(3), "{}", again.text());
    again.says(&["this key is that of run", run.short()]);
    assert_eq!(place.only(), run);
    // By hand alone, twice at once and once more when it is over.
    let both: Vec<Child> =
        (0..2).map(|_| start(&place, "run runbooks/quick.yaml --key once")).collect();
    for one in both {
        let ended: Ended = one.wait_with_output().unwrap().into();
        assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.text());
    }
    place.expect(0, "run runbooks/quick.yaml --key once").says(&["this key is that of run"]);
    assert_eq!(opened(&place).iter().filter(|run| run.runbook.id.as_str() == "quick").count(), 1);
    place.expect(2, "run runbooks/quick.yaml --key=").says(&["the key is empty"]);
}

#[test]
fn a_run_follows_the_end_of_another_once() {
    let after = "  after: [{id: then, runbook: asks, after: quick}]\n";
    let place = with_triggers(after, minutes_ago(20), &[]);
    place.expect(0, "run runbooks/quick.yaml");
    let first = only(&place);
    place.expect(3, "advance").says(&["then  opened"]);
    let run = place.only();
    place.expect(3, "advance");
    assert_eq!(place.only(), run);
    let trigger = opened(&place).into_iter().find_map(|header| header.trigger).unwrap();
    assert_eq!(trigger.key, format!("after/then/{}", first.run));
    // One that did not end as asked is followed by nothing.
    place.expect(0, &format!("abort {run} --reason enough"));
    place.hardstop("advance");
    let failing = QUICK.replace("[git, --version]", "[git, --no-such-option]");
    place.commit("runbooks/quick.yaml", &failing);
    place.expect(3, "run runbooks/quick.yaml");
    let failed = place.only();
    place.expect(0, &format!("abort {failed} --reason enough"));
    place.hardstop("advance");
    place.expect(0, "advance").says(&["no live runs"]);
}
