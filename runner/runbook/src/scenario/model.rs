//! A scenario, understood.

use std::{collections::BTreeMap, ops::Range};

use hardstop_core::{
    event::RunResult,
    ids::{ItemId, StepId},
    input::RerunScope,
    policy::{Actor, Policy},
    time::{Millis, Timestamp},
    value::Value,
};

use crate::diagnostics::{Diagnostics, Sink};

/// A rehearsal of a runbook.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The path people know the file by.
    pub name: String,
    pub(super) text: String,
    /// The runbook's path, relative to the scenario's file, `/` between components.
    pub runbook: String,
    /// Where that stands.
    pub runbook_place: Place,
    /// What it shows.
    pub title: String,
    /// When the run is started.
    pub start: Timestamp,
    /// Nothing after this instant is looked at.
    pub end: Option<Timestamp>,
    /// The inputs as written.
    pub inputs: BTreeMap<String, Value>,
    /// Where they stand.
    pub inputs_place: Place,
    /// Who may do what. Its digest is not settled yet.
    pub policy: Policy,
    /// Who starts the run.
    pub starter: Actor,
    /// Answers, in the order of the file.
    pub answers: Vec<Scripted>,
    /// Where they stand.
    pub answers_place: Place,
    /// Locks other runs hold at the start, and until when.
    pub held_by_others: BTreeMap<String, Timestamp>,
    /// What is done, in the order of the file.
    pub deeds: Vec<Deed>,
    /// What must come of it.
    pub expect: Expect,
    /// The file with every event, and where it is named.
    pub golden: Option<(String, Place)>,
}

/// Where something stands in the file, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(pub(crate) Range<usize>);

/// What is wrong with a scenario, or with the runbook it rehearses, at a place of its text.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// What kind of problem, such as `scenario::event`.
    pub code: &'static str,
    /// The place to mark.
    pub place: Place,
    /// One lowercase fragment.
    pub message: String,
    /// What happened instead, or what to write.
    pub help: Option<String>,
}

impl Complaint {
    /// All of them, each with the line of `text` it is about.
    pub(crate) fn marked(all: Vec<Self>, name: &str, text: &str) -> Diagnostics {
        let mut sink = Sink::new(name, text);
        for Self { code, place, message, help } in all {
            sink.error(code, &place.0, message, help);
        }
        sink.failed()
    }
}

impl Scenario {
    /// Complaints as they are shown: each with the line it is about.
    pub fn diagnose(&self, complaints: Vec<Complaint>) -> Diagnostics {
        Complaint::marked(complaints, &self.name, &self.text)
    }
}

/// What the steps of a pattern answer.
#[derive(Clone, Debug)]
pub struct Scripted {
    /// An address, or a text with `*`.
    pub pattern: String,
    /// Where it stands.
    pub place: Place,
    /// One for each attempt, the last for all that follow; never empty.
    pub answers: Vec<Answer>,
}

/// How one attempt ends.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How long it takes.
    pub takes: Millis,
    /// How it ends.
    pub end: Answered,
    /// What looking for it finds, if its answer is lost.
    pub found: Found,
}

/// What looking for a lost call finds.
#[derive(Clone, Debug, Default)]
pub enum Found {
    /// Nothing that tells.
    #[default]
    CannotTell,
    /// That it never began.
    NotStarted,
    /// That it ends so.
    Ends {
        /// For how long it still goes on; not at all if it is over.
        takes: Millis,
        /// How it ends; never lost.
        end: Answered,
    },
}

/// The end of an attempt.
#[derive(Clone, Debug)]
pub enum Answered {
    /// Well, with these outputs.
    Done(BTreeMap<String, Value>),
    /// Not well: `exit 1`, `timed out`, or what an action says.
    Failed(String),
    /// The runner dies.
    Lost,
}

/// Something a person does, or that befalls the runner.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Where it stands.
    pub place: Place,
    /// When.
    pub when: When,
    /// Who; nobody restarts a runner.
    pub by: Actor,
    /// The steps of other runbooks' runs that lead to the run it is about, outermost first.
    pub within: Vec<StepId>,
    /// What.
    pub act: Act,
}

