//! Journals that released versions wrote, and the states they fold to. See `README.md`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod shown;

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use hardstop_core::{event::Event, header::Header, run::apply};
use hardstop_engine::replay::{Replayed, replay};
use shown::Shown;

/// Writes the records of a history that has none yet.
const RECORD: &str = "HARDSTOP_RECORD_HISTORIES";

fn histories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

fn read_back(history: &Path) -> Replayed {
    let read = |name: &str| -> io::Result<Vec<u8>> { fs::read(history.join(name)) };
    let header: Header = serde_json::from_slice(&read("run.json").unwrap()).unwrap();
    let journal = read("journal.jsonl").unwrap();
    let replayed = replay(&header.run, &journal, read);
    replayed.unwrap_or_else(|error| panic!("{}: {error}", history.display()))
}

fn kind(event: &Event) -> String {
    serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned()
}

/// What each event changed of what there is to see: `+` for what is so since, `-` for what was.
fn trail(run: &Replayed) -> String {
    let mut text = String::new();
    let mut state = run.beginning.clone();
    let mut before = Shown::of(&state);
    for entry in &run.entries {
        apply(&mut state, &entry.event, &entry.at);
        let after = Shown::of(&state);
        writeln!(text, "{} {} at {}", entry.seq, kind(&entry.event), entry.at.wall).unwrap();
        for (mark, changed) in [("-", before.beyond(&after)), ("+", after.beyond(&before))] {
            for line in changed {
                writeln!(text, "  {mark} {line}").unwrap();
            }
        }
        before = after;
    }
    text
}

#[track_caller]
fn is_as_recorded(history: &Path, name: &str, found: &str) {
    let recorded = history.join(name);
    if env::var_os(RECORD).is_some() && !recorded.exists() {
        fs::write(&recorded, found).unwrap();
    }
    let wanted = fs::read_to_string(&recorded).unwrap_or_default();
    assert!(
        found == wanted,
        "{}: it folds to\n{found}\nand the record says\n{wanted}",
        recorded.display()
    );
}

#[test]
fn every_released_journal_folds_to_its_recorded_state() {
    let histories = histories();
    assert!(!histories.is_empty());
    for history in histories {
        let run = read_back(&history);
        is_as_recorded(&history, "state.txt", &Shown::of(&run.snapshot.state).text());
        is_as_recorded(&history, "trail.txt", &trail(&run));
    }
}

/// A kind without a history is one that the next version may misread unseen.
#[test]
fn the_histories_hold_every_kind_of_event() {
    let runs = histories().into_iter().map(|history| read_back(&history));
    let held: BTreeSet<String> =
        runs.flat_map(|run| run.entries).map(|entry| kind(&entry.event)).collect();
    // A reader that does not know a kind names all that it knows.
    let error = serde_json::from_str::<Event>(r#"{"type":"?"}"#).unwrap_err().to_string();
    let known: BTreeSet<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(held, known);
}

/// Every file of a folder, however deep: later plans and requests lie in folders of their own.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_history_names_no_machine() {
    for history in histories() {
        for file in files(&history) {
            let text = fs::read_to_string(&file).unwrap();
            for named in ["/root", "/tmp", "/home"] {
                assert!(!text.contains(&format!("\"{named}")), "{} in {}", named, file.display());
            }
        }
    }
}
