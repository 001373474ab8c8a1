//! From the text of a scenario to what it means.

use std::{collections::BTreeMap, str::FromStr};

use hardstop_core::{
    ids::{InvalidId, StepId},
    time::{Millis, Timestamp},
};

use super::{
    model::{Answer, Answered, Found, Place, Scenario, Scripted},
    syntax,
};
use crate::{
    diagnostics::{Diagnostics, Sink},
    file::read,
    measure,
    yaml::Node,
};

/// Reads the text of a scenario.
///
/// `name` is shown in messages: the path people know the file by.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX). Whether the
/// runbook has the steps it speaks of is seen when it is played.
pub fn scenario(name: &str, text: &str) -> Result<Scenario, Diagnostics> {
    let mut sink = Sink::new(name, text);
    let schema = crate::schema::of::<syntax::Scenario>();
    let Some((file, tree)) = read::<syntax::Scenario>(&mut sink, &schema) else {
        return Err(sink.failed());
    };
    let mut reader = Reader { sink, file: &file, tree: &tree, start: Timestamp::from_millis(0) };
    let scenario = reader.scenario(name, text);
    reader.sink.finish()?;
    Ok(scenario)
}

pub(super) struct Reader<'f, 't> {
    pub(super) sink: Sink<'t>,
    pub(super) file: &'f syntax::Scenario,
    pub(super) tree: &'f Node,
    /// When the run is started.
    pub(super) start: Timestamp,
}

impl Reader<'_, '_> {
    fn scenario(&mut self, name: &str, text: &str) -> Scenario {
        let (file, tree) = (self.file, self.tree);
        self.start = file.start.parse().unwrap_or_else(|error| {
            self.wrong("scenario::instant", tree.get("start"), format!("{error}"));
            self.start
        });
        self.check_actors();
        let held = tree.get("held_by_others");
        let held_by_others: BTreeMap<_, _> = file
            .held_by_others
            .iter()
            .map(|(lock, until)| (lock.clone(), self.instant(until, held.get(lock))))
            .collect();
        Scenario {
            name: name.to_owned(),
            text: text.to_owned(),
            runbook: file.runbook.clone(),
            runbook_place: place(tree.get("runbook")),
            title: file.title.clone(),
            start: self.start,
            end: file.end.as_ref().map(|end| self.instant(end, tree.get("end"))),
            inputs: file.inputs.clone(),
            inputs_place: place(tree.get("inputs")),
            policy: self.policy(),
            starter: self.actor(None, tree, Some(hardstop_core::policy::Verb::Start), None),
            answers: self.answers(),
            answers_place: self.tree.find("answers").map_or(Place(0..0), place),
            held_by_others,
            deeds: self.deeds(),
            expect: self.expect(),
            golden: file.golden.clone().map(|golden| (golden, place(tree.get("golden")))),
        }
    }

    /// Answers in the order of the file, which is the order in which patterns are tried.
    fn answers(&mut self) -> Vec<Scripted> {
        let mut all = Vec::new();
        let (file, tree) = (self.file, self.tree);
        for (pattern, node) in tree.find("answers").into_iter().flat_map(Node::entries) {
            let answers = match file.answers.get(pattern) {
                Some(syntax::Answers::One(answer)) => vec![self.answer(answer, node)],
                Some(syntax::Answers::Each(answers)) => answers
                    .iter()
                    .enumerate()
                    .map(|(index, answer)| self.answer(answer, node.item(index)))
                    .collect(),
                None => continue,
            };
            if answers.is_empty() {
                self.wrong("scenario::answer", node, "there is no answer in this list");
                continue;
            }
            if let Some(Answer { found: Found::NotStarted, .. }) = answers.last() {
                let last = node.item(answers.len() - 1).get("found");
                let message = "what never began begins then, and this is the last answer";
                let help =
                    "say in another what that comes to: `[{lost: true, found: not_started}, {}]`";
                self.sink.error("scenario::answer", &last.at, message, Some(help.to_owned()));
            }
            self.pattern(pattern, node);
            all.push(Scripted { pattern: pattern.to_owned(), place: place(node), answers });
        }
        all
    }

