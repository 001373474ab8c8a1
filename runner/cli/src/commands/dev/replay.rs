//! A journal, folded event by event.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs, io,
    path::Path,
};

use hardstop_core::{
    event::Entry,
    header::Header,
    limits::JOURNAL_BYTES_MAX,
    run::{RunState, apply, outstanding},
    view,
};
use hardstop_engine::{
    documents::{sanitise::line, sentence},
    replay::{Replayed, replay as read_back},
};
use hardstop_evidence::{document, layout};

use crate::{
    error::CliError,
    find,
    output::{Printer, ReplayView, ReplayedView, TEXT_MAX},
    read,
    wire::Site,
};

/// Prints every event of a run, and what it changed.
///
/// * `run`: a folder with the files of one, such as a failed simulation leaves; or a run's id or
///   the beginning of it.
pub(super) fn replay(out: &Printer, run: &Path) -> Result<(), CliError> {
    let replayed = if run.join(layout::JOURNAL).is_file() {
        of_folder(run)?
    } else {
        let site = Site::open()?;
        read::replayed(&site, &find::run(&site, &run.to_string_lossy())?)?
    };
    out.answer(&events(&replayed), in_words)
}

fn of_folder(folder: &Path) -> Result<Replayed, CliError> {
    let failed = |path: &str, source| CliError::Path {
        path: folder.join(path).display().to_string(),
        action: "cannot be read",
        source,
    };
    let read = |path: &str| read_bounded(&folder.join(path));
    let run_json = read(layout::RUN).map_err(|source| failed(layout::RUN, source))?;
    let header: Header = document::from_bytes(&run_json)
        .map_err(|error| failed(layout::RUN, io::Error::other(error)))?;
    let journal = read(layout::JOURNAL).map_err(|source| failed(layout::JOURNAL, source))?;
    // The last line may have been torn by a crash, and then has not happened.
    let whole = journal.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    read_back(&header.run, &journal[..whole], read)
        .map_err(|source| CliError::Replay { run: header.run, source })
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > JOURNAL_BYTES_MAX {
        let why = format!("it has more than {JOURNAL_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    fs::read(path)
}

fn events(replayed: &Replayed) -> ReplayView {
    let end = &replayed.snapshot.state;
    let mut state = replayed.beginning.clone();
    let mut before = Picture::of(&state);
    let mut events = Vec::new();
    for Entry { seq, epoch, at, event, .. } in &replayed.entries {
        apply(&mut state, event, at);
        let after = Picture::of(&state);
        events.push(ReplayedView {
            seq: *seq,
            at: at.wall.to_string(),
            epoch: epoch.0,
            event: line(&sentence(event), TEXT_MAX),
            changed: before.changes(&after),
        });
        before = after;
    }
    ReplayView { run: end.header().run.to_string(), events }
}

/// What is compared before and after an event.
struct Picture {
    /// By what it is of: the run as a whole, or a step.
    words: BTreeMap<String, &'static str>,
    outstanding: BTreeSet<String>,
}

impl Picture {
    fn of(state: &RunState) -> Self {
        let steps = state.steps();
        let mut words: BTreeMap<String, &'static str> =
            steps.map(|step| (step.id.to_string(), view::step_word(state, step.state))).collect();
        // No step can have a name with a space.
        words.insert("the run".to_owned(), view::status(state).word());
        let outstanding = outstanding(state).map(|effect| effect.id().to_string()).collect();
        Self { words, outstanding }
    }

    fn changes(&self, after: &Self) -> Vec<String> {
        let words = after.words.iter().filter_map(|(of, word)| {
            let old = self.words.get(of).filter(|old| *old != word)?;
            Some(format!("{of}: {old} -> {word}"))
        });
        let new = after.outstanding.difference(&self.outstanding).map(|id| format!("+ {id}"));
        let gone = self.outstanding.difference(&after.outstanding).map(|id| format!("- {id}"));
        words.chain(new).chain(gone).collect()
    }
}

fn in_words(view: &ReplayView) -> String {
    let mut text = format!("run {}\n", view.run);
    // Writing to a String cannot fail.
    for ReplayedView { seq, at, epoch, event, changed } in &view.events {
        let _ = write!(text, "{seq:>4} {at} e{epoch} {event}");
        if !changed.is_empty() {
            let _ = write!(text, "  [{}]", changed.join("; "));
        }
        text.push('\n');
    }
    text
}
