//! All of a run's state that people can see, in words that do not change with the names in the
//! code: those of the views, and of what is stored.

use std::fmt::{Display, Write as _};

use hardstop_core::{
    effect::Effect,
    event::OpenItem,
    ids::StepId,
    run::{Ending, Placed, RunState, StepState, outstanding},
    view,
};
use serde::Serialize;

/// The run, and then each of its steps in order: what it is about, and what there is to say of it.
/// What later versions came to know is said only where there is any, so that older records stay.
pub(crate) struct Shown(Vec<(String, Vec<String>)>);

/// Lines about the run that nearly every event changes, or that only sum up the others.
const PASSING: [&str; 4] = ["events:", "last:", "status:", "under way:"];

fn or_none<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// As the journal has it.
fn stored(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn item(open: &OpenItem) -> String {
    let kind = match open {
        OpenItem::Failed { .. } => "failed",
        OpenItem::Altered { .. } => "altered",
        OpenItem::Stale { .. } => "stale",
        OpenItem::Review { .. } => "to review",
    };
    format!("{} {kind}", open.step())
}

impl Shown {
    pub(crate) fn of(state: &RunState) -> Self {
        let of_step = |Placed { id, state: at, .. }: Placed<'_>| {
            let mut said = vec![view::step_word(state, at).to_owned()];
            said.extend(of_step(state, id));
            said.extend(of_step_state(at));
            (id.to_string(), said)
        };
        let run = (String::new(), of_run(state));
        Self([run].into_iter().chain(state.steps().map(of_step)).collect())
    }

    /// The whole, a paragraph for each step.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (about, said) in &self.0 {
            if about.is_empty() {
                text += &said.join("\n");
            } else {
                write!(text, "\n\n{about}: {}", said.join("\n  ")).unwrap();
            }
        }
        text + "\n"
    }

    /// What is said here and not there, but for what is passing.
    pub(crate) fn beyond(&self, there: &Self) -> Vec<String> {
        let is_in = |about: &str, line: &String| {
            there.0.iter().any(|(name, said)| name == about && said.contains(line))
        };
        let mut beyond = Vec::new();
        for (about, said) in &self.0 {
            let passing =
                |line: &&String| about.is_empty() && PASSING.iter().any(|it| line.starts_with(it));
            let new = said.iter().filter(|line| !passing(line) && !is_in(about, line));
            let mark = if about.is_empty() { "" } else { ": " };
            beyond.extend(new.map(|line| format!("{about}{mark}{line}")));
        }
        beyond
    }
}

fn of_run(state: &RunState) -> Vec<String> {
    let mut said = vec![
        format!("run: {}", state.header().run),
        format!("status: {}", view::status(state)),
        format!("events: {}, epoch {}", state.next_seq(), state.epoch().0),
        format!("opened: {}", or_none(state.opened())),
        format!("last: {}", or_none(state.last().map(|last| last.wall))),
        format!("policy: {}", or_none(state.policy().map(|(v, digest)| format!("{v} {digest}")))),
        format!("hold: {}", or_none(state.hold().map(|(by, why)| format!("{by}: {why}")))),
        format!("abort: {}", or_none(state.abort().map(|(by, why)| format!("{by}: {why}")))),
        format!("clock held: {}", state.clock_held()),
        format!("evidence blocked: {}", or_none(state.evidence_blocked())),
        format!("checkpoint: {}", or_none(state.checkpoint())),
        format!("open items: {}", state.open_items().len()),
        format!("under way: {}", outstanding(state).count()),
    ];
    said.extend(state.open_items().iter().map(|open| format!("open: {}", item(open))));
    said.extend(state.waived().map(|open| format!("waived: {}", item(open))));
    said.extend(state.altered().iter().map(|id| format!("altered: {id}")));
    said.extend(outstanding(state).map(|effect: Effect| format!("due: {}", effect.id())));
    match state.ending() {
        Ending::Working | Ending::Closed(_) => {}
        Ending::BackingOut(result) => said.push(format!("taking back: {result}")),
        Ending::Finishing(result) => said.push(format!("finishing: {result}")),
    }
    let pinned = state.pinned();
    if pinned.plan != state.header().plan {
        said.push(format!("now at: {} {} {}", pinned.commit, pinned.runbook, pinned.plan));
    }
    said.extend(state.revoked().map(|why| format!("revoked: {why}")));
    said.extend(state.group().map(|(name, turn)| format!("group: {name}, its turn: {turn}")));
    said.extend(
        state.claim().map(|(by, note)| format!("claimed: {by}: {}", or_none(note.as_ref()))),
    );
    said.extend(
        state.note().map(|(id, by, text)| format!("note: {} {by}: {text}", or_none(id.as_ref()))),
    );
    said.extend(state.run_outputs().iter().map(|(name, value)| format!("output {name} = {value}")));
    said
}

