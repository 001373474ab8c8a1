//! The deterministic simulator: the real core and the real driver in a world drawn from a seed.
//!
//! Time is virtual, the disk and the evidence branch lie in memory, people and workers are drawn
//! from the seed, and every call of a port is a point where the process may end. After every turn
//! and every crash the invariants of [`invariants`] are held against what is on disk.
//!
//! Most seeds draw a plan; one in twenty tells of a procedure under `runbooks/seeds`. Locks and runs
//! of other runbooks are had from the same world, so that two or three runs go on side by side.
//!
//! * `HARDSTOP_SIM_SEEDS`: how many seeds are run; 5,000 if not given. From that many on, every kind of event,
//!   state and crash point must be reached.
//! * `HARDSTOP_SIM_FROM`: the first of them; 0 if not given.
//! * `HARDSTOP_SIM_SEED`: the one seed to run.
//!
//! A seed that breaks an invariant is saved under `target/seeds/<seed>/` for
//! `hardstop dev replay`.

#![expect(clippy::wildcard_enum_match_arm, reason = "an invariant looks at the events it is about")]

mod actions;
mod between;
mod children;
mod coverage;
mod gates;
mod invariants;
mod ledger;
mod opening;
mod oracle;
mod people;
mod place;
mod plans;
mod ports;
mod seeds;
mod story;
mod world;

use std::{
    env, fs,
    ops::Range,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use coverage::Coverage;
use story::{Failure, tell};
use world::Lie;

const SEEDS: u64 = 5_000;
/// From this many on every kind of event, state and crash point is reached.
const SEEDS_THAT_REACH_ALL: u64 = SEEDS;
/// Enough seeds for a lie to be told at the wrong moment.
const SEEDS_OF_A_LIE: u64 = 100;
/// Failing seeds after which no more are told: what is that broken fails everywhere.
const FAILING_MAX: usize = 200;
/// Every so many seeds it is said how far it is; tests show what they print only if they fail.
const SHOWN_EVERY: u64 = 2_000;

#[test]
fn every_seed_keeps_the_invariants() {
    if let Some(seed) = number("HARDSTOP_SIM_SEED") {
        if let Err(failure) = tell(seed, Lie::None, &mut Coverage::default()) {
            panic!("{}", report(seed, &failure));
        }
        return;
    }
    let seeds = number("HARDSTOP_SIM_SEEDS").unwrap_or(SEEDS);
    let from = number("HARDSTOP_SIM_FROM").unwrap_or(0);
    let (failures, coverage) = tell_all(from..from + seeds, Lie::None);
    if let Some((seed, failure)) = failures.first() {
        let lines = failures.iter().filter_map(|(seed, failure)| {
            Some(format!("seed {seed}: {}\n", failure.message.lines().next()?))
        });
        let (number, lines) = (failures.len(), lines.collect::<String>());
        panic!("{number} of {seeds} seeds broke an invariant\n{lines}\n{}", report(*seed, failure));
    }
    println!("{coverage}");
    if seeds >= SEEDS_THAT_REACH_ALL {
        let missing = coverage.missing();
        assert!(missing.is_empty(), "{seeds} seeds never reached {missing:#?}");
    }
}

#[test]
fn a_seed_is_one_story() {
    for seed in 0..50 {
        let told = || tell(seed, Lie::None, &mut Coverage::default()).unwrap_or_default();
        assert_eq!(told(), told(), "seed {seed} went two ways");
    }
}

#[test]
fn a_journal_that_lies_is_caught() {
    let (failures, _) = tell_all(0..SEEDS_OF_A_LIE, Lie::Journal);
    let caught = failures.iter().any(|(_, failure)| failure.message.contains("were acknowledged"));
    assert!(caught, "appends were acknowledged and lost, and nobody noticed");
}

#[test]
fn a_clock_that_lies_is_caught() {
    let (failures, _) = tell_all(0..SEEDS_OF_A_LIE, Lie::Clock);
    let caught = failures.iter().any(|(_, failure)| failure.message.contains("must hold for"));
    assert!(caught, "hard stops were over too early, and nobody noticed");
}

#[test]
fn a_budget_that_is_not_kept_is_caught() {
    let (failures, _) = tell_all(0..SEEDS_OF_A_LIE, Lie::Budget);
    let caught = failures.iter().any(|(_, failure)| failure.message.contains("budget of failures"));
    assert!(caught, "more items failed than might, and nobody noticed");
}

#[test]
fn what_is_never_set_back_is_caught() {
    let (failures, _) = tell_all(0..SEEDS_OF_A_LIE, Lie::Restore);
    let caught = failures.iter().any(|(_, failure)| failure.message.contains("and due is"));
    assert!(caught, "what was set was left so, and nobody noticed");
}

#[test]
fn evidence_that_is_not_committed_is_caught() {
    let (failures, _) = tell_all(0..SEEDS_OF_A_LIE, Lie::Evidence);
    let caught =
        failures.iter().any(|(_, failure)| failure.message.contains("before the evidence of"));
    assert!(caught, "steps started before evidence was there, and nobody noticed");
}

/// Tells those seeds, on as many threads as there are processors; not all of them if many fail.
#[expect(clippy::print_stdout, reason = "whoever waits for hours wants to see how far it is")]
fn tell_all(seeds: Range<u64>, lie: Lie) -> (Vec<(u64, Failure)>, Coverage) {
    let next = AtomicU64::new(seeds.start);
    let failing = AtomicUsize::new(0);
    let all = Mutex::new((Vec::new(), Coverage::default()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let (mut failures, mut coverage) = (Vec::new(), Coverage::default());
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || failing.load(Ordering::Relaxed) >= FAILING_MAX {
                        break;
                    }
                    let told = seed - seeds.start;
                    if told > 0 && told.is_multiple_of(SHOWN_EVERY) {
                        println!("{told} of {} seeds", seeds.end - seeds.start);
                    }
                    if let Err(failure) = tell(seed, lie, &mut coverage) {
                        let first = failure.message.lines().next().unwrap_or_default();
                        println!("seed {seed}: {first}");
                        failing.fetch_add(1, Ordering::Relaxed);
                        failures.push((seed, failure));
                    }
                }
                let mut all = all.lock().expect("no thread panics");
                all.0.append(&mut failures);
                all.1.merge(&coverage);
            });
        }
    });
    let (mut failures, coverage) = all.into_inner().expect("no thread panics");
    failures.sort_by_key(|(seed, _)| *seed);
    (failures, coverage)
}

/// Saves a failing seed, and says how to look at it.
fn report(seed: u64, failure: &Failure) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in target");
    let folder = target.join("seeds").join(seed.to_string());
    for (path, bytes) in &failure.files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    let folder = folder.display();
    format!(
        "seed {seed}: {}\n\
         again: HARDSTOP_SIM_SEED={seed} cargo test -p hardstop-engine --test sim\n\
         look:  hardstop dev replay {folder}",
        failure.message
    )
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}
