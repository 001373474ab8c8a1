//! The broken twins of the run that uses every construct: what its runner says is not so.

use hardstop_core::{
    event::{Event, Found, RunResult},
    ids::AttemptNo,
    time::Millis,
    value::Value,
};
use hardstop_evidence::layout;

use super::{
    branch::Branch,
    cases::{Audit, Case, case},
    story::{Story, by, step},
    whole::Whole,
};
use Audit::Passes;

/// The clean branch first.
pub(crate) fn all() -> Vec<Case> {
    let mut all = vec![case("clean", &[], Passes, || build(|_| {}))];
    all.extend(work());
    all.extend(people());
    all.extend(ends());
    all.extend(storm());
    all.extend(said());
    all.extend(told_otherwise());
    all
}

fn build(change: impl FnOnce(&mut Whole)) -> Branch {
    let mut whole = Whole::clean();
    change(&mut whole);
    Branch::of_whole(&whole)
}

fn told(change: impl FnOnce(&mut Story)) -> Branch {
    build(|whole| change(&mut whole.run))
}

/// The first event that `found` takes is changed by it.
fn changed(mut found: impl FnMut(&mut Event) -> bool) -> Branch {
    told(|story| assert!(story.told.iter_mut().any(|(_, _, event)| found(event))))
}

fn without(found: impl Fn(&Event) -> bool) -> Branch {
    told(|story| drop(story.told.remove(story.position(found))))
}

fn is_at(event: &Event, name: &str) -> bool {
    event.step().is_some_and(|id| *id == step(name))
}

fn work() -> Vec<Case> {
    vec![
        case("w01-other-command", &["EV417"], Passes, || {
            changed(|event| {
                let Event::AttemptStarted { command, .. } = event else { return false };
                command.argv.push("--force".to_owned());
                true
            })
        }),
        case("w02-larger-budget", &["EV417"], Passes, || {
            changed(|event| {
                let Event::ItemsListed { allowed, .. } = event else { return false };
                *allowed = 2;
                true
            })
        }),
        case("w03-no-lock", &["EV415"], Passes, || {
            without(|event| matches!(event, Event::LocksAcquired { .. }))
        }),
        case("w04-window-not-open", &["EV414"], Passes, || {
            without(|event| matches!(event, Event::WindowOpened { .. }))
        }),
        case("w05-while-held", &["EV416"], Passes, || {
            told(|story| {
                let at = story.position(|event| {
                    matches!(event, Event::CallStarted { .. }) && is_at(event, "drill/deploy")
                });
                let (epoch, reading, _) = story.told[at].clone();
                let held = Event::RunHeld { by: by("bob"), reason: "wait".to_owned() };
                story.told.insert(at, (epoch, reading, held));
            })
        }),
        case("w06-no-rescue", &["EV412"], Passes, || {
            without(|event| matches!(event, Event::BlockTurned { .. }))
        }),
        case("w07-other-remedy", &["EV419"], Passes, || {
            changed(|event| {
                let Event::RemedyStarted { steps, .. } = event else { return false };
                steps.push(step("drill/settings.restore"));
                true
            })
        }),
        case("w08-other-outputs-than-the-child", &["EV421"], Passes, || {
            changed(|event| {
                let Event::StepSucceeded { step: id, outputs, .. } = event else { return false };
                if *id != step("drill/image") {
                    return false;
                }
                outputs.insert("image".to_owned(), Value::Text("image-8".to_owned()));
                true
            })
        }),
        case("w09-child-of-another", &["EV421"], Passes, || {
            build(|whole| {
                whole.child.header.parent.as_mut().unwrap().attempt = AttemptNo(2);
            })
        }),
    ]
}

fn people() -> Vec<Case> {
    vec![
        case("w10-glass-broken-by-one", &["EV420"], Passes, || {
            without(|event| matches!(event, Event::GlassAsked { .. }))
        }),
        case("w11-reviewed-by-who-broke-it", &["EV407"], Passes, || {
            changed(|event| {
                let Event::GlassReviewed { by: reviewer, .. } = event else { return false };
                *reviewer = by("bob");
                true
            })
        }),
        case("w12-other-impact", &["EV418"], Passes, || {
            changed(|event| {
                let Event::StepRerun { impact, .. } = event else { return false };
                impact.superseded.clear();
                true
            })
        }),
        case("w13-plan-not-kept", &["EV109"], Passes, || {
            told(|story| story.files.retain(|path, _| !path.starts_with("plans/")))
        }),
        case("w14-another-reminder", &["EV422"], Passes, || {
            changed(|event| {
                let Event::GateReminded { nth, .. } = event else { return false };
                *nth = 2;
                true
            })
        }),
        case("w15-one-group-only", &["EV401"], Passes, || {
            without(|event| {
                matches!(event, Event::ApprovalAccepted { by, .. }
                    if by.person.as_str() == "carol")
            })
        }),
        case("w16-withdrawn-without-a-yes", &["EV402", "EV407"], Passes, || {
            changed(|event| {
                let Event::ApprovalWithdrawn { by: who, .. } = event else { return false };
                *who = by("carol");
                true
            })
        }),
    ]
}

