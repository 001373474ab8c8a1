//! People, policies and headers.
//!
//! The team: `alice` (who also owns `alice@second.example.com`), `bob` and `carol` in `team:sre`;
//! `dave`, who is in no team. Any other name is somebody the policy does not know.

use std::collections::BTreeMap;

use hardstop_core::{
    header::{Header, Part, PinnedPolicy, PinnedRunbook},
    ids::{Digest, PersonId},
    model::SeparatedRole,
    policy::{Actor, By, Channel, Person, Policy, Subject, Verb},
    time::Timestamp,
};

/// A digest made of one number, so that a test can name it.
pub fn digest(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

/// The digest of [`team`]'s text.
pub const TEAM_DIGEST: u8 = 0x71;

/// Whoever uses the account `name@example.com`, at assurance level 1; `name/second` uses
/// `name@second.example.com` instead.
pub fn actor(name: &str) -> Actor {
    let email = match name.split_once('/') {
        Some((name, host)) => format!("{name}@{host}.example.com"),
        None => format!("{name}@example.com"),
    };
    Actor { email, via: Channel::Cli, level: 1 }
}

/// The embedded policy.
pub fn solo() -> Policy {
    Policy::solo(digest(0x50))
}

/// Version 1 of a policy under which everybody it knows may use every verb.
pub fn team() -> Policy {
    let person = |name: &str| -> (PersonId, Person) {
        let emails = ["example.com", "second.example.com"].map(|host| format!("{name}@{host}"));
        (id(name), Person { emails: emails.to_vec(), ..Person::default() })
    };
    Policy {
        version: 1,
        digest: digest(TEAM_DIGEST),
        people: ["alice", "bob", "carol", "dave"].map(person).into(),
        teams: [(name("sre"), ["alice", "bob", "carol"].map(id).to_vec())].into(),
        roles: BTreeMap::new(),
        allow: Verb::ALL.map(|verb| (verb, vec![Subject::Anyone])).into(),
        revoked: Vec::new(),
    }
}

/// The header of a run that `initiator` starts, of a runbook last edited by `carol`.
pub fn header(initiator: &str, policy: &Policy, created: Timestamp) -> Header {
    let actor = actor(initiator);
    let person = policy.person(&actor.email).unwrap_or_else(|| id("nobody"));
    Header {
        schema: Header::SCHEMA.to_owned(),
        run: name("k7f3q9xm2p-20260101-000000"),
        product: "hardstop test".to_owned(),
        runner_key: "SHA256:test".to_owned(),
        runbook: PinnedRunbook {
            id: name("test"),
            path: "runbooks/test.yaml".to_owned(),
            commit: "0".repeat(40),
            digest: digest(1),
            draft: false,
        },
        plan: digest(2),
        inputs: digest(3),
        policy: PinnedPolicy { version: policy.version, digest: policy.digest },
        initiator: By { person, actor },
        parts: vec![Part {
            role: SeparatedRole::LastEditor,
            email: "carol@second.example.com".to_owned(),
            person: None,
        }],
        created,
        trigger: None,
        parent: None,
        zones: None,
    }
}

/// Parses any of the core's names.
pub fn name<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a valid name"))
}

fn id(text: &str) -> PersonId {
    name(text)
}