/// When something is done.
#[derive(Clone, Debug)]
pub enum When {
    /// At an instant.
    At(Timestamp),
    /// A span after its turn has come.
    Turn(Millis),
    /// A span after an event of a type that means this point, of the step of that address.
    Point {
        /// The step's address.
        step: String,
        /// What happened to it.
        point: Outlook,
        /// How much later.
        delay: Millis,
    },
}

/// A point in the life of a step that deeds may count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It was begun.
    Started,
    /// It was done.
    Finished,
    /// It failed for good.
    Failed,
}

/// A verb, and what it is about.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the verbs of the core, with the fields of its requests")]
pub enum Act {
    Tick { step: StepId, items: Items, value: Option<Value>, file: Option<String> },
    Untick { step: StepId, item: ItemId, reason: String },
    Approve { step: StepId, comment: Option<String>, from: Option<Timestamp> },
    Reject { step: StepId, reason: String },
    Withdraw { step: StepId, reason: String },
    Retry { step: StepId, reason: Option<String> },
    Skip { step: StepId, reason: String },
    Attest { step: StepId, reason: String, file: Option<String> },
    Rerun { step: StepId, scope: RerunScope, reason: String },
    SendBack { step: StepId, to: StepId, reason: String },
    BreakGlass { step: StepId, reason: String },
    Review { step: StepId, finding: String },
    Waive { step: StepId, reason: String },
    Claim { note: Option<String> },
    Note { step: Option<StepId>, text: String },
    Hold { reason: String },
    Lift { reason: Option<String> },
    Abort { reason: String },
    Restart,
}

/// What is ticked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Items {
    /// Every item that is a tick and still open.
    All,
    /// These.
    Named(Vec<String>),
}

/// What must come of it.
#[derive(Clone, Debug)]
pub struct Expect {
    /// How the run ends.
    pub result: (ExpectedResult, Place),
    /// How long it takes.
    pub took: Option<(Took, Place)>,
    /// Where steps stand at the end.
    pub steps: Vec<StepPattern>,
    /// Events in this order.
    pub events: Vec<EventPattern>,
    /// Events that do not happen.
    pub never: Vec<EventPattern>,
    /// Deeds that are refused.
    pub refused: Vec<Refused>,
    /// The steps of all open items.
    pub open_items: Option<(Vec<String>, Place)>,
    /// All that the run waits for.
    pub waiting_for: Option<(Vec<Waits>, Place)>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedResult {
    /// With this result.
    Closed(RunResult),
    /// It does not.
    Waiting,
}

/// The least and the most time a run takes.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// At least.
    pub min: Millis,
    /// At most.
    pub max: Millis,
}

/// Where the steps of a pattern stand.
#[derive(Clone, Debug)]
pub struct StepPattern {
    /// An address, or a text with `*`.
    pub pattern: String,
    /// Where it stands.
    pub place: Place,
    /// In one word.
    pub state: Option<String>,
    /// How many times each was begun.
    pub attempts: Option<u32>,
    /// Outputs each has.
    pub outputs: BTreeMap<String, Value>,
}

/// Events that look like this.
#[derive(Clone, Debug)]
pub struct EventPattern {
    /// Where it stands.
    pub place: Place,
    /// The type.
    pub kind: String,
    /// The step's address, or a text with `*`.
    pub step: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// The person.
    pub by: Option<String>,
    /// Other members.
    pub with: BTreeMap<String, Value>,
}

/// A deed that is refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Where it stands.
    pub place: Place,
    /// The account that is refused.
    pub by: String,
    /// The step it is about.
    pub step: Option<String>,
    /// A part of the reason.
    pub because: Option<String>,
}

/// Something a run waits for.
#[derive(Clone, Debug)]
pub struct Waits {
    /// Where it stands.
    pub place: Place,
    /// The step it is about.
    pub step: Option<String>,
    /// A part of the sentence.
    pub why: Option<String>,
}
