//! Asking for a plan, and telling it.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use hardstop_core::{
    calendar::{InvalidZone, Zone},
    exit::ExitCode,
    header::{Header, Inputs, PinnedPolicy, PinnedRunbook},
    ids::{Digest, StepId},
    limits::JOURNAL_EVENTS_MAX,
    model,
    policy::{Actor, By, Channel, Policy},
    run::RunState,
    time::Timestamp,
};
use hardstop_evidence::{digest, document};
use hardstop_git::Source;
use hardstop_runbook::{Forecast, forecast, marked_steps};

use super::{forecast::Foreseen, gate::obstacle, step, words::in_words};
use crate::{
    begin,
    clock::SystemClock,
    error::CliError,
    identity,
    inputs::Given,
    output::{PinnedView, PlanView, PlannedPhase, Printer},
    report,
    wire::{PRODUCT, Site, here, new_run_id},
};

/// Show what a run would do: steps, gates and who may open them, waits, times.
///
/// Nothing is run and nothing is written. What depends on the run is shown as it is written. Each
/// step is shown with the earliest instant at which it happens: waits, hard stops, windows and
/// freezes are those of the run itself, while work takes no time and people answer at once.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// The runbook.
    runbook: PathBuf,
    /// Forecast a run that starts at this instant, such as 2026-12-19T08:00:00Z, instead of now.
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
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
        let source = site.repo.source(&site.repo.locate(&here()?, &self.runbook)?)?;
        let text = begin::text(&source)?;
        let at = self.at.unwrap_or_else(SystemClock::now);
        let compiled = begin::compiled(&site.repo, &source, &text, at)?;
        let inputs = self.given.settle(&compiled.plan)?;
        let policy = site.policy()?;
        let header = header(&site, &source, &text, (&compiled.plan, &inputs), &policy, &actor, at)?;
        let state = RunState::new(Arc::new(header), Arc::new(compiled.plan), Arc::new(inputs));
        let refused = policy.admit(state.plan(), state.pinned(), &actor).err();
        let zone = zone(state.plan())?;
        let forecast = forecast(&state, at);
        let never = Foreseen { plan: state.plan(), forecast: &forecast, zone: &zone }.never();
        let said = never.iter().map(|(_, _, message)| message.clone());
        let endless = forecast.end.is_none() && never.is_empty();
        let endless = endless
            .then(|| format!("the run does not come to an end within {JOURNAL_EVENTS_MAX} events"));
        let obstacles = refused.into_iter().chain(said).chain(endless).collect();
        let view = view(&state, &policy, (&forecast, &zone), obstacles);
        out.answer(&view, |view| in_words(view) + &marked(&source.path, &text, &never))?;
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

/// The zone of the runbook, whose people read the plan.
fn zone(plan: &model::Plan) -> Result<Zone, CliError> {
    let zone = match plan.timezone.as_str() {
        "" => Ok(Zone::UTC),
        name => name.parse(),
    };
    zone.map_err(|error: InvalidZone| CliError::usage(error.to_string(), "name another `timezone`"))
}

/// The obstacles of single steps, each with the step in the runbook's text.
fn marked(path: &str, text: &str, never: &[(&'static str, StepId, String)]) -> String {
    if never.is_empty() {
        return String::new();
    }
    format!("\n{}", report::rendered(&marked_steps(path, text, never)))
}

fn of<T: serde::Serialize>(value: &T) -> Digest {
    digest(&document::to_bytes(value))
}

/// What a run of `state` would do, and when if it were opened at `start`.
fn view(
    state: &RunState,
    policy: &Policy,
    (forecast, zone): (&Forecast, &Zone),
    obstacles: Vec<String>,
) -> PlanView {
    let (header, plan) = (state.header(), state.plan());
    let foreseen = Foreseen { plan, forecast, zone };
    let phases = plan.phases.iter().map(|phase| PlannedPhase {
        phase: phase.id.to_string(),
        title: phase.title.clone(),
        needs: phase.needs.iter().map(ToString::to_string).collect(),
        finally: phase.finally,
        earliest: foreseen.phase(phase),
        steps: phase
            .steps
            .iter()
            .map(|planned| {
                let when = foreseen.step(&planned.id);
                step::step(state, planned, (policy, &header.parts), when)
            })
            .collect(),
    });
    let phases: Vec<PlannedPhase> = phases.collect();
    let gates = phases.iter().flat_map(|phase| &phase.steps).filter_map(|step| {
        let gate = step.gate.as_ref().filter(|_| step.applies != Some(false))?;
        obstacle(&step.step, gate, policy)
    });
    let obstacles = obstacles.into_iter().chain(gates).collect();
    PlanView {
        runbook: plan.runbook.to_string(),
        path: header.runbook.path.clone(),
        title: plan.title.clone(),
        draft: header.runbook.draft,
        policy_version: policy.version,
        solo: policy.is_solo(),
        inputs: state.inputs().0.iter().map(|(k, v)| (k.clone(), v.value.clone())).collect(),
        plugins: PinnedView::of(plan),
        phases,
        earliest_end_ms: forecast.end.map(|end| end.since(forecast.start).0),
        forecast: foreseen.whole(),
        obstacles,
    }
}
