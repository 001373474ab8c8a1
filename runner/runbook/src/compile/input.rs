//! What a runbook asks for: inputs and variables.

use std::collections::BTreeMap;

use hardstop_core::{
    model::{Input, InputKind},
    value::Value,
};

use super::build::{Builder, Slot};
use crate::{expression::Viewpoint, inputs, syntax, yaml::Node};

impl<'n> Builder<'n, '_, '_> {
    pub(super) fn inputs(
        &mut self,
        inputs: &BTreeMap<String, syntax::Input>,
        tree: &Node,
    ) -> Vec<Input> {
        let node = tree.find("inputs");
        self.names(node, "input");
        node.into_iter()
            .flat_map(Node::entries)
            .filter_map(|(name, node)| Some(self.input(name, inputs.get(name)?, node)))
            .collect()
    }

    fn input(&mut self, name: &str, input: &syntax::Input, node: &Node) -> Input {
        let kind = match input.kind {
            syntax::InputType::Text => InputKind::Text {
                pattern: input.pattern.clone(),
                choices: input.choices.clone().unwrap_or_default(),
            },
            syntax::InputType::Integer => InputKind::Integer { min: input.min, max: input.max },
            syntax::InputType::Boolean => InputKind::Boolean,
            syntax::InputType::Duration => InputKind::Duration,
            syntax::InputType::List => InputKind::List,
            syntax::InputType::Date => InputKind::Date,
            syntax::InputType::Instant => InputKind::Instant,
            syntax::InputType::Map => InputKind::Map,
        };
        let is_text = matches!(kind, InputKind::Text { .. });
        let is_integer = matches!(kind, InputKind::Integer { .. });
        let constraints = [
            ("pattern", input.pattern.is_some() && !is_text),
            ("choices", input.choices.is_some() && !is_text),
            ("min", input.min.is_some() && !is_integer),
            ("max", input.max.is_some() && !is_integer),
        ];
        for (key, misplaced) in constraints {
            if misplaced {
                let message = format!("`{key}` says nothing about an input of this type");
                self.sink.error("runbook::misplaced-key", &node.get(key).at, message, None);
            }
        }
        if let (Some(min), Some(max)) = (input.min, input.max)
            && min > max
        {
            let message = format!("nothing is at least {min} and at most {max}");
            self.sink.error("runbook::out-of-range", &node.get("max").at, message, None);
        }
        if let Some(pattern) = &input.pattern {
            self.pattern(pattern, node.get("pattern"));
        }
        let default = input.default.clone().and_then(|value| {
            inputs::constant(&kind, value)
                .map_err(|message| {
                    let at = &node.get("default").at;
                    self.sink.error("runbook::default", at, message, None);
                })
                .ok()
        });
        let description = input.description.clone().unwrap_or_default();
        Input { name: name.to_owned(), description, kind, default }
    }

    pub(super) fn pattern(&mut self, pattern: &str, node: &Node) {
        if self.patterns.contains(pattern) {
            return;
        }
        if let Err(error) = regex::Regex::new(pattern) {
            let shown = error.to_string();
            let why = shown.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let message = format!("not a regular expression: {why}");
            self.sink.error("runbook::pattern", &node.at, message, None);
        } else {
            self.patterns.insert(pattern.to_owned());
        }
    }

    pub(super) fn vars(
        &mut self,
        vars: &BTreeMap<String, Value>,
        tree: &'n Node,
    ) -> Vec<(String, Value)> {
        let node = tree.find("vars");
        self.names(node, "variable");
        node.into_iter()
            .flat_map(Node::entries)
            .filter_map(|(name, node)| Some((name, node, vars.get(name)?)))
            .enumerate()
            .map(|(place, (name, node, value))| {
                self.texts_from(node, Viewpoint::Var(place), &Slot::Text);
                (name.to_owned(), value.clone())
            })
            .collect()
    }
}
