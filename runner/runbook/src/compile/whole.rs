//! The runbook as a whole: everything but its phases.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use hardstop_core::{
    calendar::Zone,
    limits::TIMEOUT_DEFAULT,
    model::{AfterRemedy, Concurrency, Plan, Secret, Step},
    policy::{Subject, Verb},
    value::Value,
};

use super::{
    build::{Builder, Defaults, Slot, Use},
    child::Family,
};
use crate::{diagnostics::Sink, expression::Viewpoint, secret::source, syntax, yaml::Node};

/// A plan, and what is left to be checked.
pub(super) struct Built<'n> {
    pub(super) plan: Plan,
    pub(super) uses: Vec<Use<'n>>,
    /// The node of each step, by phase and place.
    pub(super) nodes: Vec<Vec<&'n Node>>,
    /// Actions of plugins that are not locked.
    pub(super) unlocked: BTreeSet<String>,
}

impl<'n> Built<'n> {
    /// Every step with its node.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&Step, &'n Node)> {
        self.plan.steps().zip(self.nodes.iter().flatten().copied())
    }
}

/// The plan of `file`, whose tree is `tree`.
pub(super) fn plan<'n>(
    file: &syntax::Runbook,
    tree: &'n Node,
    family: &Family<'_>,
    sink: &mut Sink<'_>,
) -> Built<'n> {
    let (timeout, on_failure) = (TIMEOUT_DEFAULT, AfterRemedy::default());
    let mut builder = Builder {
        sink,
        family,
        uses: Vec::new(),
        nodes: Vec::new(),
        zone: Zone::UTC,
        calendars: file.calendars.keys().cloned().collect(),
        defaults: Defaults { timeout, on_failure, retry: None },
        children: BTreeMap::new(),
        plugins: BTreeMap::new(),
        unlocked: BTreeSet::new(),
        phase: 0,
        prefix: String::new(),
        formerly: String::new(),
        steps: Vec::new(),
        step_nodes: Vec::new(),
        seen: HashMap::new(),
        within: None,
        rescued: false,
        items: Vec::new(),
        step: 0,
        patterns: HashSet::new(),
    };
    builder.zone = builder.zone(file.timezone.as_ref(), tree.get("timezone"));
    builder.set_defaults(file.defaults.as_ref(), tree.get("defaults"));
    let plan = Plan {
        semantics: Plan::SEMANTICS,
        runbook: builder.parse(&file.id, tree.get("id"), "broken"),
        title: file.title.as_ref().unwrap_or(&file.id).clone(),
        inputs: builder.inputs(&file.inputs, tree),
        vars: builder.vars(&file.vars, tree),
        secrets: builder.secrets(file, tree),
        phases: builder.phases(file, tree),
        timezone: file.timezone.clone().unwrap_or_default(),
        outputs: builder.outputs(&file.outputs, tree),
        permissions: builder.permissions(file, tree.get("permissions")),
        concurrency: builder.concurrency(file.concurrency.as_ref(), tree.get("concurrency")),
        windows: builder.windows(&file.windows, tree.get("windows")),
        calendars: builder.calendars(&file.calendars, tree),
        children: std::mem::take(&mut builder.children),
        plugins: std::mem::take(&mut builder.plugins),
    };
    for (index, owner) in file.owners.iter().enumerate() {
        builder.subject(owner, tree.get("owners").item(index));
    }
    let Builder { uses, nodes, unlocked, .. } = builder;
    Built { plan, uses, nodes, unlocked }
}

impl<'n> Builder<'n, '_, '_> {
    fn set_defaults(&mut self, defaults: Option<&syntax::Defaults>, node: &Node) {
        let Some(given) = defaults else { return };
        self.defaults = Defaults {
            timeout: self.limit(given.timeout.as_ref(), node.get("timeout"), TIMEOUT_DEFAULT),
            on_failure: given.on_failure.unwrap_or_default(),
            retry: given.retry.as_ref().map(|retry| self.retry(retry, node.get("retry"))),
        };
    }

    fn secrets(&mut self, file: &syntax::Runbook, tree: &Node) -> BTreeMap<String, Secret> {
        let node = tree.find("secrets");
        self.names(node, "secret");
        let mut secrets = BTreeMap::new();
        for (name, node) in node.into_iter().flat_map(Node::entries) {
            let Some(syntax::Secret { env, file, command }) = file.secrets.get(name) else {
                continue;
            };
            let from = (env.as_ref(), file.as_ref(), command.as_ref());
            if let Some(secret) = source(from, node, self.sink) {
                secrets.insert(name.to_owned(), secret);
            }
        }
        secrets
    }

    fn outputs(
        &mut self,
        outputs: &BTreeMap<String, Value>,
        tree: &'n Node,
    ) -> Vec<(String, Value)> {
        let node = tree.find("outputs");
        self.names(node, "output");
        let mut built = Vec::new();
        for (name, node) in node.into_iter().flat_map(Node::entries) {
            if let Some(value) = outputs.get(name) {
                self.texts_from(node, Viewpoint::Closing, &Slot::Text);
                built.push((name.to_owned(), value.clone()));
            }
        }
        built
    }

    fn permissions(&mut self, file: &syntax::Runbook, node: &Node) -> BTreeMap<Verb, Vec<Subject>> {
        let built = file.permissions.iter().map(|(verb, who)| {
            let node = node.get(verb.name());
            if who.is_empty() {
                let message = format!("nobody may `{}`", verb.name());
                let help = Some("name a person, a team or a role: `[team:sre]`".to_owned());
                self.sink.error("runbook::empty", &node.at, message, help);
            }
            (*verb, self.subjects(who, node))
        });
        built.collect()
    }

    fn concurrency(
        &mut self,
        given: Option<&syntax::Concurrency>,
        node: &'n Node,
    ) -> Option<Concurrency> {
        let given = given?;
        let from = Viewpoint::Opening;
        self.uses.push(Use { node: node.get("group"), from, slot: Slot::Text });
        Some(Concurrency { group: given.group.clone(), on_conflict: given.on_conflict })
    }
}
