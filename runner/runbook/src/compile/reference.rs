//! What could not be checked before the whole plan was known: expressions, and the steps they and
//! others name.

use std::collections::HashSet;

use hardstop_core::{
    calendar::Moment,
    ids::StepId,
    model::{AnchorPoint, Plan, Step, StepKind},
};

use super::{
    build::{Slot, Use},
    order::{can_precede, is_exceptional, over_before},
    whole::Built,
};
use crate::{
    action::{Lock, member},
    diagnostics::Sink,
    expression::{Engine, Field, Name, Template, Unknown, Viewpoint, look_up, secret},
    spelling,
    yaml::{Kind, Node},
};

const UNKNOWN: &str = "runbook::unknown-reference";

/// Checks every use of an expression or an address.
///
/// * `lock`: what is known of the outputs of actions.
pub(super) fn check(built: &Built<'_>, tree: &Node, lock: Option<&Lock>, sink: &mut Sink<'_>) {
    let plan = &built.plan;
    let over = match over_before(&plan.phases) {
        Ok(over) => over,
        Err(circle) => return report_circle(plan, &circle, tree, sink),
    };
    let engine = Engine::new();
    let mut check = Check { plan, lock, over, engine, sink };
    let mut evaluated = HashSet::new();
    for used in &built.uses {
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
                let help = "write the value itself, or say it in a text of a step".to_owned();
                sink.error("runbook::expression-misplaced", &at, message, Some(help));
            }
        }
        Kind::List(items) => items.iter().for_each(|item| unevaluated(item, evaluated, sink)),
        Kind::Map(_) => node.entries().for_each(|(_, value)| unevaluated(value, evaluated, sink)),
        Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Unfit => {}
    }
}

struct Check<'c, 't> {
    plan: &'c Plan,
    lock: Option<&'c Lock>,
    /// Which phases are over before each one.
    over: Vec<Vec<bool>>,
    engine: Engine<'c>,
    sink: &'c mut Sink<'t>,
}

