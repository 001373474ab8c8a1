//! What people do, and when.

use hardstop_core::{ids::StepId, input::RerunScope, policy::Verb};

use super::{
    model::{Act, Deed, Items, Outlook, When},
    read::{Reader, place},
    syntax,
};
use crate::yaml::Node;

impl Reader<'_, '_> {
    pub(super) fn deeds(&mut self) -> Vec<Deed> {
        let mut all = Vec::new();
        let (file, node) = (self.file, self.tree.get("people_do"));
        for (index, deed) in file.people_do.iter().enumerate() {
            let node = node.item(index);
            let Some((verb, within, act)) = self.act(deed, node) else { continue };
            all.push(Deed {
                place: place(node),
                when: self.when(deed, node),
                by: self.actor(deed.by.as_ref(), node.get("by"), verb, deed.level),
                within,
                act,
            });
        }
        all
    }

    fn when(&mut self, deed: &syntax::Deed, node: &Node) -> When {
        let after = node.get("after");
        match (&deed.at, &deed.after) {
            (Some(_), Some(_)) => {
                self.wrong("scenario::when", node, "say either `at` or `after`");
                When::Turn(hardstop_core::time::Millis(0))
            }
            (Some(at), None) => When::At(self.instant(at, node.get("at"))),
            (None, Some(text)) => {
                match text.rsplit_once('.').map(|(step, point)| (step, outlook(point))) {
                    Some((step, Some(point))) => {
                        self.pattern(step, after);
                        let delay = self.span(deed.delay.as_ref(), node.get("delay"));
                        When::Point { step: step.to_owned(), point, delay }
                    }
                    Some((_, None)) | None => When::Turn(self.span(Some(text), after)),
                }
            }
            (None, None) => When::Turn(hardstop_core::time::Millis(0)),
        }
    }

    /// The one verb of a deed, the steps that lead to the run it is about, and what it does there.
    fn act(
        &mut self,
        deed: &syntax::Deed,
        node: &Node,
    ) -> Option<(Option<Verb>, Vec<StepId>, Act)> {
        let verbs = said(deed);
        let [verb] = verbs.as_slice() else {
            // What was refused as YAML may have been the verb.
            if self.sink.has_error_in(&node.at) {
                return None;
            }
            let message = if verbs.is_empty() {
                "nothing is done".to_owned()
            } else {
                format!("there are several verbs: {}", verbs.join(", "))
            };
            let help =
                Some("say one: `tick`, `approve`, `retry`, `abort`, `restart`, …".to_owned());
            self.sink.error("scenario::verb", &node.at, message, help);
            return None;
        };
        // An address is the value of the verb, or stands in `on` where the verb has another value.
        let (key, text) = match *verb {
            "tick" | "untick" | "approve" | "send_back" => ("on", deed.on.as_deref()),
            "note" if deed.on.is_some() => ("on", deed.on.as_deref()),
            "note" | "claim" | "hold" | "lift" | "abort" | "restart" => ("on", None),
            other => (other, addressed(deed)),
        };
        let is_of_run = matches!(*verb, "note" | "claim" | "hold" | "lift" | "abort" | "restart");
        let address = match text {
            Some(text) => Some(self.address(text, node.get(key))?),
            None if is_of_run => None,
            None => {
                let message = format!("`{verb}` needs `on`: the step that is answered");
                self.wrong("scenario::on", node, message);
                return None;
            }
        };
        let Some((within, step)) = address else {
            return Some((of_run(verb), Vec::new(), act_on_run(deed, verb, None)));
        };
        if is_of_run {
            return Some((None, within, act_on_run(deed, verb, Some(step))));
        }
        let (by_default, act) = self.act_on_step(deed, verb, step, node)?;
        Some((Some(by_default), within, act))
    }

