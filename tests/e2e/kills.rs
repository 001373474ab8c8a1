//! The backup drill while its runner is killed again and again.

use std::{
    collections::BTreeMap, env, fs, os::unix::process::ExitStatusExt as _, process::Stdio,
    thread::sleep, time::Duration,
};

use fastrand::Rng;
use hardstop_core::{
    event::{Event, RunResult},
    ids::RunId,
};

use crate::{
    journal::{nothing_is_done_twice, nothing_lives_on, recorded, result},
    place::{Place, RUNBOOK, say},
};

/// How often the runner is killed while a run is live.
const KILLS: u32 = 50;
/// Commands one drill may take; it needs about ten when nobody is killed.
const COMMANDS_MAX: u32 = 200;
/// Where the drill that leaves traces lies.
const COUNTED: &str = "runbooks/counted.yaml";
/// Names the seed of a failed run, to see it again.
const SEED: &str = "HARDSTOP_TEST_SEED";

/// The drill as it stands in `runbooks/`, with a hard stop a test can sit out.
fn drill() -> String {
    let text = include_str!("../../runbooks/backup-drill.yaml");
    let quick = text.replace("hard_stop: {for: 10s,", "hard_stop: {for: 1s,");
    assert_ne!(quick, text, "the drill's hard stop is not what this test shortens");
    quick
}

/// The drill with every script noting that it ran, in a file that only grows.
fn counted() -> String {
    let text = drill();
    let note = "echo \"$HARDSTOP_RUN $HARDSTOP_STEP $HARDSTOP_ATTEMPT\" >> .git/ran.txt";
    let counted = text
        .replace("          script: |\n", &format!("          script: |\n            {note}\n"));
    assert_eq!(counted.matches(note).count(), 7, "the drill's scripts are not what they were");
    counted
}

/// A random source, and its seed on stderr for whoever has to see a failure again.
pub(crate) fn random() -> Rng {
    let seed = env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    say(&format!("to see it again: {SEED}={seed}\n"));
    Rng::with_seed(seed)
}

/// Runs the program, and kills it after `life`. Whether it was still at work then.
pub(crate) fn kill(place: &Place, line: &str, life: Duration) -> bool {
    let mut command = place.program(line);
    let mut runner = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    sleep(life);
    runner.kill().unwrap();
    runner.wait().unwrap().signal() == Some(9)
}

/// People and the timer, who do what the program says is next.
struct Operators<'a> {
    place: &'a Place,
    random: Rng,
    kills: u32,
}

impl Operators<'_> {
    /// Takes one drill to its end, and gives its id.
    fn drill(&mut self, runbook: &str) -> RunId {
        while self.place.live().is_empty() {
            self.command(&format!("run {runbook}"));
        }
        let run = self.place.only();
        for _ in 0..COMMANDS_MAX {
            // It may end at any moment, even in the hands of a runner that is then killed.
            if self.place.live().is_empty() {
                return run;
            }
            let line = self.next(&run);
            self.command(&line);
        }
        panic!("{run} does not end: {:#}", self.place.stand(&run));
    }

    /// What the program says is next, as a person would type it.
    fn next(&self, run: &RunId) -> String {
        let stand = self.place.stand(run);
        let next = stand["next"][0].as_str().unwrap_or("hardstop advance");
        let typed = next.strip_prefix("hardstop ").unwrap().replace("<text>", "vault-7");
        if typed.starts_with("advance") { format!("{typed} --wait 3s") } else { typed }
    }

    /// Runs a command, and mostly kills it.
    fn command(&mut self, line: &str) {
        let life_max =
            if line.starts_with("run") || line.starts_with("advance") { 900 } else { 200 };
        let life = Duration::from_millis(self.random.u64(0..life_max));
        if self.kills == KILLS || self.random.u8(0..4) == 0 {
            let ended = self.place.hardstop(line);
            assert!(matches!(ended.code, Some(0 | 3)), "hardstop {line}\n{}", ended.text());
            return;
        }
        let before = self.place.live();
        let killed = kill(self.place, line, life);
        if killed && !(before.is_empty() && self.place.live().is_empty()) {
            self.kills += 1;
        }
    }
}

#[test]
fn the_drill_ends_however_often_its_runner_is_killed() {
    let place = Place::with(&drill());
    place.commit(COUNTED, &counted());
    let mut operators = Operators { place: &place, random: random(), kills: 0 };
    let mut drills = 0;
    while operators.kills < KILLS {
        // Every other drill leaves traces of each attempt outside the journal.
        let is_counted = drills % 2 == 1;
        let run = operators.drill(if is_counted { COUNTED } else { RUNBOOK });
        let events = recorded(&place, &run);
        assert_eq!(result(&events), RunResult::Succeeded);
        nothing_is_done_twice(&events);
        nothing_lives_on(&run);
        if is_counted {
            each_attempt_ran_once(&place, &run, &events);
        }
        drills += 1;
    }
    place.is_sound();
    assert_eq!(place.json("verify")["runs"], drills);
}

/// Compares the traces that the attempts left with what the journal says of them.
fn each_attempt_ran_once(place: &Place, run: &RunId, events: &[Event]) {
    let traces = fs::read_to_string(place.root().join(".git/ran.txt")).unwrap();
    let mut ran: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for trace in traces.lines() {
        let mut words = trace.split(' ');
        if words.next() == Some(run.as_str()) {
            let (step, attempt) = (words.next().unwrap(), words.next().unwrap());
            ran.entry(step.to_owned()).or_default().push(attempt.parse().unwrap());
        }
    }
    assert_eq!(ran.len(), 7, "{ran:?}");
    for event in events {
        let Event::StepSucceeded { step, attempt, .. } = event else { continue };
        let Some(attempts) = ran.get(step.as_str()) else { continue };
        assert!(attempts.is_sorted_by(|a, b| a < b), "{step} made an attempt twice: {attempts:?}");
        assert_eq!(attempts.last().unwrap().to_string(), attempt.to_string(), "{step}");
    }
}
