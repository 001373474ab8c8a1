//! The world of a scenario: who is told what, and when.

use hardstop_core::{
    effect::{Effect, EffectId, Leg},
    event::RunResult,
    ids::{RunId, StepId},
    input::{Input, Request},
    policy::Policy,
    run::{Context, Ending, Refusal},
    time::{Millis, Reading, Timestamp},
};
use hardstop_evidence::{digest, policy};
use hardstop_runbook::{
    Places, group,
    scenario::{Complaint, Place, Scenario},
    settle_inputs,
};

use super::{
    Script,
    agenda::{Agenda, Next},
    deeds::Deeds,
    locks::Locks,
    played::{Beginning, NotPlayed, Played},
    seen::Seen,
};
use crate::{
    resolve::{Asked, StepResolver},
    transition::{NoResolver, Turn},
};

/// Turns of one rehearsal. A procedure of a thousand steps needs some thousands; more is a loop.
const TURNS_MAX: u32 = 200_000;
/// What stands for folders of the machine in expressions.
const PLACES: Places<'static> = Places { workspace: "/workspace", repository: "/repository" };

/// A person's verb that was not accepted.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) account: String,
    pub(super) step: Option<String>,
    pub(super) reason: String,
    /// The deed; `None` if it is in the journal, where every answer that does not count is.
    pub(super) deed: Option<Place>,
}

/// The world of a scenario.
pub(super) struct Stage<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) policy: Policy,
    pub(super) runs: Vec<Played>,
    pub(super) agenda: Agenda,
    pub(super) locks: Locks,
    pub(super) now: Reading,
    pub(super) deeds: Deeds,
    pub(super) seen: Vec<Seen>,
    pub(super) refused: Vec<Refused>,
    pub(super) complaints: Vec<Complaint>,
    /// Whether something keeps the rehearsal from going on.
    pub(super) is_stuck: bool,
    nonces: u64,
    turns: u32,
}

impl<'s> Stage<'s> {
    pub(super) fn new(scenario: &'s Scenario) -> Self {
        let (_, policy) = policy::to_file(scenario.policy.clone());
        Self {
            scenario,
            policy,
            runs: Vec::new(),
            agenda: Agenda::default(),
            locks: Locks::new(scenario.held_by_others.clone()),
            now: Reading { wall: scenario.start, boot: "rehearsal".to_owned(), mono: Millis(0) },
            deeds: Deeds::new(scenario),
            seen: Vec::new(),
            refused: Vec::new(),
            complaints: Vec::new(),
            is_stuck: false,
            nonces: 0,
            turns: 0,
        }
    }

    /// Puts the run on the stage. `false` if that cannot be done.
    pub(super) fn begin(&mut self, script: Script<'_>) -> bool {
        let inputs = match settle_inputs(script.plan, &self.scenario.inputs, "scenario") {
            Ok(inputs) => inputs,
            Err(problems) => {
                for problem in problems {
                    self.stuck("scenario::inputs", &self.scenario.inputs_place, problem, None);
                }
                return false;
            }
        };
        let beginning = Beginning {
            id: first_id(self.scenario.start),
            path: script.path,
            text: script.text,
            digest: digest(script.text.as_bytes()),
            plan: script.plan,
            inputs,
            policy: &self.policy,
            starter: self.scenario.starter.clone(),
            created: self.scenario.start,
        };
        match Played::new(beginning, Vec::new(), None) {
            Ok(run) => self.runs.push(run),
            Err(error) => {
                self.not_played(error, &self.scenario.runbook_place.clone());
                return false;
            }
        }
        let start = self.scenario.start;
        self.agenda.put(start, Next::Begins { run: 0 });
        let freed: Vec<Timestamp> = self.locks.freed().collect();
        for at in freed {
            self.agenda.put(at.max(start), Next::Freed);
        }
        self.schedule_deeds();
        true
    }

    /// Lets happen what will, until the run is over or nothing more can happen.
    pub(super) fn play(&mut self) {
        while let Some(due) = self.agenda.due() {
            if let Some(end) = self.scenario.end.filter(|end| due > *end) {
                self.pass_until(end);
                return;
            }
            let Some((at, next)) = self.agenda.pop() else { return };
            self.pass_until(at);
            self.happen(next);
            if self.is_stuck || self.runs[0].is_over() {
                return;
            }
            self.arm_deeds();
        }
    }

