//! What is approved, before it is.

use hardstop_core::{ids::RunId, model::SeparatedRole};
use hardstop_engine::documents::sanitise::line;
use hardstop_evidence::{digest, request::Request};

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

/// The request of a code; `None` if the run has none, which it then says itself.
fn read(site: &Site, run: &RunId, code: &str) -> Option<Request> {
    let peek = site.live.peek(run).ok()?;
    let paths = peek.list().ok()?;
    let requests = paths.iter().filter(|path| path.starts_with("gates/"));
    requests
        .filter_map(|path| peek.read(path).ok())
        .find(|bytes| digest(bytes).code() == code)
        .and_then(|bytes| Request::from_file(&bytes).ok())
}

/// A request, a line each: what it says, what it is bound to, until when.
pub(crate) fn in_words(request: &Request) -> Vec<String> {
    let Request { run, step, message, binding, rule, requesters, expires, .. } = request;
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
    let yeses = if rule.min_approvals == 1 { "yes" } else { "yeses" };
    lines.push(format!(
        "  needs {} {yeses}, until {}",
        rule.min_approvals,
        expires.to_the_second()
    ));
    lines
}