    fn act_on_step(
        &mut self,
        deed: &syntax::Deed,
        verb: &str,
        step: StepId,
        node: &Node,
    ) -> Option<(Verb, Act)> {
        let why = reason(deed);
        Some(match verb {
            "tick" => {
                let items = match deed.tick.as_ref()? {
                    syntax::Ticks::One(all) if all == "all" => Items::All,
                    syntax::Ticks::One(item) => Items::Named(vec![item.clone()]),
                    syntax::Ticks::Several(items) => Items::Named(items.clone()),
                };
                let (value, file) = (deed.value.clone(), deed.file.clone());
                (Verb::Tick, Act::Tick { step, items, value, file })
            }
            "untick" => {
                let item = self.id(deed.untick.as_deref()?, node.get("untick"))?;
                (Verb::Tick, Act::Untick { step, item, reason: why })
            }
            "approve" if deed.approve == Some(true) => {
                let from = deed.from.as_ref().map(|from| self.instant(from, node.get("from")));
                (Verb::Approve, Act::Approve { step, comment: deed.reason.clone(), from })
            }
            "approve" => (Verb::Approve, Act::Reject { step, reason: why }),
            "withdraw" => (Verb::Approve, Act::Withdraw { step, reason: why }),
            "retry" => (Verb::Retry, Act::Retry { step, reason: deed.reason.clone() }),
            "skip" => (Verb::Skip, Act::Skip { step, reason: why }),
            "attest" => (Verb::Attest, Act::Attest { step, reason: why, file: deed.file.clone() }),
            "rerun" => {
                let scope = match deed.scope {
                    None | Some(syntax::Scope::Step) => RerunScope::Step,
                    Some(syntax::Scope::FailedItems) => RerunScope::FailedItems,
                    Some(syntax::Scope::From) => RerunScope::From,
                };
                (Verb::Rerun, Act::Rerun { step, scope, reason: why })
            }
            "send_back" => {
                let to = deed.send_back.as_deref()?;
                let (_, to) = self.address(to, node.get("send_back"))?;
                // Whoever may answer may send back; by default those who approve.
                (Verb::Approve, Act::SendBack { step, to, reason: why })
            }
            "break_glass" => (Verb::BreakGlass, Act::BreakGlass { step, reason: why }),
            "review" => (Verb::Approve, Act::Review { step, finding: why }),
            _ => (Verb::Waive, Act::Waive { step, reason: why }),
        })
    }
}

fn act_on_run(deed: &syntax::Deed, verb: &str, step: Option<StepId>) -> Act {
    match verb {
        "claim" => Act::Claim { note: deed.reason.clone() },
        "note" => Act::Note { step, text: deed.note.clone().unwrap_or_default() },
        "hold" => Act::Hold { reason: reason(deed) },
        "lift" => Act::Lift { reason: deed.reason.clone() },
        "abort" => Act::Abort { reason: reason(deed) },
        _ => Act::Restart,
    }
}

/// The keys of a deed that are verbs.
fn said(deed: &syntax::Deed) -> Vec<&'static str> {
    let verbs = [
        ("tick", deed.tick.is_some()),
        ("untick", deed.untick.is_some()),
        ("approve", deed.approve.is_some()),
        ("withdraw", deed.withdraw.is_some()),
        ("retry", deed.retry.is_some()),
        ("skip", deed.skip.is_some()),
        ("attest", deed.attest.is_some()),
        ("rerun", deed.rerun.is_some()),
        ("send_back", deed.send_back.is_some()),
        ("break_glass", deed.break_glass.is_some()),
        ("review", deed.review.is_some()),
        ("waive", deed.waive.is_some()),
        ("claim", deed.claim),
        ("note", deed.note.is_some()),
        ("hold", deed.hold),
        ("lift", deed.lift),
        ("abort", deed.abort),
        ("restart", deed.restart),
    ];
    verbs.into_iter().filter_map(|(verb, is_said)| is_said.then_some(verb)).collect()
}

/// The address that is a verb's value.
fn addressed(deed: &syntax::Deed) -> Option<&str> {
    [
        &deed.withdraw,
        &deed.retry,
        &deed.skip,
        &deed.attest,
        &deed.rerun,
        &deed.break_glass,
        &deed.review,
        &deed.waive,
    ]
    .into_iter()
    .find_map(Option::as_deref)
}

fn of_run(verb: &str) -> Option<Verb> {
    match verb {
        "hold" | "lift" => Some(Verb::Hold),
        "abort" => Some(Verb::Abort),
        _ => None,
    }
}

fn outlook(point: &str) -> Option<Outlook> {
    Some(match point {
        "started" => Outlook::Started,
        "finished" => Outlook::Finished,
        "failed" => Outlook::Failed,
        _ => return None,
    })
}

fn reason(deed: &syntax::Deed) -> String {
    deed.reason.clone().unwrap_or_else(|| "as the scenario says".to_owned())
}
