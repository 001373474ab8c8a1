//! What a step comes to, now that it may start: expressions evaluated, requests written.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Call, ChildRun, Command},
    ids::{AttemptNo, Digest, RunId, StepId},
    input::Resolution,
    limits::RESOLVED_BYTES_MAX,
    model::{PinnedPlugin, Plan, Program, Run, StepKind},
    run::{Context, RunState, binding},
    time::Timestamp,
};
use hardstop_evidence::{
    digest, document, layout,
    redact::{Finding, scan},
    request::{Request, Rule},
};
use hardstop_runbook::{Places, Resolved, resolve};

use crate::transition::{Answer, Attachment, Resolver};

/// Whose grants are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// Those of a command that executes this program.
    Program(&'a str),
    /// Those of a plugin, by its name and as it is pinned.
    Plugin(&'a str, &'a PinnedPlugin),
}

/// Evaluates steps for the driver of a run.
pub struct StepResolver<'a> {
    /// The clocks and the policy of this moment.
    pub context: Context<'a>,
    /// The folders that expressions may name.
    pub places: Places<'a>,
    /// What an attempt may reach, in words.
    pub grants: &'a dyn Fn(Asked<'_>) -> Vec<String>,
    /// Draws a text that nobody can guess.
    pub nonce: &'a mut dyn FnMut() -> String,
    /// How many events are committed as evidence. What follows a step that must leave evidence
    /// starts only once that is among them; until then every question stays open.
    pub committed: u64,
}

impl Resolver for StepResolver<'_> {
    fn resolve(&mut self, state: &RunState, step: &StepId, attempt: AttemptNo) -> Option<Answer> {
        if state.evidence_due().is_some_and(|seq| seq >= self.committed) {
            return None;
        }
        let mut attachment = None;
        let now = self.context.now.wall;
        let resolution = resolve(state, step, self.places, now).and_then(|resolved| {
            Ok(match resolved {
                Resolved::Skip => Resolution::Skip,
                Resolved::Run(command) => {
                    let program = program(state, step, &command);
                    let grants = program.map(|it| (self.grants)(Asked::Program(it)));
                    Resolution::Run(Command { grants: grants.unwrap_or_default(), ..command })
                }
                Resolved::Uses(call) => {
                    let plugin = call.action.split('/').next().unwrap_or_default();
                    let pinned = state.plan().plugins.get(plugin);
                    let grants = pinned.map(|it| (self.grants)(Asked::Plugin(plugin, it)));
                    let grants = grants.unwrap_or_default();
                    Resolution::Uses(Call { grants, ..call })
                }
                Resolved::Child { path, inputs } => {
                    let run = child(&state.header().run, step, attempt, now)?;
                    Resolution::Child(ChildRun { run, path, inputs })
                }
                Resolved::Enter => Resolution::Enter,
                Resolved::Items(items) => Resolution::Items(items),
                Resolved::Locks(names) => Resolution::Locks(names),
                Resolved::Checklist(items) => Resolution::Checklist(items),
                Resolved::Delay { until } => Resolution::Delay { until },
                Resolved::Approval { message } => {
                    let (resolution, file) = self.ask(state, step, attempt, message)?;
                    attachment = Some(file);
                    resolution
                }
            })
        });
        Some(Answer { resolution: resolution.and_then(fits), attachment })
    }
}

/// The program that a command executes, as `exec.allow` spells it.
fn program<'a>(state: &RunState, step: &StepId, command: &'a Command) -> Option<&'a str> {
    match state.template(step).map(|planned| &planned.kind) {
        Some(StepKind::Run(Run { program: Program::Script { shell, .. }, .. })) => {
            Some(shell.program())
        }
        Some(_) | None => command.argv.first().map(String::as_str),
    }
}

/// Refuses what cannot stand in a journal line: what would not fit, because the turn that starts a
/// step also records the end of the one before, which must not be lost to it; and what looks like
/// a credential, which could not be taken back.
fn fits(resolution: Resolution) -> Result<Resolution, String> {
    let bytes = match &resolution {
        Resolution::Run(command) => document::to_bytes(command),
        Resolution::Uses(call) => document::to_bytes(call),
        Resolution::Child(child) => document::to_bytes(child),
        Resolution::Items(items) => document::to_bytes(items),
        Resolution::Locks(names) => document::to_bytes(names),
        Resolution::Checklist(items) => document::to_bytes(items),
        Resolution::Approval { binding, .. } => document::to_bytes(binding),
        Resolution::Skip | Resolution::Enter | Resolution::Delay { .. } => Vec::new(),
    };
    let size_bytes = bytes.len();
    if size_bytes > RESOLVED_BYTES_MAX {
        return Err(format!(
            "what it comes to has {size_bytes} bytes, more than the {RESOLVED_BYTES_MAX} allowed"
        ));
    }
    match scan(&bytes).first() {
        None => Ok(resolution),
        Some(Finding { shape, .. }) => Err(format!(
            "what it comes to holds what looks like {shape}, and would be kept as evidence: \
             declare it under `secrets:` and pass it by `env`"
        )),
    }
}

/// The id of the run that an attempt opens: no other attempt has it, and this one has no other.
fn child(
    run: &RunId,
    step: &StepId,
    attempt: AttemptNo,
    opened: Timestamp,
) -> Result<RunId, String> {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let hex = digest(format!("{run}/{step}/{attempt}").as_bytes()).hex();
    let letters = (0..10).filter_map(|place| {
        let part = hex.get(4 * place..4 * place + 4)?;
        let number = usize::from_str_radix(part, 16).ok()?;
        Some(char::from(LETTERS[number % LETTERS.len()]))
    });
    let name: String = letters.collect();
    let digits: String = opened.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, time) = digits.split_at(digits.len().min(8));
    let id = format!("{name}-{day}-{time}");
    id.parse().map_err(|_| format!("`{id}` is not a run id: the clock is wrong"))
}

impl StepResolver<'_> {
    /// Writes down what is to be approved.
    fn ask(
        &mut self,
        state: &RunState,
        step: &StepId,
        attempt: AttemptNo,
        message: String,
    ) -> Result<(Resolution, Attachment), String> {
        let kind = state.template(step).map(|planned| &planned.kind);
        let (Some(StepKind::Approval(approval)), Some(binding)) =
            (kind, binding(state, self.context.policy, step))
        else {
            return Err(format!("`{step}` is not an approval"));
        };
        let opened = self.context.now.wall;
        let request = Request {
            schema: Request::SCHEMA.to_owned(),
            run: state.header().run.clone(),
            step: step.clone(),
            request: attempt,
            message,
            binding: binding.clone(),
            plugins: plugins(state.plan()),
            rule: Rule::from(approval),
            requesters: state.header().parts.clone(),
            opened,
            expires: opened.plus(approval.timeout),
            nonce: (self.nonce)(),
        };
        let (bytes, digest) = request.to_file();
        let file = Attachment { path: layout::request(step, attempt), bytes };
        Ok((Resolution::Approval { digest, binding }, file))
    }
}

/// The components that a plan calls, by the names of their plugins.
fn plugins(plan: &Plan) -> BTreeMap<String, Digest> {
    let plugins = plan.all_plugins().into_iter();
    plugins.map(|(name, pinned)| (name.to_owned(), pinned.digest)).collect()
}
