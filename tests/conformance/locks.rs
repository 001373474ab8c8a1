//! What every implementation of [`Locks`] must do, run against each of them; then what only files
//! on a disk can show: other processes, runs that are gone, damage.

#![expect(clippy::needless_pass_by_value, reason = "each case has a store of its own")]
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

use std::{fs, thread};

use hardstop_core::{ids::RunId, time::Timestamp};
use hardstop_journal::{FileLocks, Holder, LiveRuns};
use hardstop_ports::{
    fakes::MemoryLocks,
    locks::{Asker, Locks},
};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn run(letter: char) -> RunId {
    format!("{}-20261120-155332", String::from(letter).repeat(10)).parse().unwrap()
}

fn asker(run: &RunId, step: &str) -> Asker {
    let step = Some(step.parse().unwrap());
    Asker { run: run.clone(), step, runs_around: Vec::new(), steps_around: Vec::new() }
}

/// A step of a run that is part of others, the nearest first.
fn part(letter: char, around: &str) -> Asker {
    Asker { runs_around: around.chars().map(run).collect(), ..asker(&run(letter), "x") }
}

/// Asks; the letters and steps of those that go first.
fn told(locks: &impl Locks, asker: &Asker, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let first = locks.ask(asker, &names, NOW).unwrap();
    let each = first.iter().map(|ticket| {
        let step = ticket.asker.step.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{}{step}", &ticket.asker.run.as_str()[..1])
    });
    each.collect::<Vec<_>>().join(" ")
}

/// Asks on behalf of run `letter`; the letters of the runs that go first.
fn ask(locks: &impl Locks, letter: char, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let first = locks.ask(&asker(&run(letter), "x"), &names, NOW).unwrap();
    first.iter().filter_map(|ticket| ticket.asker.run.as_str().chars().next()).collect()
}

fn one_holds_and_the_others_follow_in_the_order_of_asking(locks: impl Locks) {
    assert_eq!(ask(&locks, 'a', &["db"]), "");
    assert_eq!(ask(&locks, 'b', &["db"]), "a");
    assert_eq!(ask(&locks, 'c', &["db"]), "ab");
    assert_eq!(ask(&locks, 'b', &["db"]), "a", "asking again keeps the place");
    locks.release(&asker(&run('a'), "x")).unwrap();
    assert_eq!(ask(&locks, 'c', &["db"]), "b", "first come, first served, whoever looks first");
    assert_eq!(ask(&locks, 'b', &["db"]), "");
    locks.release(&asker(&run('b'), "x")).unwrap();
    assert_eq!(ask(&locks, 'c', &["db"]), "");
}

/// Peers' trap 17: a run that waits is never evicted by a newer one.
fn trap_17_a_run_that_waits_is_never_evicted(locks: impl Locks) {
    assert_eq!(ask(&locks, 'a', &["db"]), "");
    assert_eq!(ask(&locks, 'b', &["db"]), "a");
    for newer in 'c'..='z' {
        ask(&locks, newer, &["db"]);
    }
    locks.release(&asker(&run('a'), "x")).unwrap();
    assert_eq!(ask(&locks, 'b', &["db"]), "");
}

fn all_names_are_had_at_once_or_none(locks: impl Locks) {
    assert_eq!(ask(&locks, 'a', &["x"]), "");
    assert_eq!(ask(&locks, 'b', &["y", "x"]), "a");
    assert_eq!(ask(&locks, 'c', &["y"]), "b", "who came first is not starved by who needs less");
    assert_eq!(ask(&locks, 'd', &["z"]), "", "what nobody wants is free");
    assert_eq!(ask(&locks, 'b', &["x", "y"]), "a", "in whatever order they are named");
}

