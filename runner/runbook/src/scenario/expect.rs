//! What must come of a scenario.

use hardstop_core::{event, time::Millis};

use super::{
    model::{EventPattern, Expect, ExpectedResult, Refused, StepPattern, Took, Waits},
    read::{Reader, place},
    syntax,
};
use crate::{spelling, yaml::Node};

impl Reader<'_, '_> {
    pub(super) fn expect(&mut self) -> Expect {
        let (expect, node) = (&self.file.expect, self.tree.get("expect"));
        let took = expect.took.as_ref().map(|took| {
            let node = node.get("took");
            (self.took(took, node), place(node))
        });
        let waits = |(index, waits): (usize, &syntax::Waits)| Waits {
            place: place(node.get("waiting_for").item(index)),
            step: waits.step.clone(),
            why: waits.why.clone(),
        };
        let waiting_for = expect.waiting_for.as_ref().map(|all| {
            (all.iter().enumerate().map(waits).collect(), place(node.get("waiting_for")))
        });
        let open_items = expect.open_items.clone();
        Expect {
            result: (result(expect.result), place(node.get("result"))),
            took,
            steps: self.steps(&expect.steps, node.find("steps")),
            events: self.events(&expect.events, node.get("events")),
            never: self.events(&expect.never, node.get("never")),
            refused: self.refused(&expect.refused, node.get("refused")),
            open_items: open_items.map(|items| (items, place(node.get("open_items")))),
            waiting_for,
        }
    }

    fn took(&mut self, took: &syntax::Took, node: &Node) -> Took {
        match took {
            syntax::Took::Exactly(span) => {
                let span = self.span(Some(span), node);
                Took { min: span, max: span }
            }
            syntax::Took::Within(bounds) => {
                let max = match &bounds.max {
                    Some(max) => self.span(Some(max), node.get("max")),
                    None => Millis(u64::MAX),
                };
                Took { min: self.span(bounds.min.as_ref(), node.get("min")), max }
            }
        }
    }

    fn steps(
        &mut self,
        steps: &std::collections::BTreeMap<String, syntax::StepEnd>,
        node: Option<&Node>,
    ) -> Vec<StepPattern> {
        let mut all = Vec::new();
        for (pattern, node) in node.into_iter().flat_map(Node::entries) {
            let Some(end) = steps.get(pattern) else { continue };
            self.pattern(pattern, node);
            let (state, attempts, outputs) = match end {
                syntax::StepEnd::State(state) => {
                    (Some(state.clone()), None, std::collections::BTreeMap::default())
                }
                syntax::StepEnd::Full(full) => {
                    (full.state.clone(), full.attempts, full.outputs.clone())
                }
            };
            let (pattern, place) = (pattern.to_owned(), place(node));
            all.push(StepPattern { pattern, place, state, attempts, outputs });
        }
        all
    }

    fn events(&mut self, events: &[syntax::Event], node: &Node) -> Vec<EventPattern> {
        let mut all = Vec::new();
        for (index, event) in events.iter().enumerate() {
            let node = node.item(index);
            self.event_type(&event.kind, node.get("type"));
            if let Some(step) = &event.step {
                self.pattern(step, node.get("step"));
            }
            all.push(EventPattern {
                place: place(node),
                kind: event.kind.clone(),
                step: event.step.clone(),
                at: event.at.as_ref().map(|at| self.instant(at, node.get("at"))),
                by: event.by.as_ref().map(|by| self.account(by, node.get("by"))),
                with: event.with.clone(),
            });
        }
        all
    }

    fn refused(&mut self, refused: &[syntax::Refusal], node: &Node) -> Vec<Refused> {
        let one = |(index, refused): (usize, &syntax::Refusal)| {
            let node = node.item(index);
            Refused {
                place: place(node),
                by: self.account(&refused.by, node.get("by")),
                step: refused.step.clone(),
                because: refused.because.clone(),
            }
        };
        refused.iter().enumerate().map(one).collect()
    }

    /// Reports a type that no event has. The names are those the journal's reader knows.
    fn event_type(&mut self, kind: &str, node: &Node) {
        let tagged = serde_json::json!({ "type": kind });
        let Err(error) = serde_json::from_value::<event::Event>(tagged) else { return };
        let message = error.to_string();
        let Some((_, known)) = message.split_once("unknown variant") else { return };
        // "`what was asked`, expected one of `run.opened`, `lease.acquired`, …"
        let known: Vec<&str> = known.split('`').skip(3).step_by(2).collect();
        let help = spelling::suggest(kind, known);
        let message = format!("no event has the type `{kind}`");
        self.sink.error("scenario::event-type", &node.at, message, help);
    }
}

const fn result(result: syntax::Outcome) -> ExpectedResult {
    ExpectedResult::Closed(match result {
        syntax::Outcome::Succeeded => event::RunResult::Succeeded,
        syntax::Outcome::Incomplete => event::RunResult::Incomplete,
        syntax::Outcome::Failed => event::RunResult::Failed,
        syntax::Outcome::Aborted => event::RunResult::Aborted,
        syntax::Outcome::Waiting => return ExpectedResult::Waiting,
    })
}
