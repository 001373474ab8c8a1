//! Asking for a plan, and telling it.

use std::{env, fmt::Write as _, path::PathBuf, sync::Arc};

use clap::Args;
use hardstop_core::{
    exit::ExitCode,
    header::{Header, Inputs, PinnedPolicy, PinnedRunbook},
    ids::Digest,
    model,
    policy::{Actor, By, Channel, Policy, Verb},
    run::RunState,
    time::{Millis, Timestamp},
};
use hardstop_evidence::{digest, document};
use hardstop_git::Source;
use hardstop_runbook::foresee;

use super::{forecast::earliest_end, gate::obstacle, step};
use crate::{
    begin,
    clock::SystemClock,
    error::CliError,
    identity,
    inputs::Given,
    output::{GateView, PlanView, PlannedPhase, PlannedStep, Printer},
    wire::{PRODUCT, Site, new_run_id},
};

/// Show what a run would do: steps, gates and who may open them, waits, times.
///
/// Nothing is run and nothing is written. What depends on the run is shown as it is written.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// The runbook.
    runbook: PathBuf,
    #[command(flatten)]
    given: Given,
}

impl Plan {
    /// Tells what a run would do if the caller started it now.
    ///
    /// # Errors
    ///
    /// As `hardstop run` has them before it opens a run.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let site = Site::open()?;
        let actor = identity::actor(&site.repo, Channel::Cli)?;
        let here = env::current_dir().map_err(|source| CliError::Path {
            path: ".".to_owned(),
            action: "cannot be entered",
            source,
        })?;
        let source = site.repo.source(&site.repo.locate(&here, &self.runbook)?)?;
        let text = begin::text(&source)?;
        let compiled = begin::compiled(&site.repo, &source, &text)?;
        let inputs = self.given.settle(&compiled.plan)?;
        let policy = site.policy()?;
        let now = SystemClock::now();
        let header =
            header(&site, &source, &text, (&compiled.plan, &inputs), &policy, &actor, now)?;
        let state = RunState::new(Arc::new(header), Arc::new(compiled.plan), Arc::new(inputs));
        let refused = policy.authorise(state.plan(), Verb::Start, &actor).err();
        out.answer(&view(&state, &policy, refused, now), in_words)?;
        Ok(ExitCode::Done)
    }
}

/// The header such a run would have, but for the key that would seal it.
fn header(
    site: &Site,
    source: &Source,
    text: &str,
    (plan, inputs): (&model::Plan, &Inputs),
    policy: &Policy,
    actor: &Actor,
    created: Timestamp,
) -> Result<Header, CliError> {
    let person = policy.person(&actor.email).or_else(|| actor.email.parse().ok());
    let person = person.ok_or_else(|| {
        CliError::usage(
            format!("{:?} names nobody", actor.email),
            "`git config user.email you@example.com`",
        )
    })?;
    Ok(Header {
        schema: Header::SCHEMA.to_owned(),
        run: new_run_id(created)?,
        product: PRODUCT.to_owned(),
        runner_key: String::new(),
        runbook: PinnedRunbook {
            id: plan.runbook.clone(),
            path: source.path.clone(),
            commit: source.commit.clone(),
            digest: digest(text.as_bytes()),
            draft: source.is_draft(),
        },
        plan: of(plan),
        inputs: of(inputs),
        policy: PinnedPolicy { version: policy.version, digest: policy.digest },
        initiator: By { person, actor: actor.clone() },
        parts: begin::parts(site, policy, source, (actor, inputs))?,
        created,
        trigger: None,
        parent: None,
        zones: None,
    })
}

fn of<T: serde::Serialize>(value: &T) -> Digest {
    digest(&document::to_bytes(value))
}