fn of_two_steps_of_one_run_one_has_it(locks: impl Locks) {
    let [x, y] = ["x", "y"].map(|step| asker(&run('a'), step));
    assert_eq!(told(&locks, &x, &["db"]), "");
    assert_eq!(told(&locks, &y, &["db"]), "ax");
    assert_eq!(told(&locks, &x, &["db"]), "", "who has it has it");
    locks.release(&x).unwrap();
    assert_eq!(told(&locks, &y, &["db"]), "");
}

fn what_is_around_an_asker_does_not_keep_it_waiting(locks: impl Locks) {
    let (outer, innermost) = (part('a', ""), part('c', "ba"));
    assert_eq!(told(&locks, &outer, &["db"]), "");
    assert_eq!(told(&locks, &part('d', ""), &["db"]), "ax");
    assert_eq!(
        told(&locks, &innermost, &["db"]),
        "",
        "ahead of `d`, which waits for what is around"
    );
    assert_eq!(told(&locks, &part('d', ""), &["db"]), "ax cx");
    locks.release(&outer).unwrap();
    assert_eq!(told(&locks, &part('d', ""), &["db"]), "cx");
    assert_eq!(told(&locks, &outer, &["db"]), "dx cx", "what is within is another");
    locks.release(&innermost).unwrap();
    assert_eq!(told(&locks, &part('d', ""), &["db"]), "");
}

fn what_is_around_a_step_does_not_keep_it_waiting(locks: impl Locks) {
    let block = asker(&run('a'), "block");
    let within = |step| Asker {
        steps_around: block.step.iter().cloned().collect(),
        ..asker(&run('a'), step)
    };
    assert_eq!(told(&locks, &block, &["db"]), "");
    assert_eq!(told(&locks, &within("x"), &["db"]), "");
    assert_eq!(told(&locks, &within("y"), &["db"]), "ax");
}

fn who_waits_for_what_is_around_an_asker_does_not_go_before_it(locks: impl Locks) {
    let names = ["db", "x", "y"];
    assert_eq!(told(&locks, &part('a', ""), &["db"]), "");
    assert_eq!(told(&locks, &part('c', ""), &names[..2]), "ax");
    assert_eq!(told(&locks, &part('d', ""), &names[1..]), "cx");
    // `d` waits for `c`, and `c` for `a`, which waits for its part.
    assert_eq!(told(&locks, &part('b', "a"), &["y"]), "");
    assert_eq!(told(&locks, &part('e', ""), &["y"]), "dx bx");
}

fn of_two_runs_within_a_run_one_has_what_it_holds(locks: impl Locks) {
    assert_eq!(told(&locks, &part('a', ""), &["db"]), "");
    assert_eq!(told(&locks, &part('b', "a"), &["db"]), "");
    assert_eq!(told(&locks, &part('c', "a"), &["db"]), "bx");
    assert_eq!(told(&locks, &part('d', "a"), &["db"]), "bx cx", "in the order of asking");
    locks.release(&part('b', "a")).unwrap();
    assert_eq!(told(&locks, &part('d', "a"), &["db"]), "cx");
    assert_eq!(told(&locks, &part('c', "a"), &["db"]), "");
}

fn the_list_says_who_holds_since_when_and_who_waits(locks: impl Locks) {
    ask(&locks, 'a', &["db"]);
    ask(&locks, 'b', &["db"]);
    let list = locks.list().unwrap();
    assert_eq!(list.iter().map(|it| it.number).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(list.iter().map(|it| it.held).collect::<Vec<_>>(), [Some(NOW), None]);
    assert_eq!(list[1].asker, asker(&run('b'), "x"));
    assert_eq!(list[1].names, ["db"]);
    locks.release(&asker(&run('z'), "x")).expect("who holds nothing gives nothing back");
}

macro_rules! conformance {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $case() { super::$case(super::MemoryLocks::default()); })+
        }
        mod files {
            $(#[test] fn $case() {
                let place = super::Disk::new();
                super::$case(place.locks());
            })+
        }
    };
}