    fn pass_until(&mut self, at: Timestamp) {
        let span = at.since(self.now.wall);
        self.now.wall = self.now.wall.plus(span);
        self.now.mono.0 += span.0;
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Begins { run } => self.open(run),
            Next::Ends { run, step, attempt, outcome } => {
                let id = EffectId::Perform(step.clone(), attempt);
                self.runs[run].tickets.remove(&id);
                self.runs[run].memory.answered(&id);
                drop(self.turn(run, vec![Input::Outcome { step, attempt, outcome }]));
            }
            Next::Asks { run, step, attempt, answer, deadline } => {
                self.asked(run, (step, attempt), answer, deadline);
            }
            Next::Dies => self.restart(),
            Next::Wakes { run, id } => {
                self.runs[run].tickets.remove(&id);
                self.runs[run].memory.answered(&id);
                drop(self.turn(run, vec![Input::Wake]));
            }
            Next::Locked { run, step } => drop(self.turn(run, vec![Input::Locked { step }])),
            Next::Freed => self.give_locks(),
            Next::Stops { run } => {
                let actor = self.scenario.starter.clone();
                let reason = "the run it belongs to ends".to_owned();
                drop(
                    self.turn(
                        run,
                        vec![Input::Person { actor, request: Request::Abort { reason } }],
                    ),
                );
            }
            Next::Deed(place) => self.do_deed(place),
        }
    }

    fn open(&mut self, run: usize) {
        let header = self.runs[run].state().header();
        let (plan, inputs) = (header.plan, header.inputs);
        let actor = header.initiator.actor.clone();
        let state = self.runs[run].state();
        let group = match group(state.plan(), state.inputs()) {
            Ok(group) => group,
            Err(why) => {
                let place = self.scenario.runbook_place.clone();
                return self.stuck("scenario::start", &place, why, None);
            }
        };
        let open = Input::Open { plan, inputs, actor, group };
        let lease = self.lease(run);
        self.deliver(run, vec![open, lease]);
        self.turn(run, vec![Input::Wake]);
    }

    /// Whoever moves the runs dies, and another process takes them over at once. What was under
    /// way is lost, what others do goes on.
    pub(super) fn restart(&mut self) {
        for run in 0..self.runs.len() {
            let tickets = std::mem::take(&mut self.runs[run].tickets);
            for ticket in tickets.into_values() {
                self.agenda.cancel(ticket);
            }
            self.runs[run].memory.forget();
        }
        for run in 0..self.runs.len() {
            if !self.runs[run].is_over() {
                let lease = self.lease(run);
                self.deliver(run, vec![lease]);
                self.turn(run, vec![Input::Wake]);
            }
        }
    }

    fn lease(&self, run: usize) -> Input {
        let epoch = hardstop_core::ids::Epoch(self.runs[run].state().epoch().0 + 1);
        Input::LeaseTaken { epoch, holder: "rehearsal".to_owned() }
    }

    /// Gives a run inputs, and what follows from them.
    pub(super) fn turn(&mut self, run: usize, inputs: Vec<Input>) -> Vec<Result<(), Refusal>> {
        let context = Context { now: &self.now, policy: &self.policy };
        let nonces = &mut self.nonces;
        let mut nonce = || {
            *nonces += 1;
            nonces.to_string()
        };
        let (places, grants) = (PLACES, &|_: Asked<'_>| Vec::new());
        // A rehearsal leaves no evidence that anything could wait for.
        let committed = u64::MAX;
        let mut resolver = StepResolver { context, places, grants, nonce: &mut nonce, committed };
        let turn = self.runs[run].memory.turn(inputs, &context, &mut resolver);
        self.settle(run, turn)
    }

    /// Gives a run inputs, and starts no step.
    fn deliver(&mut self, run: usize, inputs: Vec<Input>) {
        let context = Context { now: &self.now, policy: &self.policy };
        let turn = self.runs[run].memory.turn(inputs, &context, &mut NoResolver);
        for refusal in self.settle(run, turn).into_iter().filter_map(Result::err) {
            let place = self.scenario.runbook_place.clone();
            self.stuck(
                "scenario::refused",
                &place,
                format!("the run cannot go on: {refusal}"),
                None,
            );
        }
    }

    /// Notes what a turn brought, and makes the world match it.
    fn settle(
        &mut self,
        run: usize,
        turn: Result<Turn, hardstop_evidence::chain::AppendError>,
    ) -> Vec<Result<(), Refusal>> {
        self.turns += 1;
        let turn = match turn {
            Ok(turn) if self.turns <= TURNS_MAX => turn,
            Ok(_) => {
                let message = format!("the run does not come to an end within {TURNS_MAX} turns");
                let place = self.scenario.runbook_place.clone();
                self.stuck("scenario::endless", &place, message, None);
                return Vec::new();
            }
            Err(error) => {
                let place = self.scenario.runbook_place.clone();
                self.stuck("scenario::journal", &place, format!("{error}"), None);
                return Vec::new();
            }
        };
        let within = self.runs[run].within.clone();
        for entry in turn.entries {
            self.seen.push(Seen::new(&within, entry));
        }
        let (issued, revoked) = self.runs[run].memory.take_orders();
        for id in revoked {
            self.stop(run, id);
        }
        for effect in issued {
            self.start(run, effect);
        }
        self.give_locks();
        self.tell_parent(run);
        turn.answers
    }

    fn start(&mut self, run: usize, effect: Effect) {
        let id = effect.id();
        match effect {
            Effect::Perform { step, attempt, leg: Leg::Probe, .. } => {
                self.look_for(run, (step, attempt));
            }
            Effect::Perform { step, attempt, leg: Leg::Poll(pending), deadline, .. } => {
                self.look_again(run, (step, attempt), pending.poll_at, deadline);
            }
            Effect::Perform { step, attempt, work, deadline, .. } => {
                self.perform(run, (step, attempt, work), deadline);
            }
            Effect::Lock { step, names } => self.locks.ask((run, step), names),
            // What was due already has had its effect.
            Effect::Wake { at, .. } if at > self.now.wall => {
                let ticket = self.agenda.put(at, Next::Wakes { run, id: id.clone() });
                self.runs[run].tickets.insert(id, ticket);
            }
            Effect::Wake { .. } => {}
            // Left open on purpose; asked again with the next turn.
            Effect::Resolve { .. } | Effect::Outputs => self.runs[run].memory.answered(&id),
        }
    }

    fn stop(&mut self, run: usize, id: EffectId) {
        if let Some(ticket) = self.runs[run].tickets.remove(&id) {
            self.agenda.cancel(ticket);
        }
        match id {
            EffectId::Perform(step, attempt) => self.stop_work(run, step, attempt),
            EffectId::Lock(step) => self.locks.give_back(&(run, step)),
            EffectId::Resolve(..) | EffectId::Outputs | EffectId::Wake(..) => {}
        }
    }

    fn give_locks(&mut self) {
        let now = self.now.wall;
        for (run, step) in self.locks.granted(now) {
            self.agenda.put(now, Next::Locked { run, step });
        }
    }

    /// Complains, and keeps the rehearsal from going on.
    pub(super) fn stuck(
        &mut self,
        code: &'static str,
        place: &Place,
        message: String,
        help: Option<String>,
    ) {
        self.is_stuck = true;
        self.complaints.push(Complaint { code, place: place.clone(), message, help });
    }

    pub(super) fn not_played(&mut self, error: NotPlayed, place: &Place) {
        let message = match error {
            NotPlayed::Refused(refusal) => format!("the run cannot be started: {refusal}"),
            NotPlayed::Unreadable(error) => format!("the run cannot be read back: {error}"),
        };
        self.stuck("scenario::start", place, message, None);
    }

    /// How the run ended, if it did.
    pub(super) fn result(&self) -> Option<RunResult> {
        match self.runs.first()?.state().ending() {
            Ending::Closed(result) => Some(result),
            Ending::Working | Ending::BackingOut(_) | Ending::Finishing(_) => None,
        }
    }

    pub(super) fn path_of(&self, within: &[StepId]) -> &str {
        let run = self.runs.iter().find(|run| run.within == within);
        run.map_or("", |run| run.state().header().runbook.path.as_str())
    }

    /// The run of that place, the last if there were several.
    pub(super) fn run_of(&self, within: &[StepId]) -> Option<usize> {
        self.runs.iter().rposition(|run| run.within == within)
    }
}

/// Every rehearsal has the same id, but for the instant.
fn first_id(start: Timestamp) -> RunId {
    let digits: String = start.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let text = format!("rehearsal0-{}-{}", &digits[..8], &digits[8..]);
    text.parse().expect("an instant has fourteen digits to the second")
}
