//! What could not be checked before the whole plan was known: expressions, and the steps they and
//! others name.

use std::collections::HashSet;

use hardstop_core::{
    ids::StepId,
    model::{AnchorPoint, Phase, Plan, StepKind},
    time::Timestamp,
};

use super::{
    build::{Slot, Use},
    phase::over_before,
};
use crate::{
    diagnostics::Sink,
    expression::{Engine, Field, Name, Template, Unknown, Viewpoint, look_up, secret},
    spelling,
    yaml::{Kind, Node},
};

/// Checks every use of an expression or an address.
pub(super) fn check(plan: &Plan, uses: &[Use<'_>], tree: &Node, sink: &mut Sink<'_>) {
    let over = match over_before(&plan.phases) {
        Ok(over) => over,
        Err(circle) => return report_circle(plan, &circle, tree, sink),
    };
    let engine = Engine::new();
    let mut check = Check { plan, over, engine, sink };
    let mut evaluated = HashSet::new();
    for used in uses {
        let Kind::Text(text) = &used.node.kind else { continue };
        evaluated.insert(used.node.at.start);
        check.text(used, text);
    }
    unevaluated(tree, &evaluated, check.sink);
}

fn report_circle(plan: &Plan, circle: &[usize], tree: &Node, sink: &mut Sink<'_>) {
    let names: Vec<&str> =
        circle.iter().chain(circle.first()).map(|phase| plan.phases[*phase].id.as_str()).collect();
    let message = format!("phases wait for each other: {}", names.join(" -> "));
    let node = circle.first().map_or(tree, |first| tree.get("phases").item(*first).get("needs"));
    sink.error("runbook::circle", &node.at, message, None);
}

/// `${{ }}` where nothing evaluates it would look like a value and be none.
fn unevaluated(node: &Node, evaluated: &HashSet<usize>, sink: &mut Sink<'_>) {
    match &node.kind {
        Kind::Text(text) => {
            if text.contains("${{")
                && !evaluated.contains(&node.at.start)
                && !sink.has_error_in(&node.at)
            {
                let at = sink.find(&node.at, "${{");
                let message = "an expression is not evaluated here";
                sink.error("runbook::expression-misplaced", &at, message, None);
            }
        }
        Kind::List(items) => items.iter().for_each(|item| unevaluated(item, evaluated, sink)),
        Kind::Map(_) => node.entries().for_each(|(_, value)| unevaluated(value, evaluated, sink)),
        Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Unfit => {}
    }
}

struct Check<'c, 't> {
    plan: &'c Plan,
    /// Which phases are over before each one.
    over: Vec<Vec<bool>>,
    engine: Engine<'c>,
    sink: &'c mut Sink<'t>,
}

impl<'c> Check<'c, '_> {
    fn text(&mut self, used: &Use<'_>, text: &'c str) {
        if let Slot::Address(step, point) = &used.slot {
            return self.address(used, step, *point);
        }
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err((message, part)) => {
                let at = self.sink.find(&used.node.at, part);
                return self.sink.error("runbook::expression", &at, message, None);
            }
        };
        let single = template.single().is_some();
        match used.slot {
            Slot::Condition if !single => {
                let help = Some(format!("write `\"${{{{ {} }}}}\"`", text.trim()));
                let message = "a condition is one `${{ }}` and nothing else";
                self.sink.error("runbook::condition", &used.node.at, message, help);
            }
            Slot::Instant if !single && text.parse::<Timestamp>().is_err() => {
                let message = format!("`{text}` is not an instant");
                let help = Some("for example `2026-11-20T15:53:32Z`".to_owned());
                self.sink.error("runbook::instant", &used.node.at, message, help);
            }
            Slot::Text | Slot::Env | Slot::Condition | Slot::Instant | Slot::Address(..) => {}
        }
        let is_secret = matches!(used.slot, Slot::Env) && secret(text).is_some();
        for expression in template.expressions() {
            self.expression(used, expression, is_secret);
        }
    }

    fn expression(&mut self, used: &Use<'_>, expression: &'c str, is_secret: bool) {
        let names = match self.engine.compile(expression) {
            Ok(compiled) => compiled.names,
            Err(message) => {
                let at = self.sink.find(&used.node.at, expression);
                return self.sink.error("runbook::expression", &at, message, None);
            }
        };
        for path in &names {
            if let Err((code, unknown)) = self.name(used, path, is_secret) {
                let at = self.sink.find(&used.node.at, expression);
                let at = self.sink.find(&at, path);
                self.sink.error(code, &at, unknown.message, unknown.help);
            }
        }
    }

    /// Whether a name of an expression has a value when the text of `used` is needed.
    fn name(
        &self,
        used: &Use<'_>,
        path: &str,
        is_secret: bool,
    ) -> Result<(), (&'static str, Unknown)> {
        const UNKNOWN: &str = "runbook::unknown-reference";
        let (name, length) =
            look_up(self.plan, used.from, path).map_err(|unknown| (UNKNOWN, unknown))?;
        let has_parts = match name {
            Name::Var(_) | Name::Step { field: Field::Output(_), .. } => true,
            Name::Input(_)
            | Name::Secret
            | Name::Run(_)
            | Name::Step { field: Field::Succeeded | Field::Status, .. } => false,
        };
        if !has_parts && length < path.len() {
            let message = format!("`{}` has no parts", &path[..length]);
            let help = Some("to change a value, write a filter: `inputs.name | upper`".to_owned());
            return Err((UNKNOWN, Unknown { message, help }));
        }
        match name {
            Name::Secret if !is_secret => {
                let message = "a secret may stand in `env` only, as the whole value".to_owned();
                let help = "give it to a command: `env: {NAME: \"${{ secrets.name }}\"}`";
                let help = Some(help.to_owned());
                Err(("runbook::secret-exposed", Unknown { message, help }))
            }
            Name::Run(_) if matches!(used.from, Viewpoint::Var(_)) => {
                let message = "a variable may use inputs and the variables before it".to_owned();
                Err((UNKNOWN, Unknown { message, help: None }))
            }
            Name::Step { step, at, .. } => {
                self.before(used, &step.id, at).map_err(|unknown| ("runbook::not-before", unknown))
            }
            Name::Input(_) | Name::Var(_) | Name::Secret | Name::Run(_) => Ok(()),
        }
    }

    fn address(&mut self, used: &Use<'_>, step: &StepId, point: Option<AnchorPoint>) {
        let Some(place) = self.place(used, step) else {
            let known = self.plan.steps().map(|step| step.id.as_str());
            let help = spelling::suggest(step.as_str(), known);
            let message = format!("unknown step `{step}`");
            return self.sink.error("runbook::unknown-reference", &used.node.at, message, help);
        };
        if let Err(unknown) = self.before(used, step, place) {
            let at = &used.node.at;
            self.sink.error("runbook::not-before", at, unknown.message, unknown.help);
        }
        let kind = &self.plan.phases[place.0].steps[place.1].kind;
        if point == Some(AnchorPoint::Approved) && !matches!(kind, StepKind::Approval(_)) {
            let message = format!("step `{step}` is `{}`, which nobody approves", kind.name());
            let help = Some(format!("write `{}.finished`", step.name()));
            self.sink.error("runbook::unknown-reference", &used.node.at, message, help);
        }
    }

    fn place(&self, used: &Use<'_>, step: &StepId) -> Option<(usize, usize)> {
        let Viewpoint::Phase(own) = used.from else { return None };
        let phases = &self.plan.phases;
        let of = |phase: &Phase| phase.steps.first().is_some_and(|s| s.id.phase() == step.phase());
        let phase = if of(&phases[own]) { own } else { phases.iter().position(of)? };
        Some((phase, phases[phase].steps.iter().position(|known| known.id == *step)?))
    }

    /// Whether a step can have run when the text of `used` is needed.
    fn before(
        &self,
        used: &Use<'_>,
        step: &StepId,
        (phase, index): (usize, usize),
    ) -> Result<(), Unknown> {
        let Viewpoint::Phase(own) = used.from else { return Ok(()) };
        let ran = if phase == own {
            used.step.is_none_or(|step| index < step)
        } else {
            self.over[own][phase]
        };
        if ran {
            return Ok(());
        }
        let help = (phase != own).then(|| {
            let phase = &self.plan.phases[phase].id;
            format!("let this phase wait for it: `needs: [{phase}]`")
        });
        Err(Unknown { message: format!("step `{step}` cannot have run before this"), help })
    }
}
