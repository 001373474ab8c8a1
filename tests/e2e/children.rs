//! Runs that are steps of other runs.

use std::{fs, process::Stdio};

use hardstop_core::ids::RunId;

use crate::{
    locks::eventually,
    place::{Place, RUNBOOK},
};

const OUTER: &str = r#"
apiVersion: hardstop/v1
kind: Runbook
id: outer
title: Outer
steps:
  - id: image
    title: Image
    locks: [shared/thing]
    runbook: ./inner.yaml
    inputs: {build: "7"}
  - id: use
    title: Use
    env: {IMAGE: "${{ steps.image.outputs.image }}"}
    run: {shell: sh, script: "echo $IMAGE > .git/used"}
"#;

const INNER: &str = r#"
apiVersion: hardstop/v1
kind: Runbook
id: inner
title: Inner
inputs: {build: {type: text}}
outputs: {image: "image-${{ inputs.build }}"}
steps:
  - id: make
    title: Make
    locks: [shared/thing]
    idempotent: true
    run: {shell: sh, script: "echo made >> .git/made; SLOW"}
  - {id: look, title: Look, checklist: {items: [{id: ok, text: All well}]}}
"#;

fn place(slow: &str) -> Place {
    let place = Place::with(OUTER);
    place.commit("runbooks/inner.yaml", &INNER.replace("SLOW", slow));
    place
}

/// The outer run and the inner one.
#[track_caller]
fn both(place: &Place) -> (RunId, RunId) {
    let live = place.live();
    assert_eq!(live.len(), 2, "{live:?}");
    let is_outer = |run: &&RunId| place.stand(run)["runbook"] == "outer";
    let outer = live.iter().find(is_outer).unwrap().clone();
    let inner = live.into_iter().find(|run| *run != outer).unwrap();
    (outer, inner)
}

fn made(place: &Place) -> usize {
    fs::read_to_string(place.root().join(".git/made")).unwrap_or_default().lines().count()
}

#[test]
fn a_run_within_a_run_is_answered_by_people_and_gives_its_outputs() {
    let place = place("true");
    place.expect(3, &format!("run {RUNBOOK}"));
    let (outer, inner) = both(&place);
    assert_eq!(place.stand(&inner)["waiting"][0]["kind"], "answers");
    place.expect(3, "advance");
    place.expect(0, &format!("tick {inner} look ok"));
    place.expect(0, "advance");
    assert_eq!(fs::read_to_string(place.root().join(".git/used")).unwrap(), "image-7\n");
    assert!(place.live().is_empty());
    assert_eq!(made(&place), 1);
    let evidence = format!("hardstop/evidence:{}/steps/image/1/child.json", outer.folder());
    let child: serde_json::Value = serde_json::from_str(&place.git(&["show", &evidence])).unwrap();
    assert_eq!(child["run"], inner.to_string());
    assert_eq!(child["result"], "succeeded");
    let header = format!("hardstop/evidence:{}/run.json", inner.folder());
    assert!(place.git(&["show", &header]).contains(outer.as_str()));
    place.is_sound();
}

#[test]
fn killed_while_the_inner_run_works_there_is_still_one() {
    let place = place("sleep 1");
    let mut command = place.program(&format!("run {RUNBOOK}"));
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the inner run", || made(&place) == 1);
    run.kill().unwrap();
    run.wait().unwrap();
    let (outer, inner) = both(&place);
    place.expect(3, &format!("advance {outer}"));
    assert_eq!(both(&place), (outer.clone(), inner.clone()), "found again, not opened again");
    assert_eq!(made(&place), 2, "an idempotent step that was lost is done again");
    place.expect(0, &format!("tick {inner} look ok"));
    place.expect(0, &format!("advance {outer}"));
    place.is_sound();
}

#[test]
fn aborting_the_outer_run_aborts_the_inner_one_and_waits_for_it() {
    let place = place("true");
    place.expect(3, &format!("run {RUNBOOK}"));
    let (outer, inner) = both(&place);
    place.hardstop(&format!("abort {outer} --reason wrong"));
    assert_eq!(place.live().len(), 2, "the inner run is not over");
    place.expect(1, &format!("advance {outer}"));
    assert!(place.live().is_empty());
    for run in [&outer, &inner] {
        assert_eq!(place.stand(run)["status"], "aborted");
    }
    place.is_sound();
}