fn ends() -> Vec<Case> {
    vec![
        case("w17-nothing-set-back", &["EV419"], Passes, || {
            told(|story| {
                story.told.retain(|(_, _, event)| {
                    !matches!(event, Event::BackoutStarted { .. })
                        && !is_at(event, "drill/settings.restore")
                });
                let path = "steps/drill/settings.restore/";
                story.files.retain(|file, _| !file.starts_with(path));
            })
        }),
        case("w18-not-waived", &["EV504"], Passes, || {
            without(|event| matches!(event, Event::ItemWaived { .. }))
        }),
        case("w19-another-result", &["EV505"], Passes, || ended(RunResult::Failed)),
        case("w20-success-with-work-left", &["EV502"], Passes, || ended(RunResult::Succeeded)),
        case("w21-another-output", &["EV417"], Passes, || {
            build(|whole| {
                let at = whole.child.position(|event| matches!(event, Event::RunClosed { .. }));
                if let Event::RunClosed { outputs, .. } = &mut whole.child.told[at].2 {
                    outputs.insert("tag".to_owned(), Value::Integer(7));
                }
                let at = whole.run.position(|event| {
                    matches!(event, Event::StepSucceeded { .. }) && is_at(event, "drill/image")
                });
                if let Event::StepSucceeded { outputs, .. } = &mut whole.run.told[at].2 {
                    outputs.insert("tag".to_owned(), Value::Integer(7));
                }
            })
        }),
    ]
}

/// What the runner may say of the run in which everything goes wrong.
fn storm() -> Vec<Case> {
    vec![
        case("w22-sent-back-elsewhere", &["EV418"], Passes, || {
            rough(|event| {
                let Event::StepSentBack { impact, .. } = event else { return false };
                impact.superseded.clear();
                true
            })
        }),
        case("w23-moved-too-little", &["EV413"], Passes, || {
            rough(|event| {
                let Event::DelayMoved { due, since, .. } = event else { return false };
                *due = since.plus(Millis(1));
                true
            })
        }),
        case("w24-escalated-twice", &["EV422"], Passes, || {
            rough(|event| {
                let Event::GateEscalated { nth, .. } = event else { return false };
                *nth = 2;
                true
            })
        }),
        case("w25-late-where-it-was-in-time", &["EV422"], Passes, || {
            rough(|event| {
                let Event::ApprovalLate { request, .. } = event else { return false };
                *request = AttemptNo(9);
                true
            })
        }),
        case("w26-overrun-of-another", &["EV414"], Passes, || {
            rough(|event| {
                let Event::WindowOverrun { step: id } = event else { return false };
                *id = step("drill/deploy");
                true
            })
        }),
        case("w27-lost-and-tried-again", &["EV412"], Passes, || {
            rough(|event| {
                let Event::AttemptLost { again, .. } = event else { return false };
                *again = true;
                true
            })
        }),
        case("w28-not-lost", &["EV412"], Passes, || {
            rough_without(|event| matches!(event, Event::AttemptLost { .. }))
        }),
        case("w29-nothing-taken-back", &["EV412", "EV419"], Passes, || {
            rough(|event| {
                let Event::BackoutStarted { steps, .. } = event else { return false };
                steps.clear();
                true
            })
        }),
        case("w30-before-its-turn-in-its-group", &["EV415"], Passes, || {
            rough_without(|event| matches!(event, Event::LocksAcquired { step: None }))
        }),
        case("w31-aborted-by-nobody", &["EV412"], Passes, || {
            rough_without(|event| matches!(event, Event::AbortRequested { .. }))
        }),
    ]
}

