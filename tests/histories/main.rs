//! Journals that released versions wrote, and the states they fold to. See `README.md`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    env,
    fmt::{Display, Write as _},
    fs, io,
    path::{Path, PathBuf},
};

use hardstop_core::{
    header::Header,
    run::{Placed, RunState, outstanding},
    view,
};
use hardstop_engine::replay::replay;

/// Writes the state of a history that has none yet.
const RECORD: &str = "HARDSTOP_RECORD_HISTORIES";
const STATE: &str = "state.txt";

fn histories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

fn fold(history: &Path) -> RunState {
    let read = |name: &str| -> io::Result<Vec<u8>> { fs::read(history.join(name)) };
    let header: Header = serde_json::from_slice(&read("run.json").unwrap()).unwrap();
    let journal = read("journal.jsonl").unwrap();
    let replayed = replay(&header.run, &journal, read);
    replayed.unwrap_or_else(|error| panic!("{}: {error}", history.display())).snapshot.state
}

/// All of the state that people can see, in words that do not change with the names in the code.
fn rendered(state: &RunState) -> String {
    fn or_none<T: Display>(value: Option<T>) -> String {
        value.map_or_else(|| "-".to_owned(), |value| value.to_string())
    }
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").unwrap();
    line(format!("run: {}", state.header().run));
    line(format!("status: {}", view::status(state)));
    line(format!("events: {}, epoch {}", state.next_seq(), state.epoch().0));
    line(format!("opened: {}", or_none(state.opened())));
    line(format!("last: {}", or_none(state.last().map(|last| last.wall))));
    line(format!("policy: {}", or_none(state.policy().map(|(v, digest)| format!("{v} {digest}")))));
    line(format!("hold: {}", or_none(state.hold().map(|(by, why)| format!("{by}: {why}")))));
    line(format!("abort: {}", or_none(state.abort().map(|(by, why)| format!("{by}: {why}")))));
    line(format!("clock held: {}", state.clock_held()));
    line(format!("evidence blocked: {}", or_none(state.evidence_blocked())));
    line(format!("checkpoint: {}", or_none(state.checkpoint())));
    line(format!("open items: {}", state.open_items().len()));
    line(format!("under way: {}", outstanding(state).count()));
    for Placed { id, state: at, .. } in state.steps() {
        let (started, ended) = state.times(id);
        line(format!("\n{id}: {}", view::step_word(state, at)));
        line(format!("  from {} to {}", or_none(started), or_none(ended)));
        for (name, value) in state.outputs(id).into_iter().flatten() {
            line(format!("  {name} = {}", serde_json::to_string(value).unwrap()));
        }
        for artifact in state.artifacts(id) {
            let (path, bytes, digest) = (&artifact.path, artifact.size_bytes, artifact.digest);
            line(format!("  {path}: {bytes} bytes, {digest}"));
        }
    }
    text
}

#[test]
fn every_released_journal_folds_to_its_recorded_state() {
    let histories = histories();
    assert!(!histories.is_empty());
    for history in histories {
        let (found, recorded) = (rendered(&fold(&history)), history.join(STATE));
        if env::var_os(RECORD).is_some() && !recorded.exists() {
            fs::write(&recorded, &found).unwrap();
        }
        let wanted = fs::read_to_string(&recorded).unwrap_or_default();
        assert!(
            found == wanted,
            "{}: folds to\n{found}\nand the record says\n{wanted}",
            history.display()
        );
    }
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
