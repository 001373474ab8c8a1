//! The broken twins: each is one thing somebody might do, with the findings it must lead to.

use hardstop_core::{
    event::{Event, RunResult},
    ids::{AttemptNo, Epoch},
    model::StepKind,
    time::{Millis, Timestamp},
};
use hardstop_evidence::{
    digest, document,
    keys::Namespace,
    layout::{self, GITATTRIBUTES, RUNBOOK, SUMS},
    seal::Seal,
    verify::Kept,
};

use super::{
    branch::{Branch, Runs, outsider, put_folder, runner},
    changes::{accepted, edited, head, later, lines, repin, replace, replanned, resealed, told},
    story::{by, reseal, step},
};

/// What a twin is, and what must be found in it.
pub(crate) struct Case {
    /// The id of the tampering list, and what was done.
    pub(crate) name: &'static str,
    /// Which findings there must be, all of them, sorted.
    pub(crate) findings: &'static [&'static str],
    /// Whether `audit.sh` must fail on `run`.
    pub(crate) audit: Audit,
    pub(crate) build: fn() -> Branch,
}

/// What `audit.sh` says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audit {
    /// `OK` for the later run.
    Passes,
    /// `FAIL` for the later run.
    Fails,
    /// `FAIL` for the earlier run.
    FailsOnEarlier,
}
use Audit::{Fails, FailsOnEarlier, Passes};

/// Left by the last step, so that it first stands in the commit that closes the run.
const LOG: &str = "steps/drill/delete/1/stdout.log";

pub(crate) fn case(
    name: &'static str,
    findings: &'static [&'static str],
    audit: Audit,
    build: fn() -> Branch,
) -> Case {
    Case { name, findings, audit, build }
}

/// Every twin, the clean one first.
pub(crate) fn all() -> Vec<Case> {
    let mut all = vec![case("clean", &[], Passes, || Branch::of(&Runs::clean()))];
    all.extend(files());
    all.extend(journals());
    all.extend(histories());
    all.extend(authority());
    all.extend(rules());
    all
}

/// Somebody changes files of the sealed folder.
fn files() -> Vec<Case> {
    vec![
        case("t01-artifact-edited", &["EV101", "EV108"], Fails, || {
            edited(|folder| folder.get_mut(LOG).unwrap().extend(b"all fine\n"))
        }),
        case("t02-list-edited", &["EV105", "EV108", "EV208"], Fails, || {
            edited(|folder| {
                let before = digest(&folder[LOG]).hex();
                folder.get_mut(LOG).unwrap().extend(b"all fine\n");
                let after = digest(&folder[LOG]).hex();
                replace(folder, SUMS, &before, &after);
            })
        }),
        case("t03-outsider-reseals", &["EV105", "EV108"], Fails, || {
            let runs = Runs::clean();
            let mut story = runs.later.clone();
            story.files.get_mut(LOG).unwrap().extend(b"all fine\n");
            Branch::ending_with(&runs, story.folder(story.told.len(), &outsider()))
        }),
        case("t04-runner-edits-artifact", &["EV108"], Passes, || {
            told(|story| story.files.get_mut(LOG).unwrap().extend(b"all fine\n"))
        }),
        case("t27-symlink", &["EV101", "EV103", "EV108"], Fails, || {
            head(|tree| tree.get_mut(&later(LOG)).unwrap().0 = 0o120_000)
        }),
        case("t27-executable", &["EV101", "EV103", "EV108"], Fails, || {
            head(|tree| tree.get_mut(&later(LOG)).unwrap().0 = 0o100_755)
        }),
        case("t28-path-escape", &["EV102"], Fails, || {
            resealed(|sums| {
                let line = format!("{}  ../../../../../../etc/hostname\n", "0".repeat(64));
                sums.insert_str(0, &line);
            })
        }),
        case("t29-unlisted-file", &["EV101"], Fails, || {
            edited(|folder| {
                folder.insert("steps/drill/backup/1/extra.log".to_owned(), b"x".to_vec());
            })
        }),
        case("t30-crlf", &["EV101", "EV108"], Fails, || {
            edited(|folder| replace(folder, LOG, "\n", "\r\n"))
        }),
        case("t31-gitattributes", &["EV112", "EV310"], Fails, || {
            head(|tree| {
                tree.insert(GITATTRIBUTES.to_owned(), (Kept::PLAIN, b"* text=auto\n".to_vec()));
            })
        }),
        case("t36-signature-of-a-commit", &["EV106"], Fails, || {
            edited(|folder| {
                let signature = runner().sign(Namespace::Git, &folder[SUMS]);
                folder.insert(layout::SIGNATURE.to_owned(), signature.into_bytes());
            })
        }),
        case("t40-no-attestation", &["EV114"], Passes, || {
            edited(|folder| drop(folder.remove(layout::ATTESTATION)))
        }),
        case("t44-listed-twice", &["EV101"], Fails, || {
            resealed(|sums| {
                let first = sums.lines().next().unwrap().to_owned() + "\n";
                sums.insert_str(0, &first);
            })
        }),
    ]
}

