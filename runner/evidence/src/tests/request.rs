//! The request file's bytes.

use std::collections::BTreeMap;

use hardstop_core::{event::Binding, ids::AttemptNo, model::SeparatedRole, time::Timestamp};

use crate::{
    digest,
    request::{Request, Rule},
};

#[test]
fn every_change_is_another_code() {
    let sum = |text: &str| digest(text.as_bytes());
    let at: Timestamp = "2026-11-20T15:53:32Z".parse().unwrap();
    let request = Request {
        schema: Request::SCHEMA.to_owned(),
        run: "k7f3q9xm2p-20261120-155332".parse().unwrap(),
        step: "drill/approve".parse().unwrap(),
        request: AttemptNo::FIRST,
        message: "Delete the copy?".to_owned(),
        binding: Binding {
            runbook: sum("runbook"),
            plan: sum("plan"),
            inputs: sum("inputs"),
            policy: sum("policy"),
            shown: Vec::new(),
        },
        plugins: BTreeMap::new(),
        rule: Rule {
            approvers: vec!["team:sre".parse().unwrap()],
            min_approvals: 1,
            exclude: vec![SeparatedRole::Initiator],
            min_level: 1,
            groups: Vec::new(),
            binds: Vec::new(),
            escalate: Vec::new(),
        },
        requesters: Vec::new(),
        opened: at,
        expires: at,
        nonce: "00".to_owned(),
    };
    let (bytes, first) = request.to_file();
    assert_eq!(Request::from_file(&bytes).unwrap(), request);
    let other = Request { nonce: "01".to_owned(), ..request.clone() };
    assert_ne!(other.to_file().1.code(), first.code());
    let plugins = BTreeMap::from([("jenkins".to_owned(), sum("component"))]);
    let other = Request { plugins, ..request };
    assert_ne!(other.to_file().1.code(), first.code());
    assert_eq!(Request::from_file(&other.to_file().0).unwrap(), other);
    assert!(Request::from_file(&bytes[1..]).is_err());
    assert!(Request::from_file(&[&bytes[..], b"\n"].concat()).is_err());
}