conformance!(
    one_holds_and_the_others_follow_in_the_order_of_asking,
    trap_17_a_run_that_waits_is_never_evicted,
    all_names_are_had_at_once_or_none,
    of_two_steps_of_one_run_one_has_it,
    what_is_around_an_asker_does_not_keep_it_waiting,
    what_is_around_a_step_does_not_keep_it_waiting,
    who_waits_for_what_is_around_an_asker_does_not_go_before_it,
    of_two_runs_within_a_run_one_has_what_it_holds,
    the_list_says_who_holds_since_when_and_who_waits,
);

/// A repository's git directory with a live run for each letter.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        for letter in 'a'..='z' {
            fs::create_dir_all(disk.run(letter)).unwrap();
        }
        disk
    }

    fn run(&self, letter: char) -> std::path::PathBuf {
        self.0.path().join("hardstop/runs").join(run(letter).as_str())
    }

    fn queue(&self) -> std::path::PathBuf {
        self.0.path().join("hardstop/locks/queue.json")
    }

    fn locks(&self) -> FileLocks {
        let (host, command) = ("machine".to_owned(), "hardstop run".to_owned());
        LiveRuns::new(self.0.path(), Holder { pid: 1, host, since: NOW, command }).locks()
    }
}

#[test]
fn another_process_sees_the_same_queue() {
    let disk = Disk::new();
    assert_eq!(ask(&disk.locks(), 'a', &["db"]), "");
    assert_eq!(ask(&disk.locks(), 'b', &["db"]), "a");
}

#[test]
fn the_requests_of_a_run_that_is_gone_go_with_it() {
    let disk = Disk::new();
    let locks = disk.locks();
    ask(&locks, 'a', &["db"]);
    assert_eq!(ask(&locks, 'b', &["db"]), "a");
    fs::remove_dir(disk.run('a')).unwrap();
    assert_eq!(ask(&locks, 'b', &["db"]), "");
    assert_eq!(locks.list().unwrap().len(), 1);
}

/// Peers' trap 21: if the store fails, nobody has the lock.
#[test]
fn trap_21_a_store_that_cannot_be_read_gives_no_lock() {
    let disk = Disk::new();
    let locks = disk.locks();
    ask(&locks, 'a', &["db"]);
    let whole = fs::read(disk.queue()).unwrap();
    for damaged in [&b""[..], b"{", b"{\"next\":0,\"tickets\":[],\"more\":1}"] {
        fs::write(disk.queue(), damaged).unwrap();
        let error = locks.ask(&asker(&run('b'), "x"), &["db".to_owned()], NOW).unwrap_err();
        assert!(error.path.ends_with("queue.json"), "{error}");
        locks.list().unwrap_err();
        locks.release(&asker(&run('a'), "x")).unwrap_err();
        assert_eq!(fs::read(disk.queue()).unwrap(), damaged, "what cannot be read is left alone");
    }
    fs::write(disk.queue(), whole).unwrap();
    assert_eq!(ask(&locks, 'b', &["db"]), "a");
}

#[test]
fn trap_21_a_broken_fake_gives_no_lock_either() {
    let locks = MemoryLocks::default();
    locks.set_broken(true);
    locks.ask(&asker(&run('a'), "x"), &["db".to_owned()], NOW).unwrap_err();
    locks.set_broken(false);
    assert_eq!(ask(&locks, 'b', &["db"]), "", "nothing was kept of the request that failed");
}

#[test]
fn of_many_at_once_exactly_one_has_it() {
    let disk = Disk::new();
    let holders = thread::scope(|scope| {
        let ask = |letter| {
            let locks = disk.locks();
            scope.spawn(move || ask(&locks, letter, &["db"]).is_empty())
        };
        let asked: Vec<_> = ('a'..='z').map(ask).collect();
        asked.into_iter().map(|it| it.join().unwrap()).filter(|held| *held).count()
    });
    assert_eq!(holders, 1);
    assert_eq!(disk.locks().list().unwrap().len(), 26);
}