fn view(state: &RunState, policy: &Policy, refused: Option<String>, now: Timestamp) -> PlanView {
    let (header, plan) = (state.header(), state.plan());
    let phases = plan.phases.iter().map(|phase| PlannedPhase {
        phase: phase.id.to_string(),
        title: phase.title.clone(),
        needs: phase.needs.iter().map(ToString::to_string).collect(),
        finally: phase.finally,
        steps: phase
            .steps
            .iter()
            .map(|planned| step::step(state, planned, policy, &header.parts))
            .collect(),
    });
    let phases: Vec<PlannedPhase> = phases.collect();
    let gates = phases.iter().flat_map(|phase| &phase.steps).filter_map(|step| {
        let gate = step.gate.as_ref().filter(|_| step.applies != Some(false))?;
        obstacle(&step.step, gate, policy)
    });
    let obstacles = refused.into_iter().chain(gates).collect();
    let instant = |step: &model::Step, text: &str| {
        foresee(state, &step.id, text).and_then(|value| value.to_string().parse().ok())
    };
    PlanView {
        runbook: plan.runbook.to_string(),
        path: header.runbook.path.clone(),
        title: plan.title.clone(),
        draft: header.runbook.draft,
        policy_version: policy.version,
        solo: policy.is_solo(),
        inputs: state.inputs().0.iter().map(|(k, v)| (k.clone(), v.value.clone())).collect(),
        phases,
        earliest_end_ms: earliest_end(plan, |it| step::applies(state, it), instant, now).0,
        obstacles,
    }
}

fn in_words(view: &PlanView) -> String {
    let draft = if view.draft { ", DRAFT: not the committed text" } else { "" };
    let mut text = format!("{} ({}{draft})\n", view.title, view.path);
    // Writing to a String cannot fail.
    let solo = if view.solo { " (solo: nobody else has a say)" } else { "" };
    let _ = writeln!(text, "policy version {}{solo}", view.policy_version);
    for (name, value) in &view.inputs {
        let _ = writeln!(text, "input {name} = {value}");
    }
    for phase in &view.phases {
        let when = match (phase.finally, phase.needs.as_slice()) {
            (true, _) => ", on every exit".to_owned(),
            (false, []) => String::new(),
            (false, needs) => format!(", after {}", needs.join(" and ")),
        };
        let _ = writeln!(text, "\n{}{when}", phase.title);
        phase.steps.iter().for_each(|step| tell(step, view.solo, &mut text));
    }
    let _ = writeln!(text, "\nearliest end: {} after the start", Millis(view.earliest_end_ms));
    for obstacle in &view.obstacles {
        let _ = writeln!(text, "OBSTACLE {obstacle}");
    }
    text
}

fn tell(step: &PlannedStep, solo: bool, text: &mut String) {
    const MARGIN: &str = "              ";
    let skipped = if step.applies == Some(false) { ", skipped" } else { "" };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {:11} {} ({}{skipped})", step.kind, step.title, step.step);
    if let Some(condition) = &step.condition {
        let known = match step.applies {
            Some(true) => "which is true",
            Some(false) => "which is false",
            None => "decided when its turn comes",
        };
        let _ = writeln!(text, "{MARGIN}if {condition}, {known}");
    }
    for does in &step.does {
        let _ = writeln!(text, "{MARGIN}{does}");
    }
    if let Some(gate) = &step.gate {
        let _ = writeln!(text, "{MARGIN}{}", who(gate, solo));
        for excluded in &gate.excluded {
            let _ = writeln!(text, "{MARGIN}not {}: {}", excluded.person, excluded.role);
        }
    }
    if let Some(timeout) = step.timeout_ms {
        let _ = writeln!(text, "{MARGIN}at most {}", Millis(timeout));
    }
}

fn who(gate: &GateView, solo: bool) -> String {
    let people = match gate.people.as_slice() {
        _ if solo => "anybody, the one who starts it too".to_owned(),
        [] => "nobody".to_owned(),
        people => people.join(", "),
    };
    let GateView { approvers, min_approvals, min_level, .. } = gate;
    format!("{min_approvals} of {} at level {min_level}: {people}", approvers.join(" or "))
}
