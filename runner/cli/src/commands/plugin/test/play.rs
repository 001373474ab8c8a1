//! Recorded exchanges, played: leg after leg, each in a fresh instance.

use std::{collections::BTreeMap, path::Path, time::Duration};

use hardstop_core::{ids::Digest, model::Grants};
use hardstop_plugin_host::Host;
use hardstop_ports::{
    plugin::{Answer, Call, Leg, Plugins as _},
    secrets::SecretValue,
};
use hardstop_runbook::{
    Diagnostics,
    action::{Manifest, in_full, unfit},
    exchanges::{Complaint, Exchanges, LegKind, exchanges},
};
use serde_json::Value;

use super::{
    judge::judge,
    world::{Recorded, complaint},
};
use crate::{
    commands::check::read,
    output::{FileProblem, PlayedView, note},
    report,
};

/// How long one leg may take. Nothing is waited for, so it is what computing takes.
const LEG_TIME: Duration = Duration::from_mins(1);

/// How exchanges came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// The file is none of the language, or not about this plugin.
    Wrong,
}

/// A plugin that is tried.
pub(super) struct Player<'p> {
    pub(super) host: &'p Host,
    pub(super) world: &'p Recorded,
    pub(super) manifest: &'p Manifest,
    pub(super) digest: Digest,
}

impl Player<'_> {
    /// Plays one file, and tells on standard error what did not come true.
    pub(super) async fn play(&self, path: &Path) -> (Verdict, PlayedView) {
        let shown = path.display().to_string();
        let mut view = PlayedView {
            path: shown.clone(),
            title: String::new(),
            passed: false,
            problems: vec![],
        };
        let read = match read(path) {
            Ok(text) => exchanges(&shown, &text),
            Err((message, help)) => {
                note(format!("error: {shown} {message}\nhint: {help}"));
                let (code, help) = ("exchanges::unreadable".to_owned(), Some(help));
                let message = format!("{shown} {message}");
                view.problems.push(FileProblem { code, message, line: 1, column: 1, help });
                return (Verdict::Wrong, view);
            }
        };
        let exchanges = match read {
            Ok(exchanges) => exchanges,
            Err(problems) => return (told(&problems, Verdict::Wrong, &mut view), view),
        };
        view.title.clone_from(&exchanges.title);
        let (verdict, complaints) = match self.prepared(&exchanges) {
            Ok(grants) => (Verdict::Failed, self.legs(&exchanges, &grants).await),
            Err(complaints) => (Verdict::Wrong, complaints),
        };
        if complaints.is_empty() {
            view.passed = true;
            return (Verdict::Passed, view);
        }
        (told(&exchanges.diagnose(complaints), verdict, &mut view), view)
    }

    /// What the plugin may do: all its manifest asks for.
    fn prepared(&self, exchanges: &Exchanges) -> Result<Grants, Vec<Complaint>> {
        let (name, place) = &exchanges.action;
        let Some(action) = self.manifest.actions.get(name) else {
            let known: Vec<&str> = self.manifest.actions.keys().map(String::as_str).collect();
            let help = Some(format!("there are {}", known.join(", ")));
            let message = format!("the plugin has no action `{name}`");
            return Err(vec![complaint(place.clone(), message, help)]);
        };
        let (with, place) = &exchanges.with;
        let unfit = unfit(&action.input, name, &Value::Object(with.clone())).into_iter();
        let mut wrong: Vec<Complaint> =
            unfit.map(|why| complaint(place.clone(), why, None)).collect();
        match in_full(self.manifest, &exchanges.config.0, &exchanges.secrets.0) {
            Ok(grants) if wrong.is_empty() => return Ok(grants),
            Ok(_) => {}
            Err(missing) => wrong.extend(
                missing
                    .into_iter()
                    .map(|it| complaint(exchanges.config.1.clone(), it.to_string(), None)),
            ),
        }
        Err(wrong)
    }

    async fn legs(&self, exchanges: &Exchanges, grants: &Grants) -> Vec<Complaint> {
        let Some(action) = self.manifest.actions.get(&exchanges.action.0) else { return vec![] };
        let (mut state, mut recovering) = (None, false);
        self.world.start();
        for (index, leg) in exchanges.legs.iter().enumerate() {
            let name = format!("leg {} ({})", index + 1, leg.kind);
            let kind = match (leg.kind, state.clone()) {
                (LegKind::Invoke, _) => Leg::Invoke { recovering },
                (LegKind::Poll, Some(state)) => Leg::Poll { state },
                (LegKind::Probe, _) => Leg::Probe,
                (LegKind::Cancel, state) => Leg::Cancel { state },
                (LegKind::Poll, None) => {
                    let message = format!("{name} has nothing to go on with: nothing is pending");
                    return vec![complaint(leg.place.clone(), message, None)];
                }
            };
            let mut call = call(self.manifest, self.digest, &exchanges.action.0);
            call.leg = kind;
            call.input = Value::Object(exchanges.with.0.clone()).to_string();
            call.grants = grants.clone();
            let value =
                |name: &String| (name.clone(), SecretValue::new(format!("value-of-{name}")));
            call.secrets = exchanges.secrets.0.iter().map(value).collect();
            self.world.begin(&name, leg);
            let ended = self.host.call(call).await;
            let mut complaints = self.world.end();
            complaints.extend(judge(&name, leg, &ended, action));
            if !complaints.is_empty() {
                // What follows was meant for another course of things.
                return complaints;
            }
            recovering = ended.answer == Answer::NotStarted;
            if let Answer::Pending(pending) = ended.answer {
                state = Some(pending.state);
            }
        }
        Vec::new()
    }
}

/// A call of the first attempt that may do nothing yet.
pub(super) fn call(manifest: &Manifest, digest: Digest, action: &str) -> Call {
    Call {
        plugin: manifest.name.clone(),
        digest,
        action: action.to_owned(),
        input: "{}".to_owned(),
        secret_inputs: BTreeMap::new(),
        key: "key-1".to_owned(),
        attempt: 1,
        leg: Leg::Invoke { recovering: false },
        grants: Grants::default(),
        secrets: BTreeMap::new(),
        remaining: LEG_TIME,
    }
}

/// Shows problems with the text they are about.
fn told(problems: &Diagnostics, verdict: Verdict, view: &mut PlayedView) -> Verdict {
    note(report::rendered(problems).trim_end());
    view.problems.extend(problems.findings().into_iter().map(FileProblem::from));
    verdict
}
