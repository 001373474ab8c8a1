//! What is approved, before it is.

use hardstop_core::{ids::RunId, model::SeparatedRole};
use hardstop_engine::documents::sanitise::line;
use hardstop_evidence::{
    digest,
    request::{Request, Rule},
};

use crate::{
    output::{TEXT_MAX, note},
    wire::Site,
};

/// Shows the request of a code: what it says, what it is bound to, until when.
pub(crate) fn show(site: &Site, run: &RunId, code: &str) {
    for text in read(site, run, code).iter().flat_map(in_words) {
        note(text);
    }
}

fn read(site: &Site, run: &RunId, code: &str) -> Option<Request> {
    Request::from_file(&bytes(site, run, code)?).ok()
}

/// The file of the request of a code; `None` if the run has none, which it then says itself.
pub(crate) fn bytes(site: &Site, run: &RunId, code: &str) -> Option<Vec<u8>> {
    let peek = site.live.peek(run).ok()?;
    let paths = peek.list().ok()?;
    let mut requests = paths
        .iter()
        .filter(|path| path.starts_with("gates/"))
        .filter_map(|path| peek.read(path).ok());
    requests.find(|bytes| digest(bytes).code() == code)
}

/// A request, a line each: what it says, what it is bound to, until when.
pub(crate) fn in_words(request: &Request) -> Vec<String> {
    let Request { run, step, message, binding, plugins, rule, requesters, expires, .. } = request;
    let mut lines = vec![
        format!("approval `{step}` of run {}", run.short()),
        format!("  {}", line(message, TEXT_MAX * 4)),
        format!(
            "  bound to runbook {}, inputs {}, policy {}",
            binding.runbook.code(),
            binding.inputs.code(),
            binding.policy.code()
        ),
    ];
    for (plugin, digest) in plugins {
        lines.push(format!("  plugin   {} {}", digest.code(), line(plugin, TEXT_MAX)));
    }
    for shown in &binding.shown {
        lines.push(format!("  shown    {} {}", shown.digest.code(), line(&shown.path, TEXT_MAX)));
    }
    for part in requesters {
        let person = part.person.as_ref().map_or(part.email.as_str(), |person| person.as_str());
        let role = match part.role {
            SeparatedRole::Initiator => "started by",
            SeparatedRole::RunbookAuthor => "written by",
            SeparatedRole::LastEditor => "last edited by",
            SeparatedRole::InputSupplier => "inputs given by",
            SeparatedRole::Executor => "steps before done by",
        };
        lines.push(format!("  {role} {}", line(person, TEXT_MAX)));
    }
    let signed = if rule.min_level >= 3 { ", each with `--sign`" } else { "" };
    lines.push(format!("  needs {}{signed}, until {}", needed(rule), expires.to_the_second()));
    for more in &rule.escalate {
        let who = more.add_approvers.iter().map(ToString::to_string).collect::<Vec<_>>();
        lines.push(format!("  after {} also {}", more.after, who.join(", ")));
    }
    lines
}

/// How many must say yes, and of whom.
fn needed(rule: &Rule) -> String {
    let yeses = |count: u32| if count == 1 { "1 yes".to_owned() } else { format!("{count} yeses") };
    if rule.groups.is_empty() {
        return yeses(rule.min_approvals);
    }
    let each = rule.groups.iter();
    let each =
        each.map(|it| format!("{} of {}", yeses(it.min_approvals), line(&it.name, TEXT_MAX)));
    each.collect::<Vec<_>>().join(" and ")
}