    fn answer(&mut self, answer: &syntax::Answer, node: &Node) -> Answer {
        let found = self.found(answer.found.as_ref(), node.get("found"));
        let has_outputs = !answer.outputs.is_empty();
        if u8::from(has_outputs) + u8::from(answer.failed.is_some()) + u8::from(answer.lost) > 1 {
            let message = "an attempt has one end: `outputs`, `failed` or `lost`";
            self.wrong("scenario::answer", node, message);
        }
        let end = match (&answer.failed, answer.lost) {
            (Some(why), _) => Answered::Failed(why.clone()),
            (None, true) => Answered::Lost,
            (None, false) => Answered::Done(answer.outputs.clone()),
        };
        Answer { takes: self.span(answer.takes.as_ref(), node.get("takes")), end, found }
    }

    fn found(&mut self, found: Option<&syntax::Found>, node: &Node) -> Found {
        let end = match found {
            None | Some(syntax::Found::Word(syntax::FoundWord::CannotTell)) => {
                return Found::CannotTell;
            }
            Some(syntax::Found::Word(syntax::FoundWord::NotStarted)) => return Found::NotStarted,
            Some(syntax::Found::End(end)) => end,
        };
        if end.failed.is_some() && !end.outputs.is_empty() {
            let message = "what is found has one end: `outputs` or `failed`";
            self.wrong("scenario::answer", node, message);
        }
        let takes = self.span(end.takes.as_ref(), node.get("takes"));
        let end = match &end.failed {
            Some(why) => Answered::Failed(why.clone()),
            None => Answered::Done(end.outputs.clone()),
        };
        Found::Ends { takes, end }
    }

    pub(super) fn span(&mut self, text: Option<&String>, node: &Node) -> Millis {
        let Some(text) = text else { return Millis(0) };
        measure::duration(text).unwrap_or_else(|message| {
            self.wrong("scenario::duration", node, message);
            Millis(0)
        })
    }

    /// `+30h` after the start, or an RFC 3339 instant.
    pub(super) fn instant(&mut self, text: &str, node: &Node) -> Timestamp {
        let parsed = match text.strip_prefix('+') {
            Some(span) => measure::duration(span).map(|span| self.start.plus(span)),
            None => text.parse().map_err(|_| {
                format!("`{text}` is neither `+30h` after the start nor an RFC 3339 instant")
            }),
        };
        parsed.unwrap_or_else(|message| {
            self.wrong("scenario::instant", node, message);
            self.start
        })
    }

    /// A step's address: those of the steps that lead to another runbook's run, each followed by
    /// ` > `, and its own there.
    pub(super) fn address(&mut self, text: &str, node: &Node) -> Option<(Vec<StepId>, StepId)> {
        let mut parts = Vec::new();
        for part in text.split(WITHIN) {
            parts.push(self.id::<StepId>(part, node)?);
        }
        parts.pop().map(|step| (parts, step))
    }

    /// A text in which `*` stands for any other; without it, an address.
    pub(super) fn pattern(&mut self, text: &str, node: &Node) {
        if !text.contains('*') {
            self.address(text, node);
        }
    }

    pub(super) fn id<T: FromStr<Err = InvalidId>>(&mut self, text: &str, node: &Node) -> Option<T> {
        let parsed = text.parse();
        if let Err(InvalidId { kind, rule, .. }) = &parsed {
            let help = Some(format!("use {rule}"));
            let message = format!("`{text}` cannot be a {kind}");
            self.sink.error("scenario::name", &node.at, message, help);
        }
        parsed.ok()
    }

    pub(super) fn wrong(&mut self, code: &'static str, node: &Node, message: impl Into<String>) {
        self.sink.error(code, &node.at, message, None);
    }
}

/// What stands between the step that runs another runbook and a step of that run.
pub(super) const WITHIN: &str = " > ";

pub(super) fn place(node: &Node) -> Place {
    Place(node.at.clone())
}
