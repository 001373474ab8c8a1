//! `kind: Policy` to the core's policy.

use std::collections::{BTreeMap, HashMap};

use hardstop_core::{
    ids::{Digest, InvalidId, PersonId, TeamId},
    policy::{Person, Policy, Revocation, Subject},
};

use crate::{
    diagnostics::{Diagnostics, Sink},
    file::read,
    spelling, syntax,
    yaml::Node,
};

/// Reads the text of a policy; `digest` is the digest of that text.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX).
pub fn policy(name: &str, text: &str, digest: Digest) -> Result<Policy, Diagnostics> {
    let mut sink = Sink::new(name, text);
    let schema = crate::schema::of::<syntax::Policy>();
    let Some((file, tree)) = read::<syntax::Policy>(&mut sink, &schema) else {
        return Err(sink.failed());
    };
    let mut reader = Reader { sink, file: &file };
    let policy = Policy {
        version: file.version,
        digest,
        people: reader.people(tree.get("people")),
        teams: reader.groups(&file.teams, tree.find("teams")),
        roles: reader.groups(&file.roles, tree.find("roles")),
        allow: file
            .allow
            .iter()
            .map(|(verb, subjects)| {
                let node = tree.get("allow").get(verb.name());
                (*verb, reader.subjects(subjects, node))
            })
            .collect(),
        revoked: reader.revoked(tree.find("revoked")),
    };
    reader.sink.finish()?;
    Ok(policy)
}

struct Reader<'f, 't> {
    sink: Sink<'t>,
    file: &'f syntax::Policy,
}

impl Reader<'_, '_> {
    fn people(&mut self, node: &Node) -> BTreeMap<PersonId, Person> {
        let mut people = BTreeMap::new();
        // One account, one person: whoever owns two persons could approve their own run.
        let mut owners: HashMap<String, &str> = HashMap::new();
        let mut keys: HashMap<String, &str> = HashMap::new();
        let mut accounts: HashMap<(&String, &u64), &str> = HashMap::new();
        let file = self.file;
        for (name, node) in node.entries() {
            let Some(person) = file.people.get(name) else { continue };
            for (index, email) in person.emails.iter().enumerate() {
                let email = email.to_ascii_lowercase();
                if let Some(other) = owners.insert(email.clone(), name) {
                    let message = format!("`{email}` belongs to `{other}` already");
                    let at = &node.get("emails").item(index).at;
                    self.sink.error("policy::shared-account", at, message, None);
                }
            }
            for (index, key) in person.keys.iter().enumerate() {
                // The comment after it is free text.
                let blob = key.split_whitespace().nth(1).unwrap_or(key).to_owned();
                if let Some(other) = keys.insert(blob, name) {
                    let message = format!("this key belongs to `{other}` already");
                    let at = &node.get("keys").item(index).at;
                    self.sink.error("policy::shared-account", at, message, None);
                }
            }
            for (forge, number) in &person.accounts {
                if let Some(other) = accounts.insert((forge, number), name) {
                    let message =
                        format!("account {number} of {forge} belongs to `{other}` already");
                    let at = &node.get("accounts").get(forge).at;
                    self.sink.error("policy::shared-account", at, message, None);
                }
            }
            match name.parse() {
                Ok(id) => {
                    let person = Person {
                        emails: person.emails.clone(),
                        keys: person.keys.clone(),
                        accounts: person.accounts.clone(),
                    };
                    people.insert(id, person);
                }
                Err(error) => self.invalid(node, &error),
            }
        }
        people
    }

    fn groups(
        &mut self,
        groups: &BTreeMap<String, Vec<String>>,
        node: Option<&Node>,
    ) -> BTreeMap<TeamId, Vec<PersonId>> {
        let mut built = BTreeMap::new();
        for (name, node) in node.into_iter().flat_map(Node::entries) {
            let Some(members) = groups.get(name) else { continue };
            let mut people = Vec::new();
            for (index, member) in members.iter().enumerate() {
                if self.known("person", member, self.file.people.keys(), node.item(index)) {
                    people.extend(member.parse());
                }
            }
            match name.parse() {
                Ok(id) => drop(built.insert(id, people)),
                Err(error) => self.invalid(node, &error),
            }
        }
        built
    }

    fn revoked(&mut self, node: Option<&Node>) -> Vec<Revocation> {
        let mut built = Vec::new();
        for (index, revoked) in self.file.revoked.iter().enumerate() {
            let Some(node) = node.map(|node| node.item(index)) else { continue };
            match revocation(revoked) {
                Ok(revocation) => built.push(revocation),
                Err((key, message, help)) => {
                    let at = &key.map_or(node, |key| node.get(key)).at;
                    self.sink.error("policy::revoked", at, message, Some(help.to_owned()));
                }
            }
        }
        built
    }

    fn subjects(&mut self, subjects: &[String], node: &Node) -> Vec<Subject> {
        let mut built = Vec::new();
        for (index, text) in subjects.iter().enumerate() {
            let node = node.item(index);
            match text.parse::<Subject>() {
                Ok(subject) => {
                    let file = self.file;
                    match &subject {
                        Subject::Person(id) => {
                            self.known("person", id.as_str(), file.people.keys(), node)
                        }
                        Subject::Team(id) => {
                            self.known("team", id.as_str(), file.teams.keys(), node)
                        }
                        Subject::Role(id) => {
                            self.known("role", id.as_str(), file.roles.keys(), node)
                        }
                        Subject::Anyone => true,
                    };
                    built.push(subject);
                }
                Err(error) => self.invalid(node, &error),
            }
        }
        built
    }

    fn known<'k>(
        &mut self,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'k String> + Clone,
        node: &Node,
    ) -> bool {
        let found = known.clone().any(|known| known == name);
        if !found {
            let help = spelling::suggest(name, known.map(String::as_str));
            let message = format!("unknown {what} `{name}`");
            self.sink.error("policy::unknown-reference", &node.at, message, help);
        }
        found
    }

    fn invalid(&mut self, node: &Node, error: &InvalidId) {
        let message = format!("`{}` cannot be a name", error.text);
        let help = Some(format!("use {}", error.rule));
        self.sink.error("policy::invalid-name", &node.at, message, help);
    }
}

/// What is revoked; otherwise the key that is wrong, if it is one, and what is wrong with it.
fn revocation(
    revoked: &syntax::Revoked,
) -> Result<Revocation, (Option<&'static str>, String, &'static str)> {
    let reason = revoked.reason.clone();
    match (&revoked.text, &revoked.commit) {
        (Some(text), None) => {
            let digest = Digest::try_from(text.clone()).map_err(|error| {
                let message = format!("`{}` is not the digest of a text", error.text);
                (Some("text"), message, "write `sha256:` and what `sha256sum` says of the file")
            })?;
            Ok(Revocation::Text { digest, reason })
        }
        (None, Some(commit)) => {
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            if !matches!(commit.len(), 40 | 64) || !commit.bytes().all(is_digit) {
                let message = format!("`{commit}` is not a commit's whole id");
                return Err((Some("commit"), message, "`git rev-parse <commit>` prints it"));
            }
            Ok(Revocation::Commit { commit: commit.clone(), reason })
        }
        (Some(_), Some(_)) | (None, None) => Err((
            None,
            "one revocation has either `text` or `commit`".to_owned(),
            "write an item for each",
        )),
    }
}
