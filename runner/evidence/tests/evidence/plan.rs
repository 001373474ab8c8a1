//! The plan of every run here, and the people who may do things in it.

use std::collections::BTreeMap;

use hardstop_core::{
    model::{
        Anchor, AnchorPoint, Approval, AttemptRule, Checklist, Delay, EvidenceFile, Item, ItemKind,
        OnFailure, OnRejected, OnTimeout, Phase, Plan, Program, Retry, Run, SeparatedRole, Step,
        StepKind, Until,
    },
    policy::{Person, Policy, Verb},
    time::Millis,
};
use hardstop_evidence::digest;

use super::story::step;

pub(crate) fn people() -> Policy {
    sre(&["alice", "bob"])
}

/// Everybody named is of the team that may do everything.
pub(crate) fn sre(names: &[&str]) -> Policy {
    let person = |name: &str| {
        let emails = vec![format!("{name}@example.com")];
        (name.parse().unwrap(), Person { emails, ..Person::default() })
    };
    Policy {
        version: 1,
        digest: digest(b""),
        people: names.iter().map(|name| person(name)).collect(),
        teams: [("sre".parse().unwrap(), names.iter().map(|it| it.parse().unwrap()).collect())]
            .into(),
        roles: BTreeMap::new(),
        allow: Verb::ALL.map(|verb| (verb, vec!["team:sre".parse().unwrap()])).into(),
        revoked: Vec::new(),
    }
}

pub(crate) fn command(name: &str, evidence: Vec<EvidenceFile>) -> Step {
    let retry = Retry {
        max_attempts: 1,
        delay: Millis(0),
        backoff: 1,
        max_delay: Millis(0),
        on: Vec::new(),
    };
    let run = Run {
        program: Program::Argv(vec!["./drill".to_owned(), name.to_owned()]),
        env: BTreeMap::new(),
        directory: None,
        timeout: Millis::from_secs(60),
        retry,
        idempotent: false,
        capture: None,
        until: None,
    };
    planned(name, StepKind::Run(run), evidence)
}

pub(crate) fn planned(name: &str, kind: StepKind, evidence: Vec<EvidenceFile>) -> Step {
    Step {
        id: step(&format!("drill/{name}")),
        title: name.to_owned(),
        description: String::new(),
        condition: None,
        kind,
        on_failure: OnFailure::Pause,
        evidence,
        within: None,
        for_each: None,
        backout: false,
        locks: Vec::new(),
        formerly: None,
    }
}

pub(crate) fn delay(until: Until) -> Delay {
    let attempt = AttemptRule::default();
    Delay { until, attempt, continuous: false, zone: None, break_glass: None }
}

/// Back up, confirm, let ten seconds pass, ask, delete.
pub(crate) fn plan() -> Plan {
    let refs = EvidenceFile {
        id: "refs".to_owned(),
        file: "refs.txt".to_owned(),
        required: true,
        max_bytes: 1_000,
        content: None,
    };
    let seen = Item {
        id: "seen".parse().unwrap(),
        text: "All refs are there".to_owned(),
        kind: ItemKind::Tick,
        optional: false,
        evidence: false,
    };
    let checklist = Checklist {
        items: vec![seen],
        assignees: Vec::new(),
        timeout: Millis::from_secs(3_600),
        on_timeout: OnTimeout::Pause,
    };
    let anchor = Anchor { step: step("drill/backup"), point: AnchorPoint::Finished };
    let until = Until::After { span: Millis::from_secs(10), since: Some(anchor) };
    let approval = Approval {
        message: "Delete the copy?".to_owned(),
        approvers: vec!["team:sre".parse().unwrap()],
        min_approvals: 1,
        exclude: vec![SeparatedRole::Initiator],
        min_level: 1,
        show: vec![step("drill/backup")],
        timeout: Millis::from_secs(3_600),
        on_timeout: OnTimeout::Pause,
        on_rejected: OnRejected::Pause,
        valid_for: Millis::from_secs(600),
        groups: Vec::new(),
        binds: Vec::new(),
        remind: Vec::new(),
        escalate: Vec::new(),
        calendar: None,
    };
    let steps = vec![
        command("backup", vec![refs]),
        planned("confirm", StepKind::Checklist(checklist), Vec::new()),
        planned("settle", StepKind::HardStop(delay(until)), Vec::new()),
        planned("approve", StepKind::Approval(approval), Vec::new()),
        command("delete", Vec::new()),
    ];
    of("drill", "Backup drill", steps)
}

/// The runbook of that name with these steps in one phase.
pub(crate) fn of(runbook: &str, title: &str, steps: Vec<Step>) -> Plan {
    Plan {
        semantics: Plan::SEMANTICS,
        runbook: runbook.parse().unwrap(),
        title: title.to_owned(),
        inputs: Vec::new(),
        vars: Vec::new(),
        secrets: BTreeMap::new(),
        phases: vec![Phase {
            id: "drill".parse().unwrap(),
            title: "Drill".to_owned(),
            needs: Vec::new(),
            finally: false,
            on_abort: false,
            steps,
        }],
        timezone: String::new(),
        outputs: Vec::new(),
        permissions: BTreeMap::new(),
        concurrency: None,
        windows: Vec::new(),
        calendars: BTreeMap::new(),
        children: BTreeMap::new(),
        plugins: BTreeMap::new(),
    }
}
