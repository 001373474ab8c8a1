//! The runbook as a whole: phases in order, names that are told apart.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    str::FromStr,
};

use hardstop_core::{
    ids::{InvalidId, ItemId, StepId},
    limits::NAMES_MAX,
    model::{AnchorPoint, Plan, Secret},
    policy::Subject,
    time::Millis,
};

use crate::{
    diagnostics::Sink,
    expression::{Viewpoint, spelled},
    measure, syntax,
    yaml::{Kind, Node},
};

/// A text that may hold expressions, to be checked once the whole plan is known.
pub(super) struct Use<'n> {
    pub(super) node: &'n Node,
    pub(super) from: Viewpoint,
    /// The step's place in its phase; all of the phase for `None`.
    pub(super) step: Option<usize>,
    pub(super) slot: Slot,
}

/// What is expected of a text with expressions.
#[derive(Clone)]
pub(super) enum Slot {
    /// Any text.
    Text,
    /// A value of `env`, which may be a secret.
    Env,
    /// One expression and nothing else.
    Condition,
    /// An RFC 3339 instant or one expression.
    Instant,
    /// No expression, but another step, by its address.
    Address(StepId, Option<AnchorPoint>),
}

/// Builds a plan. Where something is wrong, a stand-in keeps the rest checkable.
pub(super) struct Builder<'n, 's, 't> {
    pub(super) sink: &'s mut Sink<'t>,
    pub(super) uses: Vec<Use<'n>>,
    /// The phase's place in the plan, and what the addresses of its steps begin with.
    pub(super) phase: usize,
    pub(super) prefix: String,
    pub(super) step: usize,
    /// Patterns that compile: that takes long, and runbooks repeat them.
    pub(super) patterns: HashSet<String>,
}

/// The plan of `file`, whose tree is `tree`, and what is left to be checked.
pub(super) fn plan<'n>(
    file: &syntax::Runbook,
    tree: &'n Node,
    sink: &mut Sink<'_>,
) -> (Plan, Vec<Use<'n>>) {
    let mut builder = Builder {
        sink,
        uses: Vec::new(),
        phase: 0,
        prefix: String::new(),
        step: 0,
        patterns: HashSet::new(),
    };
    let plan = Plan {
        semantics: Plan::SEMANTICS,
        runbook: builder.parse(&file.id, tree.get("id"), "broken"),
        title: file.title.as_ref().unwrap_or(&file.id).clone(),
        inputs: builder.inputs(&file.inputs, tree),
        vars: builder.vars(&file.vars, tree),
        secrets: builder.secrets(file, tree),
        phases: builder.phases(file, tree),
    };
    for (index, owner) in file.owners.iter().enumerate() {
        builder.subject(owner, tree.get("owners").item(index));
    }
    (plan, builder.uses)
}

impl<'n> Builder<'n, '_, '_> {
    fn secrets(&mut self, file: &syntax::Runbook, tree: &Node) -> BTreeMap<String, Secret> {
        let node = tree.find("secrets");
        self.names(node, "secret");
        let mut secrets = BTreeMap::new();
        for (name, node) in node.into_iter().flat_map(Node::entries) {
            if let Some(secret) = file.secrets.get(name).and_then(|from| self.secret(from, node)) {
                secrets.insert(name.to_owned(), secret);
            }
        }
        secrets
    }

    fn secret(&mut self, from: &syntax::Secret, node: &Node) -> Option<Secret> {
        let help = match (&from.env, &from.file, &from.command) {
            (Some(variable), None, None) => {
                self.environment_name(variable, node.get("env"));
                return Some(Secret::Env(variable.clone()));
            }
            (None, Some(path), None) => {
                if path.starts_with('/') && !path.split('/').any(|part| part == "..") {
                    return Some(Secret::File(path.clone()));
                }
                "name the file by its absolute path, without `..`"
            }
            (None, None, Some(argv)) => {
                if argv.first().is_some_and(|program| !program.is_empty()) {
                    return Some(Secret::Command(argv.clone()));
                }
                "name the program first: `command: [pass, show, deploy/key]`"
            }
            _ => "say one of `env: NAME`, `file: /path` and `command: [program, argument]`",
        };
        let message = "nobody can tell where this secret comes from".to_owned();
        self.sink.error("runbook::secret-source", &node.at, message, Some(help.to_owned()));
        None
    }