/// Somebody with the runner's key changes the journal and seals it again.
fn journals() -> Vec<Case> {
    vec![
        case("t05-event-removed", &["EV201", "EV401", "EV502"], Fails, || {
            lines(|lines, story| {
                lines.remove(story.position(|event| matches!(event, Event::GateSatisfied { .. })));
            })
        }),
        case("t06-tail-cut", &["EV205"], Fails, || {
            let runs = Runs::clean();
            let mut story = runs.later.clone();
            story.told.pop();
            let events = story.told.len();
            let mut folder = story.folder(events, &runner());
            let mut state: Seal = document::from_bytes(&folder[layout::SEAL]).unwrap();
            state.closed = Some(RunResult::Succeeded);
            folder.remove(layout::SEAL);
            reseal(&mut folder, &state, &runner());
            Branch::ending_with(&runs, folder)
        }),
        case("t07-events-swapped", &["EV201", "EV412", "EV413", "EV502"], Fails, || {
            lines(|lines, story| {
                let began = story.position(|event| matches!(event, Event::HardStopStarted { .. }));
                lines.swap(began, began + 1);
            })
        }),
        case("t18-clock-backwards", &["EV204"], Passes, || {
            told(|story| {
                let from = story.position(|event| {
                    matches!(event, Event::AttemptStarted { step, .. }
                        if step.name() == "delete")
                });
                for (_, at, _) in &mut story.told[from..] {
                    at.wall = Timestamp::from_millis(at.wall.as_millis() - 10_000);
                }
            })
        }),
        case("t20-two-runners", &["EV203"], Fails, || {
            told(|story| {
                let at = story.position(|event| matches!(event, Event::GateReached { .. }));
                let (_, reading, _) = story.told[at - 1].clone();
                let holder = "other.example.com:2".to_owned();
                let lease = Event::LeaseAcquired { epoch: Epoch(2), holder };
                story.told.insert(at, (Epoch(2), reading, lease));
            })
        }),
        case("t33-duplicate-key", &["EV110"], Passes, || {
            lines(|lines, _| {
                let last = lines.last_mut().unwrap();
                *last = last.replacen("\"v\":1", "\"v\":1,\"v\":1", 1);
            })
        }),
    ]
}

/// Somebody rewrites the branch.
fn histories() -> Vec<Case> {
    vec![
        case("t23-unsigned-commit", &["EV304"], Fails, || {
            Branch::of(&Runs::clean()).then(None, |tree| {
                tree.insert(layout::README.to_owned(), (Kept::PLAIN, b"hello\n".to_vec()));
            })
        }),
        case("t23-merge", &["EV302"], Fails, || {
            let mut branch = Branch::of(&Runs::clean());
            branch.head().parents.push(0);
            branch
        }),
        case("t24-squashed", &["EV304"], Fails, || {
            let mut branch = Branch::of(&Runs::clean());
            branch.0.drain(..4);
            branch.head().parents.clear();
            branch.head().key = None;
            branch
        }),
        case("t25-run-deleted", &["EV310", "EV312"], FailsOnEarlier, || {
            Branch::of(&Runs::clean()).then(Some(runner()), |tree| {
                let folder = Runs::clean().earlier.run.folder();
                tree.retain(|path, _| !path.starts_with(&folder));
            })
        }),
        case("t26-old-copy", &["EV208"], Fails, || {
            let runs = Runs::clean();
            let gate = runs.later.position(|event| matches!(event, Event::GateReached { .. }));
            let older = runs.later.folder(gate + 1, &runner());
            Branch::of(&runs).amend(|tree| put_folder(tree, &runs.later, older))
        }),
        case("t45-other-run-edited", &["EV101", "EV310"], FailsOnEarlier, || {
            head(|tree| {
                let path = format!("{}/CHECKLIST.md", Runs::clean().earlier.run.folder());
                tree.get_mut(&path).unwrap().1.extend(b"all ticked\n");
            })
        }),
    ]
}

