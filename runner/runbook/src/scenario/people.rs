//! The people of a scenario, as the policy that a repository with these people would have.

use std::collections::BTreeMap;

use hardstop_core::{
    ids::{Digest, PersonId, TeamId},
    policy::{Actor, Channel, Person, Policy, Subject, Verb},
};

use super::{read::Reader, syntax};
use crate::{spelling, yaml::Node};

/// The level of what comes from the command line.
const LEVEL: u8 = 1;

impl Reader<'_, '_> {
    /// The policy that these people make: everybody may use every verb, unless `may` says which.
    pub(super) fn policy(&mut self) -> Policy {
        let digest = Digest::from_bytes([0; 32]);
        let file = self.file;
        if file.people.is_empty() {
            return Policy::solo(digest);
        }
        let mut policy = Policy {
            version: 1,
            digest,
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            roles: BTreeMap::new(),
            allow: BTreeMap::new(),
            revoked: Vec::new(),
        };
        let node = self.tree.get("people");
        for (name, person) in &file.people {
            let node = node.get(name);
            let Some(id) = self.id::<PersonId>(name, node) else { continue };
            for (groups, named, key) in [
                (&mut policy.teams, &person.teams, "teams"),
                (&mut policy.roles, &person.roles, "roles"),
            ] {
                for (index, group) in named.iter().enumerate() {
                    if let Some(group) = self.id::<TeamId>(group, node.get(key).item(index)) {
                        groups.entry(group).or_default().push(id.clone());
                    }
                }
            }
            for verb in person.may.as_deref().unwrap_or(&Verb::ALL) {
                policy.allow.entry(*verb).or_default().push(Subject::Person(id.clone()));
            }
            let emails = person.emails.clone().unwrap_or_else(|| vec![email(name)]);
            policy.people.insert(id, Person { emails, ..Person::default() });
        }
        policy
    }

    /// The account that `by` names, or that uses the verb by default.
    pub(super) fn actor(
        &mut self,
        by: Option<&String>,
        node: &Node,
        verb: Option<Verb>,
        level: Option<u8>,
    ) -> Actor {
        let file = self.file;
        let actors = self.tree.get("actors");
        let of_verb = verb.and_then(|verb| Some((verb.name(), file.actors.get(verb.name())?)));
        let starter = || Some(("starter", file.actors.get("starter")?));
        let email = match (by, of_verb.or_else(starter)) {
            (Some(by), _) => self.account(by, node),
            (None, Some((key, name))) => self.account(name, actors.get(key)),
            (None, None) => match file.people.keys().next() {
                Some(first) => self.account(first, actors),
                None => email("operator"),
            },
        };
        Actor { email, via: Channel::Cli, level: level.unwrap_or(LEVEL) }
    }

    /// The account of somebody named, or named by one of their accounts.
    pub(super) fn account(&mut self, name: &str, node: &Node) -> String {
        let file = self.file;
        if file.people.is_empty() {
            return if name.contains('@') { name.to_owned() } else { email(name) };
        }
        if let Some(person) = file.people.get(name) {
            let first = person.emails.as_ref().and_then(|emails| emails.first());
            return first.cloned().unwrap_or_else(|| email(name));
        }
        let owned = file.people.values().filter_map(|person| person.emails.as_ref()).flatten();
        if let Some(account) = owned.into_iter().find(|account| *account == name) {
            return account.clone();
        }
        let help = spelling::suggest(name, file.people.keys().map(String::as_str));
        let message = format!("`{name}` is not among the people of this scenario");
        self.sink.error("scenario::person", &node.at, message, help);
        email(name)
    }

    /// Reports keys of `actors` that are no verbs.
    pub(super) fn check_actors(&mut self) {
        let verbs: Vec<&str> =
            ["starter"].into_iter().chain(Verb::ALL.iter().map(|verb| verb.name())).collect();
        let node = self.tree.get("actors");
        let file: &syntax::Scenario = self.file;
        for (verb, name) in &file.actors {
            if verbs.contains(&verb.as_str()) {
                self.account(name, node.get(verb));
            } else {
                let help = spelling::suggest(verb, verbs.iter().copied());
                let message = format!("`{verb}` is not a verb");
                self.sink.error("scenario::actor", &node.get(verb).at, message, help);
            }
        }
    }
}

fn email(name: &str) -> String {
    format!("{name}@example.com")
}