    /// Parses a text with a form of its own; `stand_in` is valid and used if `text` is not.
    pub(super) fn parse<T: FromStr<Err = InvalidId>>(
        &mut self,
        text: &str,
        node: &Node,
        stand_in: &str,
    ) -> T {
        match text.parse() {
            Ok(value) => value,
            Err(error) => {
                let help = Some(format!("use {}", error.rule));
                let message = format!("`{text}` cannot be a name");
                self.sink.error("runbook::invalid-name", &node.at, message, help);
                stand_in.parse().expect("stand-ins are valid names")
            }
        }
    }

    pub(super) fn subject(&mut self, text: &str, node: &Node) -> Subject {
        self.parse(text, node, "anyone")
    }

    pub(super) fn subjects(&mut self, texts: &[String], node: &Node) -> Vec<Subject> {
        texts.iter().enumerate().map(|(i, text)| self.subject(text, node.item(i))).collect()
    }

    /// A span, or `default` if none is given.
    pub(super) fn span(&mut self, text: Option<&String>, node: &Node, default: Millis) -> Millis {
        let Some(text) = text else { return default };
        measure::duration(text).unwrap_or_else(|message| {
            self.sink.error("runbook::duration", &node.at, message, None);
            default
        })
    }

    /// A span in which something is to be done: not nothing.
    pub(super) fn limit(&mut self, text: Option<&String>, node: &Node, default: Millis) -> Millis {
        let span = self.span(text, node, default);
        if span == Millis(0) {
            let message = "nothing can be done in no time";
            self.sink.error("runbook::duration", &node.at, message, None);
        }
        span
    }

    /// Notes a text that may hold expressions.
    pub(super) fn text(&mut self, node: &'n Node, slot: Slot) {
        let from = Viewpoint::Phase(self.phase);
        self.uses.push(Use { node, from, step: Some(self.step), slot });
    }

    /// The names of a map: each a name, and none of them alike in an expression.
    pub(super) fn names(&mut self, node: Option<&Node>, what: &str) {
        let Some(Kind::Map(entries)) = node.map(|node| &node.kind) else { return };
        if entries.len() > NAMES_MAX {
            let at = &entries[NAMES_MAX].0.at;
            let message = format!("there are {} {what}s; at most {NAMES_MAX}", entries.len());
            return self.sink.error("runbook::too-many", at, message, None);
        }
        let mut seen = HashMap::new();
        for (key, _) in entries {
            if key.name.parse::<ItemId>().is_err() {
                let message = format!("`{}` is not a valid {what} name", key.name);
                let help =
                    "use lower-case letters, digits, `_` and `-`, a letter first, at most 63";
                self.sink.error("runbook::invalid-name", &key.at, message, Some(help.to_owned()));
            }
            self.distinct(&mut seen, &key.name, &key.at, what);
        }
    }

    /// Reports a name that was seen before, `-` and `_` being alike in expressions.
    pub(super) fn distinct(
        &mut self,
        seen: &mut HashMap<String, String>,
        name: &str,
        at: &std::ops::Range<usize>,
        what: &str,
    ) {
        let Some(first) = seen.insert(spelled(name), name.to_owned()) else { return };
        let (message, help) = if first == name {
            (format!("a second {what} is named `{name}`"), None)
        } else {
            let help = format!("in expressions both are `{}`", spelled(name));
            (format!("the {what} `{name}` cannot be told from `{first}`"), Some(help))
        };
        self.sink.error("runbook::duplicate-name", at, message, help);
    }

    pub(super) fn environment_name(&mut self, name: &str, node: &Node) {
        let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !valid {
            let message = format!("`{name}` is not a name of an environment variable");
            let help = "use letters, digits and `_`, no digit first".to_owned();
            self.sink.error("runbook::invalid-name", &node.at, message, Some(help));
        }
    }
}