impl<'c> Check<'c, '_> {
    fn text(&mut self, used: &Use<'_>, text: &'c str) {
        match &used.slot {
            Slot::Address(step, point) => return self.address(used, step, *point),
            Slot::Former(step) => return self.former(used, step),
            Slot::Remedy(step) => return self.remedy(used, step),
            Slot::Place(place) => return self.applies_to(used, place),
            Slot::Text
            | Slot::Secretive
            | Slot::Condition
            | Slot::Items
            | Slot::Key
            | Slot::Own
            | Slot::OwnCondition
            | Slot::Instant => {}
        }
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err((message, part)) => {
                let at = self.sink.find(&used.node.at, part);
                return self.sink.error("runbook::expression", &at, message, None);
            }
        };
        self.whole(used, text, template.single().is_some());
        let is_secret = matches!(used.slot, Slot::Secretive) && secret(text).is_some();
        for expression in template.expressions() {
            self.expression(used, expression, is_secret);
        }
    }

    /// Whether the text as a whole has the form its place asks for.
    fn whole(&mut self, used: &Use<'_>, text: &str, single: bool) {
        let at = &used.node.at;
        let what = match used.slot {
            Slot::Condition | Slot::OwnCondition => "a condition is",
            Slot::Items => "items are given by",
            Slot::Key => "a key is given by",
            Slot::Instant => {
                if !single && text.parse::<Moment>().is_err() {
                    let message = format!("`{text}` is not an instant");
                    let help = "for example `2026-11-20T15:53:32Z`, or `2026-11-20T08:00` and \
                                `08:00` as clocks of `zone` show them";
                    self.sink.error("runbook::instant", at, message, Some(help.to_owned()));
                }
                return;
            }
            Slot::Text
            | Slot::Secretive
            | Slot::Own
            | Slot::Address(..)
            | Slot::Former(_)
            | Slot::Remedy(_)
            | Slot::Place(_) => return,
        };
        if !single {
            let help = Some(format!("write `\"${{{{ {} }}}}\"`", text.trim()));
            let message = format!("{what} one `${{{{ }}}}` and nothing else");
            self.sink.error("runbook::condition", at, message, help);
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
        let (name, length) =
            look_up(self.plan, used.from, path).map_err(|unknown| (UNKNOWN, unknown))?;
        if !has_parts(&name) && length < path.len() {
            let message = format!("`{}` has no parts", &path[..length]);
            let help = Some("to change a value, write a filter: `inputs.name | upper`".to_owned());
            return Err((UNKNOWN, Unknown { message, help }));
        }
        match name {
            Name::Secret if !is_secret => {
                let message = "a secret may stand in `env` and `with` only, as the whole value of \
                               a member, not within a list or a map there"
                    .to_owned();
                let help = "`env: {NAME: \"${{ secrets.name }}\"}` for a command, `with` for an \
                            action";
                let help = Some(help.to_owned());
                Err(("runbook::secret-exposed", Unknown { message, help }))
            }
            Name::Step { step, at, field, .. } => {
                let not_before = |unknown| ("runbook::not-before", unknown);
                self.before(used, &step.id, at).map_err(not_before)?;
                match field {
                    Field::Output(output) => self.output(step, output, &path[length..]),
                    Field::State
                    | Field::Succeeded
                    | Field::Failed
                    | Field::Skipped
                    | Field::Attempt
                    | Field::Started
                    | Field::Finished
                    | Field::Items => Ok(()),
                }
                .map_err(|unknown| (UNKNOWN, unknown))
            }
            Name::Own(output) => match used.from {
                Viewpoint::Step { at: (phase, index), .. } => {
                    let step = &self.plan.phases[phase].steps[index];
                    let rest = &path[length..];
                    self.output(step, output, rest).map_err(|unknown| (UNKNOWN, unknown))
                }
                Viewpoint::Var(_) | Viewpoint::Opening | Viewpoint::Closing => Ok(()),
            },
            Name::Input(_)
            | Name::Var(_)
            | Name::Secret
            | Name::Run(_)
            | Name::Item(_)
            | Name::OwnFiles
            | Name::Now => Ok(()),
        }
    }

    /// Whether the action that a step calls gives an output, and that the part `rest` of it.
    fn output(&self, step: &Step, output: &str, rest: &str) -> Result<(), Unknown> {
        let StepKind::Uses(uses) = &step.kind else { return Ok(()) };
        let Some((_, action)) = self.lock.and_then(|lock| lock.action(&uses.action)) else {
            return Ok(());
        };
        // Of several items there are several outputs, whose parts are their keys.
        let several = step.for_each.is_some() || step.within.is_some();
        let rest = if several { "" } else { rest };
        member(&action.output, &uses.action, &format!("{output}{rest}"))
    }

    fn address(&mut self, used: &Use<'_>, step: &StepId, point: Option<AnchorPoint>) {
        let Some(place) = self.known(used, step) else { return };
        if let Err(unknown) = self.before(used, step, place) {
            let at = &used.node.at;
            self.sink.error("runbook::not-before", at, unknown.message, unknown.help);
        }
        let found = &self.plan.phases[place.0].steps[place.1];
        if point == Some(AnchorPoint::Approved) && !matches!(found.kind, StepKind::Approval(_)) {
            let message =
                format!("step `{step}` is `{}`, which nobody approves", found.kind.name());
            let help = Some(format!("write `{}.finished`", step.name()));
            self.sink.error(UNKNOWN, &used.node.at, message, help);
        }
        let steps = &self.plan.phases[place.0].steps;
        let user = match used.from {
            Viewpoint::Step { at: (phase, user), .. } => Some(user).filter(|_| phase == place.0),
            Viewpoint::Var(_) | Viewpoint::Opening | Viewpoint::Closing => None,
        };
        if point.is_some() && is_exceptional(steps, place.1, user) {
            let message = format!("step `{step}` runs only if another one fails");
            let help = Some("count from a step that always runs".to_owned());
            self.sink.error("runbook::not-before", &used.node.at, message, help);
        }
    }

    fn former(&mut self, used: &Use<'_>, step: &StepId) {
        if self.place(step).is_some() {
            let message = format!("there is a step `{step}` now");
            let help = Some("`formerly` names what is there no more".to_owned());
            self.sink.error("runbook::formerly", &used.node.at, message, help);
        }
    }

    fn remedy(&mut self, used: &Use<'_>, step: &StepId) {
        let Some(place) = self.known(used, step) else { return };
        let at = &used.node.at;
        let user = match used.from {
            Viewpoint::Step { at: (phase, step), .. } => {
                self.plan.phases.get(phase).zip(Some(step))
            }
            Viewpoint::Var(_) | Viewpoint::Opening | Viewpoint::Closing => None,
        };
        if user.is_some_and(|(phase, step)| phase.steps[step].backout) {
            let message = "this step is a remedy itself, and a remedy has none";
            let help = Some("let it `pause`, `abort` or `continue`".to_owned());
            self.sink.error("runbook::remedy", at, message, help);
        } else if !self.plan.phases[place.0].steps[place.1].backout {
            let message = format!("step `{step}` runs forward, so it cannot be a remedy");
            let help = Some("give it `only: backout`".to_owned());
            self.sink.error("runbook::remedy", at, message, help);
        } else if user.is_none_or(|(phase, _)| phase.id != self.plan.phases[place.0].id) {
            let message = format!("step `{step}` is of another phase");
            let help = Some("a remedy stands in the phase of the step that may fail".to_owned());
            self.sink.error("runbook::remedy", at, message, help);
        }
    }

    fn applies_to(&mut self, used: &Use<'_>, place: &str) {
        let phases = || self.plan.phases.iter().map(|phase| phase.id.as_str());
        let steps = || self.plan.steps().map(|step| step.id.as_str());
        if !phases().chain(steps()).any(|known| known == place) {
            let message = format!("neither a phase nor a step is called `{place}`");
            let help = spelling::suggest(place, phases().chain(steps()));
            self.sink.error(UNKNOWN, &used.node.at, message, help);
        }
    }

    /// The place of a step that was named; reported if there is none.
    fn known(&mut self, used: &Use<'_>, step: &StepId) -> Option<(usize, usize)> {
        let place = self.place(step);
        if place.is_none() {
            let elsewhere = self.plan.steps().find(|known| known.id.name() == step.name());
            let help = match elsewhere.and_then(|known| known.id.phase()) {
                Some(phase) => Some(format!(
                    "a step of another phase is `phases.{phase}.steps.{}`",
                    step.name()
                )),
                None => {
                    spelling::suggest(step.as_str(), self.plan.steps().map(|it| it.id.as_str()))
                }
            };
            let message = format!("unknown step `{step}`");
            self.sink.error(UNKNOWN, &used.node.at, message, help);
        }
        place
    }

    fn place(&self, step: &StepId) -> Option<(usize, usize)> {
        self.plan.phases.iter().enumerate().find_map(|(phase, planned)| {
            // All steps of a phase begin alike, so most phases are passed over at once.
            planned.steps.first().filter(|first| first.id.phase() == step.phase())?;
            Some((phase, planned.steps.iter().position(|known| known.id == *step)?))
        })
    }

    /// Whether a step can have run when the text of `used` is needed.
    fn before(
        &self,
        used: &Use<'_>,
        step: &StepId,
        (phase, index): (usize, usize),
    ) -> Result<(), Unknown> {
        let Viewpoint::Step { at: (own, user), .. } = used.from else { return Ok(()) };
        let ran = if phase == own {
            can_precede(&self.plan.phases[own].steps, index, user)
        } else {
            self.over[own][phase]
        };
        if ran {
            return Ok(());
        }
        let help = if phase == own {
            "name a step further up; what stands beside or below has no value yet".to_owned()
        } else {
            let phase = &self.plan.phases[phase].id;
            format!("let this phase wait for it: `needs: [{phase}]`")
        };
        let message = format!("step `{step}` cannot have run before this");
        Err(Unknown { message, help: Some(help) })
    }
}

/// Whether what a name stands for may be a list or a map.
const fn has_parts(name: &Name<'_, '_>) -> bool {
    match name {
        Name::Var(_) | Name::Item(_) | Name::Own(_) | Name::OwnFiles => true,
        Name::Step { field, .. } => matches!(field, Field::Output(_) | Field::Items),
        // An input may be a map.
        Name::Input(input) => matches!(input.kind, hardstop_core::model::InputKind::Map),
        Name::Secret | Name::Run(_) | Name::Now => false,
    }
}
