//! Steps that may not be repeated, while their runner is killed: nothing happens again before a
//! person says so.

use std::{collections::BTreeSet, fs, time::Duration};

use hardstop_core::{
    event::{Event, RunResult},
    ids::RunId,
};

use crate::{
    journal::{nothing_is_done_twice, nothing_lives_on, recorded, result},
    kills::{kill, random},
    place::{Place, RUNBOOK},
};

/// Each step says when it begins and when it ends, and takes its time in between.
const STEPS: &str = "apiVersion: hardstop/v1
kind: Runbook
id: unrepeated
title: Steps that may not be repeated
steps:
";
/// How many of them.
const COUNT: u32 = 6;

fn runbook() -> String {
    let step = |n| {
        format!(
            "  - id: step-{n}\n    run:\n      shell: sh\n      script: |\n        \
             echo \"$HARDSTOP_STEP $HARDSTOP_ATTEMPT\" >> .git/begun.txt\n        \
             sleep 0.2\n"
        )
    };
    (0..COUNT).map(step).fold(STEPS.to_owned(), |text, step| text + &step)
}

fn begun(place: &Place) -> Vec<String> {
    let text = fs::read_to_string(place.root().join(".git/begun.txt")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The step of which nobody can tell whether it happened, if there is one.
fn in_question(place: &Place, run: &RunId) -> Option<String> {
    let stand = place.stand(run);
    let open = stand["waiting"].as_array().unwrap().first()?.clone();
    assert_eq!(open["kind"], "word", "{stand:#}");
    assert_eq!(stand["status"], "paused", "{stand:#}");
    Some(open["step"].as_str().unwrap().to_owned())
}

#[test]
fn what_may_have_happened_is_not_repeated_before_a_person_says_so() {
    let place = Place::with(&runbook());
    let proof = place.outside().join("proof.txt");
    fs::write(&proof, "seen on the console\n").unwrap();
    let mut random = random();
    let (mut lost, mut verb) = (0, 0);
    while lost < 6 {
        fs::remove_file(place.root().join(".git/begun.txt")).unwrap_or_default();
        let moments = Duration::from_millis(random.u64(300..900));
        kill(&place, &format!("run {RUNBOOK}"), moments);
        // It was killed before the run was there, or only after its end.
        let Some(run) = place.live().first().cloned() else { continue };
        while !place.live().is_empty() {
            place.hardstop(&format!("advance {run} --wait 0s"));
            let Some(step) = in_question_if_live(&place, &run) else { continue };
            lost += 1;
            let before = begun(&place);
            for _ in 0..2 {
                let waits = place.expect(3, &format!("advance {run}"));
                waits.says(&["paused", "hardstop retry"]);
            }
            assert_eq!(begun(&place), before, "{step} was repeated");
            if verb % 2 == 0 {
                place.expect(0, &format!("retry {run} {step} --reason looked"));
            } else {
                let file = proof.display();
                place.expect(0, &format!("attest {run} {step} --reason done --file {file}"));
            }
            verb += 1;
            // The runner that goes on is killed as well.
            kill(&place, &format!("advance {run}"), Duration::from_millis(random.u64(100..600)));
        }
        is_as_recorded(&place, &run);
    }
    place.is_sound();
}

fn in_question_if_live(place: &Place, run: &RunId) -> Option<String> {
    if place.live().is_empty() { None } else { in_question(place, run) }
}

/// Compares what was begun with what the journal says was begun, and who asked for it.
fn is_as_recorded(place: &Place, run: &RunId) {
    let events = recorded(place, run);
    assert_eq!(result(&events), RunResult::Succeeded);
    nothing_is_done_twice(&events);
    nothing_lives_on(run);
    let (mut asked, mut started) = (BTreeSet::new(), BTreeSet::new());
    for event in &events {
        if let Event::StepRetried { step, .. } = event {
            asked.insert(step.clone());
        }
        if let Event::AttemptStarted { step, attempt, .. } = event {
            let is_first = attempt.to_string() == "1";
            assert!(is_first || asked.remove(step), "{step} was repeated and nobody asked");
            started.insert(format!("{step} {attempt}"));
        }
    }
    let begun = begun(place);
    let unique: BTreeSet<String> = begun.iter().cloned().collect();
    assert_eq!(unique.len(), begun.len(), "an attempt ran twice: {begun:?}");
    assert!(unique.is_subset(&started), "{unique:?} are not all in {started:?}");
}
