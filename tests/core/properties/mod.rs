//! Properties of any run under any order of inputs.
//!
//! The bench itself checks after every input that the fold from nothing gives the same state, that
//! work under way has unique names, and that the input given twice adds nothing.

mod invariants;
mod world;

use hardstop_core::run::{Ending, StepState, outstanding};
use hardstop_core::{effect::Effect, run::RunState};
use hardstop_tests_kit::bench::Bench;
use proptest::{collection::vec, prelude::*, test_runner::Config};

use world::{Move, moves, plans};

proptest! {
    #![proptest_config(Config { cases: 64, failure_persistence: None, ..Config::default() })]

    /// Whatever is done to a run, in whatever order, the invariants hold after every event, and it
    /// is never stuck without a word.
    #[test]
    fn any_order_of_inputs_keeps_the_invariants(plan in plans(), moves in vec(moves(), 1..70)) {
        let mut bench = Bench::team(&plan);
        let mut shadow = bench.fold(0);
        let mut seen = 0;
        let mut done = Vec::new();
        for step in &moves {
            let line = step.line(&bench);
            let happened = step.make(&mut bench);
            done.push(format!("{line:<28} | {happened}"));
            let check = (|| {
                while seen < bench.journal.len() {
                    invariants::hold(&bench, &shadow, seen)?;
                    let (event, at) = &bench.journal[seen];
                    hardstop_core::run::apply(&mut shadow, event, at);
                    seen += 1;
                }
                never_stuck(&bench)
            })();
            prop_assert!(check.is_ok(), "{}\n{plan}\n{}", check.unwrap_err(), done.join("\n"));
        }
        let due = wake_ups_lead_on(&bench);
        prop_assert!(due.is_ok(), "{}\n{plan}\n{}", due.unwrap_err(), done.join("\n"));
    }
}

/// If nothing is under way and the run is not over, somebody's word moves it.
fn never_stuck(bench: &Bench) -> Result<(), String> {
    let state = &bench.state;
    let closed = matches!(state.ending(), Ending::Closed(_));
    let running = state.active().any(|step| matches!(step.state, StepState::Running { .. }));
    if closed || running || outstanding(state).next().is_some() {
        return Ok(());
    }
    let mut words = vec!["bob: lift".to_owned(), "evidence ok".to_owned()];
    for step in state.steps() {
        let id = step.id;
        words.extend([format!("bob: retry {id}"), format!("bob: attest {id} file=9")]);
    }
    let moves = |word: &String| {
        let mut trial = bench.clone();
        trial.policy = world::newest(bench);
        let happened = trial.give(word);
        happened != "-" && !happened.starts_with("refused")
    };
    if words.iter().any(moves) {
        Ok(())
    } else {
        Err("nothing is under way, and no verb helps".into())
    }
}

/// Once its instant has come and the run has been told, a wake-up is not asked for again.
fn wake_ups_lead_on(bench: &Bench) -> Result<(), String> {
    let wakes = |state: &RunState| -> Vec<Effect> {
        outstanding(state).filter(|effect| matches!(effect, Effect::Wake { .. })).collect()
    };
    for effect in wakes(&bench.state) {
        let Effect::Wake { at, .. } = &effect else { continue };
        let mut trial = bench.clone();
        trial.policy = world::newest(bench);
        trial.pass(at.since(bench.now.wall).0);
        trial.give("wake");
        if wakes(&trial.state).contains(&effect) {
            return Err(format!("{effect:?} is still asked for when it is over"));
        }
    }
    Ok(())
}

/// Every kind of move leads somewhere: a strategy that only ever got refusals would prove nothing.
#[test]
fn the_moves_reach_every_kind_of_end() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..80 {
        let plan = plans().new_tree(&mut runner).expect("a plan").current();
        let all: Vec<Move> = vec(moves(), 70).new_tree(&mut runner).expect("moves").current();
        let mut bench = Bench::team(&plan);
        for step in &all {
            step.make(&mut bench);
        }
        seen.insert(hardstop_tests_kit::picture::ending(bench.state.ending()));
        seen.extend(bench.journal.iter().map(|(event, _)| world::kind(event)));
    }
    let ends = ["closed succeeded", "closed incomplete", "closed failed", "closed aborted"];
    let events =
        ["ApprovalVoided", "AttemptLost", "GateExpired", "HardStopElapsed", "StepAttested"];
    for wanted in ends.iter().chain(&events) {
        assert!(seen.contains(*wanted), "{wanted} was never reached: {seen:?}");
    }
}
