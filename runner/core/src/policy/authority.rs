//! Answers of a policy: who somebody is, and whether they may.

use std::collections::BTreeMap;

use super::{Actor, By, Person, Policy, Subject, Verb};
use crate::{
    ids::{Digest, PersonId},
    model::Plan,
};

impl Policy {
    /// The policy of a repository that has none: whoever asks is known by their address and may
    /// do everything, alone. Every place that shows a run says so.
    ///
    /// `digest` is that of the text that stands for this policy in the evidence.
    pub fn solo(digest: Digest) -> Self {
        Self {
            version: 0,
            digest,
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            roles: BTreeMap::new(),
            allow: Verb::ALL.into_iter().map(|verb| (verb, vec![Subject::Anyone])).collect(),
            revoked: Vec::new(),
        }
    }

    /// Whether this is the embedded policy under which one person may approve their own run.
    pub const fn is_solo(&self) -> bool {
        self.version == 0
    }

    /// The person behind an account; `None` if the policy does not know it, and then nothing is
    /// allowed.
    pub fn person(&self, email: &str) -> Option<PersonId> {
        if self.is_solo() {
            return email.to_ascii_lowercase().parse().ok();
        }
        let owns =
            |person: &Person| person.emails.iter().any(|own| own.eq_ignore_ascii_case(email));
        self.people.iter().find(|(_, person)| owns(person)).map(|(id, _)| id.clone())
    }

    /// Whether `subject` speaks of `person`. Someone the policy does not list is nobody.
    pub fn includes(&self, subject: &Subject, person: &PersonId) -> bool {
        // A runbook names its teams; alone, one person stands for all of them.
        if self.is_solo() {
            return true;
        }
        let listed = |members: Option<&Vec<PersonId>>| {
            members.is_some_and(|members| members.contains(person))
        };
        self.people.contains_key(person)
            && match subject {
                Subject::Person(id) => id == person,
                Subject::Team(team) => listed(self.teams.get(team)),
                Subject::Role(role) => listed(self.roles.get(role)),
                Subject::Anyone => true,
            }
    }

    /// Whether `person` may use `verb`. Default deny.
    pub fn allows(&self, verb: Verb, person: &PersonId) -> bool {
        self.allow
            .get(&verb)
            .is_some_and(|subjects| subjects.iter().any(|subject| self.includes(subject, person)))
    }

    /// The person behind `actor`, if they may use `verb` on a run of `plan`. Every verb, however it
    /// reaches a run, is allowed here or not at all: the policy and the runbook must both allow it,
    /// so that a runbook can only tighten the policy.
    ///
    /// # Errors
    ///
    /// The reason, for the person who asked and for the journal.
    pub fn authorise(&self, plan: &Plan, verb: Verb, actor: &Actor) -> Result<By, String> {
        let Some(person) = self.person(&actor.email) else {
            return Err(format!("the policy does not know `{}`", actor.email));
        };
        if !self.allows(verb, &person) {
            return Err(format!("the policy does not allow `{person}` to {verb}"));
        }
        let among = |subjects: &Vec<Subject>| subjects.iter().any(|it| self.includes(it, &person));
        if !plan.permissions.get(&verb).is_none_or(among) {
            return Err(format!("this runbook does not allow `{person}` to {verb}"));
        }
        Ok(By { person, actor: actor.clone() })
    }
}
