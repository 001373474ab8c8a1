//! What a step comes to, now that it may start: expressions evaluated, requests written.

use hardstop_core::{
    ids::{AttemptNo, StepId},
    input::Resolution,
    model::StepKind,
    run::{Context, RunState, binding},
};
use hardstop_evidence::{
    layout,
    request::{Request, Rule},
};
use hardstop_runbook::{Places, Resolved, resolve};

use crate::transition::{Answer, Attachment, Resolver};

/// Evaluates steps for the driver of a run.
pub struct StepResolver<'a> {
    /// The clocks and the policy of this moment.
    pub context: Context<'a>,
    /// The folders that expressions may name.
    pub places: Places<'a>,
    /// Draws a text that nobody can guess.
    pub nonce: &'a mut dyn FnMut() -> String,
}

impl Resolver for StepResolver<'_> {
    fn resolve(&mut self, state: &RunState, step: &StepId, attempt: AttemptNo) -> Option<Answer> {
        let mut attachment = None;
        let resolution = resolve(state, step, self.places).and_then(|resolved| {
            Ok(match resolved {
                Resolved::Skip => Resolution::Skip,
                Resolved::Run(command) => Resolution::Run(command),
                Resolved::Checklist(items) => Resolution::Checklist(items),
                Resolved::Delay { until } => Resolution::Delay { until },
                Resolved::Approval { message } => {
                    let (resolution, file) = self.ask(state, step, attempt, message)?;
                    attachment = Some(file);
                    resolution
                }
            })
        });
        Some(Answer { resolution, attachment })
    }
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
        let kind = state.plan().step(step).map(|planned| &planned.kind);
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
