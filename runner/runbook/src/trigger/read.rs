//! `triggers:` of a configuration, from what is written to what is in force.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{calendar::Zone, event::RunResult, limits::TRIGGERS_MAX, value::Value};

use super::{After, Cron, Requests, RunbookRef, Schedule, Triggers};
use crate::{
    diagnostics::Sink,
    expression::{Engine, Template},
    path, syntax,
    yaml::Node,
};

/// The longest idempotency key: it must fit on a line.
const KEY_CHARS_MAX: usize = 200;

/// Reads the triggers of a configuration; what is wrong goes to the sink and is left out.
pub(crate) fn triggers(file: syntax::Triggers, node: &Node, sink: &mut Sink<'_>) -> Triggers {
    let mut names = Names { taken: BTreeSet::new(), sink };
    let place = node.get("schedules");
    let schedules = file.schedules.into_iter().enumerate();
    let schedules =
        schedules.filter_map(|(index, it)| names.schedule(it, place.item(index))).collect();
    let place = node.get("after");
    let after = file.after.into_iter().enumerate();
    let after: Vec<_> =
        after.filter_map(|(index, it)| names.after(it, place.item(index))).collect();
    circles(&after, place, names.sink);
    let requests = file.requests.and_then(|it| requests(&it, node.get("requests"), names.sink));
    if names.taken.len() > TRIGGERS_MAX {
        let message = format!("a configuration has at most {TRIGGERS_MAX} triggers");
        names.sink.error("config::too-many", &node.at, message, None);
    }
    Triggers { schedules, after, requests }
}

struct Names<'s, 't> {
    taken: BTreeSet<String>,
    sink: &'s mut Sink<'t>,
}

impl Names<'_, '_> {
    fn schedule(&mut self, file: syntax::Schedule, node: &Node) -> Option<Schedule> {
        self.name(&file.id, node);
        let runbook = runbook(&file.runbook, node, self.sink);
        let actor = self.actor(file.actor, node);
        let cron = Cron::parse(&file.cron).map_err(|why| {
            let help = "minute, hour, day of the month, month, day of the week: `0 3 * * *`";
            self.sink.error("config::cron", &node.get("cron").at, why, Some(help.to_owned()));
        });
        let zone = file.zone.as_deref().map_or(Ok(Zone::UTC), str::parse).map_err(|error| {
            let why: hardstop_core::calendar::InvalidZone = error;
            self.sink.error("config::zone", &node.get("zone").at, why.to_string(), None);
        });
        for (name, value) in &file.inputs {
            let at = node.get("inputs").get(name);
            expressions(value, &mut |text| {
                if Template::parse(text).is_ok_and(|it| it.expressions().next().is_none()) {
                    return;
                }
                let message = "there is nothing that an expression of a schedule could see";
                let help = "write the value itself".to_owned();
                self.sink.error("config::expression", &at.at, message, Some(help));
            });
        }
        Some(Schedule {
            id: file.id,
            runbook: runbook?,
            cron: cron.ok()?,
            zone: zone.ok()?,
            inputs: file.inputs,
            missed: file.missed,
            overlap: file.overlap,
            actor,
        })
    }

    fn after(&mut self, file: syntax::After, node: &Node) -> Option<After> {
        self.name(&file.id, node);
        let runbook = runbook(&file.runbook, node, self.sink);
        let actor = self.actor(file.actor, node);
        let after = file.after.parse().map_err(|error: hardstop_core::ids::InvalidId| {
            let message = format!("`{}` cannot be the id of a runbook", error.text);
            let help = Some(format!("use {}", error.rule));
            self.sink.error("config::invalid-name", &node.get("after").at, message, help);
        });
        for (name, value) in &file.inputs {
            let at = node.get("inputs").get(name);
            expressions(value, &mut |text| {
                if let Err(why) = sees_outputs_alone(text) {
                    let help = "an output of the run that ended is `${{ outputs.name }}`";
                    self.sink.error("config::expression", &at.at, why, Some(help.to_owned()));
                }
            });
        }
        Some(After {
            id: file.id,
            runbook: runbook?,
            after: after.ok()?,
            results: file.results.unwrap_or_else(|| vec![RunResult::Succeeded]),
            inputs: file.inputs,
            actor,
        })
    }