/// The runner itself lies, from the first event on.
fn authority() -> Vec<Case> {
    vec![
        case("t08-no-approval", &["EV401"], Passes, || {
            told(|story| {
                let at = story.position(|event| matches!(event, Event::ApprovalAccepted { .. }));
                story.told.remove(at);
            })
        }),
        case("t10-own-approval", &["EV406"], Passes, || {
            told(|story| {
                if let Event::ApprovalAccepted { by: voter, .. } = accepted(story) {
                    *voter = by("alice");
                }
            })
        }),
        case("t12-approval-replayed", &["EV402"], Passes, || {
            let mut runs = Runs::clean();
            let path = layout::request(&step("drill/approve"), AttemptNo::FIRST);
            let other = runs.earlier.files[&path].clone();
            let replayed = runs.later.rewrite(&path, other);
            let at = runs.later.position(|event| matches!(event, Event::GateReached { .. }));
            if let Event::GateReached { digest, .. } = &mut runs.later.told[at].2 {
                *digest = replayed;
            }
            Branch::of(&runs)
        }),
        case("t13-runbook-edited", &["EV411"], Passes, || {
            told(|story| {
                let edited = story.rewrite(RUNBOOK, b"# another text\n".to_vec());
                story.header.runbook.digest = edited;
            })
        }),
    ]
}

/// The runner lies about the rules themselves.
fn rules() -> Vec<Case> {
    vec![
        case("t15-policy-rolled-back", &["EV405", "EV411"], Passes, || {
            told(|story| {
                let at = story.position(|event| matches!(event, Event::ApprovalAccepted { .. }));
                let (epoch, reading, _) = story.told[at].clone();
                let (bytes, solo) = hardstop_evidence::policy::solo();
                story.files.insert(layout::later_policy(0), bytes);
                let loaded = Event::PolicyLoaded { version: 0, digest: solo.digest, revoked: None };
                story.told.insert(at + 1, (epoch, reading, loaded));
            })
        }),
        case("t19-hold-shortened", &["EV413"], Passes, || {
            told(|story| {
                let at = story.position(|event| matches!(event, Event::HardStopStarted { .. }));
                if let Event::HardStopStarted { due, since, .. } = &mut story.told[at].2 {
                    *due = since.plus(Millis(1));
                }
            })
        }),
        case("t19-clock-ahead", &["EV413"], Passes, || {
            told(|story| {
                let at = story.position(|event| matches!(event, Event::HardStopElapsed { .. }));
                for (_, at, _) in &mut story.told[at..] {
                    at.mono = Millis(at.mono.0 - 4_000);
                }
            })
        }),
        case("t43-gate-asks-nobody", &["EV501"], Passes, || {
            replanned(|plan| {
                for step in plan.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
                    if let StepKind::Approval(approval) = &mut step.kind {
                        approval.min_approvals = 0;
                    }
                }
            })
        }),
        case("t43-nothing-done", &["EV501"], Passes, || {
            let mut runs = Runs::clean();
            runs.later.told.retain(|(_, _, event)| {
                matches!(
                    event,
                    Event::RunOpened { .. }
                        | Event::PolicyLoaded { .. }
                        | Event::LeaseAcquired { .. }
                        | Event::RunEnding { .. }
                        | Event::RunClosed { .. }
                )
            });
            repin(&mut runs.later, |plan| plan.phases.clear());
            Branch::of(&runs)
        }),
    ]
}
