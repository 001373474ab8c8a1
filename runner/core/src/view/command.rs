//! The commands that give what a run waits for.

use super::{Need, OpenQuestion, Waiting};
use crate::{event::OpenItem, ids::StepId, model::ItemKind};

impl Waiting {
    /// The commands that give what is needed, each complete but for what only a person knows
    /// (in angle brackets). `run` is how people name the run.
    pub fn commands(&self, run: &str) -> Vec<String> {
        let step = self.step.as_ref().map_or("", StepId::as_str);
        match &self.need {
            Need::Answers { items, .. } => tick_commands(items, run, step),
            Need::Approval { code, min_level, .. } => vec![
                format!("hardstop approve {code}{}", if *min_level >= 3 { " --sign" } else { "" }),
                format!("hardstop reject {code} --reason <why>"),
            ],
            Need::Verb { .. } | Need::Word { .. } => {
                let mut commands = vec![format!("hardstop retry {run} {step}")];
                if self.may_attest {
                    commands.push(format!(
                        "hardstop attest {run} {step} --reason <what was done> --file <proof>"
                    ));
                }
                if self.may_skip {
                    commands.push(format!("hardstop skip {run} {step} --reason <why>"));
                }
                if matches!(self.need, Need::Verb { tolerated: true, .. }) {
                    commands.push(format!("hardstop waive {run} failed {step} --reason <why>"));
                }
                commands.push(format!("hardstop abort {run} --reason <why>"));
                commands
            }
            Need::Confirmation { .. } => {
                vec![format!("hardstop attest {run} {step} --reason <what you checked>")]
            }
            Need::Time { hard: false, .. } => {
                vec![
                    format!("hardstop advance {run}"),
                    format!("hardstop skip {run} {step} --reason <why>"),
                ]
            }
            Need::Time { hard: true, .. }
            | Need::NextAttempt { .. }
            | Need::Action { .. }
            | Need::Locks { .. }
            | Need::Turn { .. }
            | Need::Window { .. }
            | Need::Storage { .. } => {
                vec![format!("hardstop advance {run}")]
            }
            Need::Run { run: child, .. } => vec![format!("hardstop why {}", child.short())],
            Need::Settlement { item: OpenItem::Review { .. }, .. } => {
                vec![format!("hardstop review {run} {step} --finding <what you found>")]
            }
            Need::Settlement { item: OpenItem::Stale { .. }, .. } => vec![
                format!("hardstop rerun {run} {step} --reason <why>"),
                format!("hardstop waive {run} stale {step} --reason <why>"),
            ],
            Need::Settlement { item: OpenItem::Altered { .. }, .. } => {
                vec![format!("hardstop waive {run} altered {step} --reason <why>")]
            }
            Need::Settlement { item: OpenItem::Failed { .. }, .. } => {
                vec![format!("hardstop waive {run} failed {step} --reason <why>")]
            }
            Need::Revision { .. } => vec![
                format!("hardstop rebase {run} --onto <commit> --reason <why>"),
                format!("hardstop abort {run} --reason <why>"),
            ],
            Need::Lift { .. } | Need::Clock => vec![format!("hardstop lift {run}")],
        }
    }
}

/// One command for all answers that fit in one, and one for each that brings a file.
fn tick_commands(items: &[OpenQuestion], run: &str, step: &str) -> Vec<String> {
    let (with_file, plain): (Vec<_>, Vec<_>) =
        items.iter().partition(|item| item.evidence || item.kind == ItemKind::File);
    let together = plain.iter().map(|item| item.answer()).collect::<Vec<_>>().join(" ");
    let together = (!plain.is_empty()).then(|| format!("hardstop tick {run} {step} {together}"));
    let one_by_one = with_file
        .iter()
        .map(|item| format!("hardstop tick {run} {step} {} --file <path>", item.answer()));
    together.into_iter().chain(one_by_one).collect()
}

impl OpenQuestion {
    fn answer(&self) -> String {
        let id = &self.id;
        match &self.kind {
            ItemKind::Tick | ItemKind::File => id.to_string(),
            ItemKind::Text => format!("{id}=<text>"),
            ItemKind::Number => format!("{id}=<number>"),
            ItemKind::Choice { options } => format!("{id}=<{}>", options.join("|")),
            ItemKind::Date => format!("{id}=<yyyy-mm-dd>"),
            ItemKind::Link => format!("{id}=<https://...>"),
        }
    }
}