fn of_step(state: &RunState, id: &StepId) -> Vec<String> {
    let (started, ended) = state.times(id);
    let mut said = vec![format!("from {} to {}", or_none(started), or_none(ended))];
    for (name, value) in state.outputs(id).into_iter().flatten() {
        said.push(format!("{name} = {}", stored(value)));
    }
    for artifact in state.artifacts(id) {
        let (path, bytes, digest) = (&artifact.path, artifact.size_bytes, artifact.digest);
        said.push(format!("{path}: {bytes} bytes, {digest}"));
    }
    let superseded = state.artifacts(id).len() - state.current_artifacts(id).len();
    said.extend((superseded > 0).then(|| format!("files that no longer count: {superseded}")));
    let attempts = state.last_attempt(id).filter(|last| last.0 > 1);
    said.extend(attempts.map(|last| format!("attempts: {last}")));
    said.extend(state.locks(id).map(|(names, held)| format!("locks: {names:?}, held: {held}")));
    said.extend(
        state.closed(id).map(|it| format!("closed until {}: {}", or_none(it.opens), it.because)),
    );
    said.extend(state.glass_asked(id).iter().map(|by| format!("to be ended early: {by}")));
    said.extend(state.attestation(id).map(|it| format!("done outside: {}: {}", it.by, it.reason)));
    if let Some(probe) = state.probe(id) {
        said.push(format!("last answer: {} {}", stored(&probe.outputs), stored(&probe.cause)));
    }
    said
}

fn of_step_state(at: &StepState) -> Vec<String> {
    match at {
        StepState::Pending
        | StepState::Approved { .. }
        | StepState::Open { .. }
        | StepState::Unknown { .. }
        | StepState::Succeeded { .. } => Vec::new(),
        StepState::Running { deadline, .. } => vec![format!("ends by {}", or_none(*deadline))],
        StepState::Backoff { retry_at } => vec![format!("again at {retry_at}")],
        StepState::Ticking { items, answers, deadline, .. } => {
            let shown = items.iter().map(|item| {
                let answer = answers.get(&item.id).map(|it| format!("{} by {}", it.value, it.by));
                format!("item {}: {}", item.id, or_none(answer))
            });
            shown.chain([format!("ends by {deadline}")]).collect()
        }
        StepState::Asking {
            request, digest, votes, refused, expires, reminded, escalated, ..
        } => {
            let asked = format!("request {request}, code {}, until {expires}", digest.code());
            let more = format!("reminded: {reminded}, escalated: {escalated}");
            let yes = votes.iter().map(|vote| format!("yes by {} for {:?}", vote.by, vote.groups));
            let no = refused.iter().map(|(account, why)| format!("refused: {account}: {why}"));
            [asked, more].into_iter().chain(yes).chain(no).collect()
        }
        StepState::Delaying { since, due } => vec![format!("counts from {since} until {due}")],
        StepState::Failed { cause, .. } => vec![format!("because of {}", stored(cause))],
        StepState::Skipped { reason } => vec![format!("because of {}", stored(reason))],
        StepState::Attested { by, second, reason } => {
            vec![format!("done by {by}, seen by {}: {reason}", or_none(second.as_ref()))]
        }
    }
}