    fn name(&mut self, id: &str, node: &Node) {
        let at = &node.get("id").at;
        if let Err(error) = id.parse::<hardstop_core::ids::RunbookId>() {
            let message = format!("`{id}` cannot be the name of a trigger");
            self.sink.error(
                "config::invalid-name",
                at,
                message,
                Some(format!("use {}", error.rule)),
            );
        } else if !self.taken.insert(id.to_owned()) {
            let message = format!("there is a trigger `{id}` already");
            self.sink.error("config::duplicate-trigger", at, message, None);
        }
    }

    fn actor(&mut self, email: Option<String>, node: &Node) -> Option<String> {
        let email = email.map(|email| email.trim().to_ascii_lowercase());
        if let Some(wrong) = email.as_ref().filter(|email| !email.contains('@')) {
            let message = format!("`{wrong}` is no e-mail address");
            let help = "a person acts by an e-mail address of theirs, as the policy lists it";
            self.sink.error("config::actor", &node.get("as").at, message, Some(help.to_owned()));
        }
        email
    }
}

/// The runbook that `written` names, at the key `runbook` of `node`.
pub(super) fn runbook(written: &str, node: &Node, sink: &mut Sink<'_>) -> Option<RunbookRef> {
    let is_file = matches!(written.rsplit_once('.'), Some((_, "yaml" | "yml")));
    let wrong = if is_file || written.contains('/') {
        match path::inside(written) {
            Ok(()) => {
                let path = written.trim_start_matches("./").to_owned();
                return Some(RunbookRef::Path(path));
            }
            Err(why) => why,
        }
    } else {
        match written.parse() {
            Ok(id) => return Some(RunbookRef::Id(id)),
            Err(_) => format!("`{written}` is neither the id nor the path of a runbook"),
        }
    };
    let help = "`patch`, or `runbooks/patch.yaml`".to_owned();
    sink.error("config::runbook", &node.get("runbook").at, wrong, Some(help));
    None
}

/// An idempotency key that can be shown on a line.
///
/// # Errors
///
/// What is wrong with it.
pub fn idempotency_key(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("the key is empty".to_owned());
    }
    if text.chars().count() > KEY_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(format!("a key is one line of at most {KEY_CHARS_MAX} characters"));
    }
    Ok(text.to_owned())
}

fn requests(file: &syntax::Requests, node: &Node, sink: &mut Sink<'_>) -> Option<Requests> {
    let folder = file.folder.trim_start_matches("./").trim_end_matches('/').to_owned();
    if let Err(why) = path::inside(&folder) {
        sink.error("config::path", &node.get("folder").at, why, None);
        return None;
    }
    if !crate::config::is_branch(&file.branch) {
        let message = format!("`{}` is not the name of a branch", file.branch);
        sink.error("config::branch", &node.get("branch").at, message, None);
        return None;
    }
    Some(Requests { folder, branch: file.branch.clone() })
}

/// Runbooks that would start each other for ever.
fn circles(after: &[After], node: &Node, sink: &mut Sink<'_>) {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in after {
        if let RunbookRef::Id(started) = &it.runbook {
            next.entry(it.after.as_str()).or_default().push(started.as_str());
        }
    }
    for (index, it) in after.iter().enumerate() {
        let RunbookRef::Id(started) = &it.runbook else { continue };
        let (mut seen, mut open) = (BTreeSet::new(), vec![started.as_str()]);
        while let Some(runbook) = open.pop().filter(|_| !seen.contains(it.after.as_str())) {
            if seen.insert(runbook) {
                open.extend(next.get(runbook).into_iter().flatten());
            }
        }
        if seen.contains(it.after.as_str()) {
            let message = format!("`{}` would be started for ever by its own end", it.after);
            sink.error("config::circle", &node.item(index).get("after").at, message, None);
        }
    }
}

fn expressions(value: &Value, look: &mut dyn FnMut(&str)) {
    match value {
        Value::Text(text) => look(text),
        Value::List(items) => items.iter().for_each(|item| expressions(item, look)),
        Value::Map(members) => members.values().for_each(|member| expressions(member, look)),
        Value::Null | Value::Bool(_) | Value::Integer(_) => {}
    }
}

fn sees_outputs_alone(text: &str) -> Result<(), String> {
    let template = Template::parse(text).map_err(|(message, _)| message)?;
    let engine = Engine::new();
    for expression in template.expressions() {
        let compiled = engine.compile(expression)?;
        if let Some(other) = compiled.names.iter().find(|name| !name.starts_with("outputs.")) {
            return Err(format!("`{other}` cannot be seen here"));
        }
    }
    Ok(())
}
