//! What a step comes to, now that it may start: expressions evaluated, requests written.

use hardstop_core::{
    ids::{AttemptNo, StepId},
    input::Resolution,
    limits::RESOLVED_BYTES_MAX,
    model::StepKind,
    run::{Context, RunState, binding},
};
use hardstop_evidence::{
    document, layout,
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
        Some(Answer { resolution: resolution.and_then(fits), attachment })
    }
}

/// Refuses what would not fit into a journal line: the turn that starts a step also records the
/// end of the one before, which must not be lost to it.
fn fits(resolution: Resolution) -> Result<Resolution, String> {
    let bytes = match &resolution {
        Resolution::Run(command) => document::to_bytes(command).len(),
        Resolution::Checklist(items) => document::to_bytes(items).len(),
        Resolution::Approval { binding, .. } => document::to_bytes(binding).len(),
        Resolution::Skip | Resolution::Delay { .. } => 0,
    };
    if bytes <= RESOLVED_BYTES_MAX {
        return Ok(resolution);
    }
    Err(format!("what it comes to has {bytes} bytes, more than the {RESOLVED_BYTES_MAX} allowed"))
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
