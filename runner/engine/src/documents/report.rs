//! `REPORT.md`: what a run did, as written against as executed.

use hardstop_core::{
    event::{Artifact, Binding, Entry, Event, ShownEvidence},
    ids::StepId,
    run::{Ending, Placed, RunState},
    view::step_word,
};
use serde::Serialize;

use super::{
    deviation::{self, Deviation},
    facts::Facts,
    history::{self, Past, Request},
    people::{self, Person, account},
    render::{Rows, render},
    sentence::{sentence, word},
};

/// The run's report, as Markdown; of an open run, what there is to tell so far.
///
/// * `entries`: the journal that was folded into `state`.
///
/// Links are relative to the run's folder on the evidence branch. The report is derived from the
/// journal and proves nothing by itself, which it says.
pub fn report(state: &RunState, entries: &[Entry]) -> String {
    let past = history::of(entries);
    let steps = state.steps().map(|placed| StepView::of(state, &past, placed));
    let evidence = state
        .steps()
        .flat_map(|Placed { id, .. }| state.artifacts(id).iter().map(move |file| (id, file)));
    let gates = state.steps().flat_map(|Placed { id, .. }| {
        let requests = past.get(id).map_or(&[][..], |past| &past.requests);
        requests.iter().map(move |request| (id, request))
    });
    let deviations = deviation::all(state, entries, &past);
    let view = View {
        facts: Facts::of(state),
        result: result(state),
        took: took(state, entries),
        people: people::of(entries),
        steps: steps.collect(),
        evidence: Rows::of(&evidence.collect::<Vec<_>>(), |(id, file)| FileView::of(id, file)),
        gates: Rows::of(&gates.collect::<Vec<_>>(), |(id, request)| GateView::of(id, request)),
        deviations: Rows::of(&deviations, |it| it),
        timeline: Rows::of(entries, Moment::of),
    };
    render("report", &view)
}

#[derive(Serialize)]
struct View<'a> {
    facts: Facts,
    result: String,
    took: String,
    people: Vec<Person>,
    steps: Vec<StepView>,
    evidence: Rows<FileView>,
    gates: Rows<GateView>,
    deviations: Rows<&'a Deviation>,
    timeline: Rows<Moment>,
}

fn result(state: &RunState) -> String {
    match state.ending() {
        Ending::Working => "none yet: the run is open".to_owned(),
        Ending::BackingOut(result) => {
            format!("{}, once what has to be taken back is", word(result))
        }
        Ending::Finishing(result) => format!("{}, once the final steps are over", word(result)),
        Ending::Closed(result) => word(result).to_owned(),
    }
}

fn took(state: &RunState, entries: &[Entry]) -> String {
    let closed = entries.last().and_then(|entry| {
        let Event::RunClosed { took, .. } = entry.event else { return None };
        Some(took.to_string())
    });
    let so_far = || {
        let (opened, last) = (state.opened()?, state.last()?.wall);
        Some(format!("{} up to the last event", last.since(opened)))
    };
    closed.or_else(so_far).unwrap_or_default()
}

#[derive(Serialize)]
struct StepView {
    id: String,
    kind: &'static str,
    state: &'static str,
    attempts: u32,
    started: String,
    took: String,
    files: usize,
}

impl StepView {
    fn of(run: &RunState, past: &Past<'_>, Placed { id, step, state }: Placed<'_>) -> Self {
        let (started, ended) = run.times(id);
        let took = started.zip(ended).map(|(started, ended)| ended.since(started).to_string());
        Self {
            id: id.to_string(),
            kind: step.kind.name(),
            state: step_word(run, state),
            attempts: past.get(id).map_or(0, |past| past.attempts),
            started: started.map(|at| at.to_string()).unwrap_or_default(),
            took: took.unwrap_or_default(),
            files: run.artifacts(id).len(),
        }
    }
}

/// A file kept as evidence.
#[derive(Serialize)]
struct FileView {
    step: String,
    path: String,
    digest: String,
    bytes: String,
}

impl FileView {
    fn of(id: &StepId, file: &Artifact) -> Self {
        let mut bytes = file.size_bytes.to_string();
        if file.original_bytes != file.size_bytes {
            bytes = format!("{bytes} of {}", file.original_bytes);
        }
        if file.redactions > 0 {
            bytes = format!("{bytes}, secrets masked: {}", file.redactions);
        }
        let digest = file.digest.hex();
        Self { step: id.to_string(), path: file.path.clone(), digest, bytes }
    }
}

/// A request for approval, and what came of it.
#[derive(Serialize)]
struct GateView {
    step: String,
    number: u32,
    code: String,
    digest: String,
    asked: String,
    end: String,
    bound: [(&'static str, String); 4],
    files: Rows<(String, String)>,
    votes: Vec<String>,
}

impl GateView {
    fn of(id: &StepId, request: &Request<'_>) -> Self {
        let Binding { runbook, plan, inputs, policy, shown } = request.binding;
        let bound = [("runbook", runbook), ("plan", plan), ("inputs", inputs), ("policy", policy)];
        let file = |file: &ShownEvidence| (file.path.clone(), file.digest.hex());
        let votes = request.votes.iter().map(|(at, by, comment)| {
            let comment = comment.map(|said| format!(": {said}")).unwrap_or_default();
            format!("yes from {by}, {}, at {at}{comment}", account(&by.actor))
        });
        let end = request.end.map(|entry| format!("{}: {}", entry.ts(), sentence(&entry.event)));
        Self {
            step: id.to_string(),
            number: request.number.0,
            code: request.digest.code(),
            digest: request.digest.hex(),
            asked: format!("{}, until {}", request.asked, request.expires),
            end: end.unwrap_or_else(|| "open".to_owned()),
            bound: bound.map(|(what, digest)| (what, digest.hex())),
            files: Rows::of(shown, file),
            votes: votes.collect(),
        }
    }
}

/// A line of the timeline.
#[derive(Serialize)]
struct Moment {
    seq: u64,
    at: String,
    text: String,
}

impl Moment {
    fn of(entry: &Entry) -> Self {
        Self { seq: entry.seq, at: entry.ts().to_string(), text: sentence(&entry.event) }
    }
}
