//! The ways a clean branch is changed: in its tree, in a sealed folder, in the story itself.

use std::collections::BTreeMap;

use hardstop_core::{
    event::Event,
    ids::AttemptNo,
    model::{Plan, StepKind},
};
use hardstop_evidence::{
    document,
    keys::Namespace,
    layout::{self, PLAN, SUMS},
    request::Request,
};

use super::{
    branch::{Branch, Runs, Tree, put_folder, runner},
    plan::plan,
    story::{Story, step},
};

pub(crate) fn later(path: &str) -> String {
    format!("runs/2026/11/20/b000000000-20261120-080000/{path}")
}

/// The last commit holds something else.
pub(crate) fn head(change: impl FnOnce(&mut Tree)) -> Branch {
    Branch::of(&Runs::clean()).amend(change)
}

/// The later run's sealed folder holds something else.
pub(crate) fn edited(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Branch {
    let runs = Runs::clean();
    let mut folder = runs.later.folder(runs.later.told.len(), &runner());
    change(&mut folder);
    // The register keeps what the runner wrote when the run closed.
    let genuine = Branch::of(&runs);
    genuine.amend(|tree| put_folder(tree, &runs.later, folder))
}

/// The list holds something else, and the runner signs it.
pub(crate) fn resealed(change: impl FnOnce(&mut String)) -> Branch {
    let runs = Runs::clean();
    let mut folder = runs.later.folder(runs.later.told.len(), &runner());
    let mut sums = String::from_utf8(folder[SUMS].clone()).unwrap();
    change(&mut sums);
    let signature = runner().sign(Namespace::Seal, sums.as_bytes());
    folder.insert(SUMS.to_owned(), sums.into_bytes());
    folder.insert(layout::SIGNATURE.to_owned(), signature.into_bytes());
    runs.later.attest(&mut folder, &runner());
    Branch::ending_with(&runs, folder)
}

/// The later run happened otherwise.
pub(crate) fn told(change: impl FnOnce(&mut Story)) -> Branch {
    let mut runs = Runs::clean();
    change(&mut runs.later);
    Branch::of(&runs)
}

/// The journal's lines are others than the events make.
pub(crate) fn lines(change: impl FnOnce(&mut Vec<String>, &Story)) -> Branch {
    let runs = Runs::clean();
    let story = &runs.later;
    let run_json = document::to_bytes(&story.header);
    let (journal, _) = story.journal(&run_json, story.told.len());
    let text = String::from_utf8(journal).unwrap();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    change(&mut lines, story);
    let folder = story.sealed(run_json, lines.concat().as_bytes(), story.told.len(), &runner());
    let mut branch = Branch::ending_with(&runs, folder);
    // The paused commit would show that the journal was rewritten, which is another case.
    branch.0.remove(3);
    branch.head().parents = vec![2];
    branch
}

/// The later run was opened with another plan, and approved with it.
pub(crate) fn replanned(change: impl FnOnce(&mut Plan)) -> Branch {
    let mut runs = Runs::clean();
    repin(&mut runs.later, change);
    Branch::of(&runs)
}

pub(crate) fn repin(story: &mut Story, change: impl FnOnce(&mut Plan)) {
    let mut plan = plan();
    change(&mut plan);
    let pinned = story.rewrite(PLAN, document::to_bytes(&plan));
    story.header.plan = pinned;
    let path = layout::request(&step("drill/approve"), AttemptNo::FIRST);
    let mut request = Request::from_file(&story.files[&path]).unwrap();
    request.binding.plan = pinned;
    if let Some(StepKind::Approval(approval)) =
        plan.step(&step("drill/approve")).map(|step| &step.kind)
    {
        request.rule = approval.into();
    }
    let (bytes, sum) = request.to_file();
    story.files.insert(path, bytes);
    for (_, _, event) in &mut story.told {
        if let Event::RunOpened { plan, .. } = event {
            *plan = pinned;
        } else if let Event::GateReached { digest, binding, .. } = event {
            *digest = sum;
            binding.plan = pinned;
        }
    }
}

pub(crate) fn accepted(story: &mut Story) -> &mut Event {
    let at = story.position(|event| matches!(event, Event::ApprovalAccepted { .. }));
    &mut story.told[at].2
}

pub(crate) fn replace(folder: &mut BTreeMap<String, Vec<u8>>, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(folder[path].clone()).unwrap().replace(from, to);
    folder.insert(path.to_owned(), text.into_bytes());
}