/// Words that move nothing, and time that only passes: they are held to what happened as well.
fn said() -> Vec<Case> {
    vec![
        case("w32-cared-for-by-a-stranger", &["EV412"], Passes, || {
            changed(|event| {
                let Event::RunClaimed { by: who, .. } = event else { return false };
                *who = by("mallory");
                true
            })
        }),
        case("w33-noted-in-the-name-of-another", &["EV412"], Passes, || {
            changed(|event| {
                let Event::NoteWritten { by: who, .. } = event else { return false };
                who.person = by("carol").person;
                true
            })
        }),
        case("w34-unblocked-without-a-block", &["EV412"], Passes, || {
            rough_without(|event| matches!(event, Event::EvidenceBlocked { .. }))
        }),
        case("w35-begun-while-blocked", &["EV416"], Passes, || {
            rough_without(|event| matches!(event, Event::EvidenceUnblocked {}))
        }),
        case("w36-taken-back-what-nobody-answered", &["EV412"], Passes, || {
            rough(|event| {
                let Event::ItemReopened { item, .. } = event else { return false };
                *item = "quiet".parse().unwrap();
                true
            })
        }),
        case("w37-taken-back-by-a-stranger", &["EV404"], Passes, || {
            rough(|event| {
                let Event::ItemReopened { by: who, .. } = event else { return false };
                *who = by("mallory");
                true
            })
        }),
        case("w38-waits-too-little", &["EV413"], Passes, || {
            rough(|event| {
                let Event::WaitStarted { due, since, .. } = event else { return false };
                *due = since.plus(Millis(1));
                true
            })
        }),
        case("w39-over-before-its-time", &["EV413"], Passes, || {
            build(|Whole { rough, .. }| {
                let at = rough.position(|event| matches!(event, Event::WaitElapsed { .. }));
                rough.told[at].1 = rough.told[at - 1].1.clone();
            })
        }),
        case("w40-never-looked-for", &["EV412"], Passes, || {
            rough_without(|event| matches!(event, Event::CallProbed { .. }))
        }),
        case("w41-nobody-can-tell-and-going-on", &["EV412"], Passes, || {
            rough(|event| {
                let Event::CallProbed { found, .. } = event else { return false };
                *found = Found::CannotTell { message: "no route".to_owned(), again: true };
                true
            })
        }),
        case("w42-over-and-going-on", &["EV423"], Passes, || {
            rough(|event| {
                let Event::CallProbed { found, .. } = event else { return false };
                *found = Found::Over;
                true
            })
        }),
        case("w43-found-and-not-followed", &["EV423"], Passes, || {
            rough_without(|event| matches!(event, Event::CallPending { .. }))
        }),
    ]
}

/// Instants and attempts that follow from the plan and from what was before.
fn told_otherwise() -> Vec<Case> {
    vec![
        case("w44-open-for-longer", &["EV403"], Passes, || {
            rough(|event| {
                let Event::GateReached { expires, .. } = event else { return false };
                *expires = expires.plus(Millis(1));
                true
            })
        }),
        case("w45-good-for-longer", &["EV401"], Passes, || {
            rough(|event| {
                let Event::GateSatisfied { valid_until, .. } = event else { return false };
                *valid_until = valid_until.plus(Millis(1));
                true
            })
        }),
        case("w46-tried-again-without-the-delay", &["EV412"], Passes, || {
            rough_without(|event| matches!(event, Event::BackoffElapsed { .. }))
        }),
        case("w47-retried-after-another-attempt", &["EV412"], Passes, || {
            rough(|event| {
                let Event::StepRetried { after, .. } = event else { return false };
                *after = after.next();
                true
            })
        }),
    ]
}

/// The first event of the rough run that `found` takes is changed by it.
fn rough(mut found: impl FnMut(&mut Event) -> bool) -> Branch {
    build(|whole| assert!(whole.rough.told.iter_mut().any(|(_, _, event)| found(event))))
}

fn rough_without(found: impl Fn(&Event) -> bool) -> Branch {
    build(|whole| drop(whole.rough.told.remove(whole.rough.position(found))))
}

/// The run says that it ended so.
fn ended(how: RunResult) -> Branch {
    told(|story| {
        for (_, _, event) in &mut story.told {
            if let Event::BackoutStarted { result, .. }
            | Event::RunEnding { result }
            | Event::RunClosed { result, .. } = event
            {
                *result = how;
            }
        }
    })
}

/// Where the plan of a later commit lies is part of the format.
#[test]
fn a_later_plan_is_kept_by_its_digest() {
    let whole = Whole::clean();
    let plans: Vec<&String> =
        whole.run.files.keys().filter(|path| path.starts_with("plans/")).collect();
    let digest = hardstop_evidence::digest(&whole.run.files[plans[0]]);
    assert_eq!(plans, [&layout::later_plan(&digest)]);
}
