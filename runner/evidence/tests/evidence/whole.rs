//! One run that uses every construct of the language, the run of another runbook within it, and a
//! run in which everything goes wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hardstop_core::{
    calendar::{Rule, Span, When, Window},
    event::{Event, OpenItem},
    header::Parent,
    ids::{AttemptNo, RunId},
    input::{Input, Outcome, Request as Asked, RerunScope, Revision},
    model::{
        AfterRemedy, Approval, ApprovalGroup, BreakGlass, Budget, Child, ChildPlan, ForEach,
        OnExceeded, OnFailure, OnRejected, OnTimeout, Part, Phase, Plan, PlannedWindow, Poll,
        Retry, SeparatedRole, Step, StepKind, Until, Uses, Within,
    },
    time::{Millis, Timestamp},
    value::Value,
};
use hardstop_evidence::{digest, document, layout};

use super::{
    plan::{command, delay, of, planned},
    player::Player,
    rough,
    story::{Story, step, yes},
};

const CHILD: &str = "runbooks/image.yaml";
const RUN: &str = "b000000000-20261120-080000";
pub(crate) const CHILD_RUN: &str = "a000000000-20261120-080010";

/// The run, the one within it, and the rough one.
#[derive(Clone)]
pub(crate) struct Whole {
    pub(crate) run: Story,
    pub(crate) child: Story,
    pub(crate) rough: Story,
}

impl Whole {
    pub(crate) fn clean() -> Self {
        let child = child();
        let failing = &["drill/patch[us]", "drill/risky", "drill/fix"];
        let mut player = Player::open(RUN, plan("Roll out"), None).with(failing, &[]);
        player.play();
        player.ask(
            "alice",
            Asked::Retry { step: step("drill/fix"), after: AttemptNo::FIRST, reason: None },
        );
        player.play();
        player.child_ended(&child);
        player.play();
        let note = Some("the second region is slow".to_owned());
        player.ask("bob", Asked::Claim { note });
        player.ask("bob", Asked::Note { step: None, text: "all quiet".to_owned() });
        let reason = "the page moved".to_owned();
        let right = step("drill/right");
        player.ask(
            "alice",
            Asked::Rerun { step: right, scope: RerunScope::Step, previewed: None, reason },
        );
        player.play();
        player.rebase(plan("Roll out, slowly"));
        for person in ["alice", "bob"] {
            let reason = "the outage is worse".to_owned();
            player.ask(person, Asked::BreakGlass { step: step("drill/soak"), reason });
        }
        player.gate();
        let finding = "right, and said so in time".to_owned();
        player.ask("carol", Asked::Review { step: step("drill/soak"), finding });
        player.wait_until(20 * 60_000);
        player.play();
        let item = OpenItem::Failed { step: step("drill/patch[us]") };
        player.ask("bob", Asked::Waive { item, reason: "that region is closed".to_owned() });
        player.play();
        Self { run: player.telling.story, child, rough: rough::clean() }
    }
}

pub(crate) fn within(mut inner: Step, owner: &str, part: Part) -> Step {
    inner.within = Some(Within { step: step(&format!("drill/{owner}")), part });
    inner
}

fn simple(name: &str) -> Step {
    command(name, Vec::new())
}

pub(crate) fn uses(until: Option<Poll>) -> StepKind {
    let retry = Retry {
        max_attempts: 1,
        delay: Millis(0),
        backoff: 1,
        max_delay: Millis(0),
        on: Vec::new(),
    };
    StepKind::Uses(Uses {
        action: "build/start".to_owned(),
        with: [("name".to_owned(), Value::Text("x".to_owned()))].into(),
        timeout: Millis::from_secs(60),
        retry,
        idempotent: true,
        until,
    })
}

fn gate() -> Approval {
    let group = |name: &str, approver: &str| ApprovalGroup {
        name: name.to_owned(),
        approvers: vec![approver.parse().unwrap()],
        min_approvals: 1,
    };
    Approval {
        message: "Deploy?".to_owned(),
        approvers: Vec::new(),
        min_approvals: 1,
        groups: vec![group("security", "carol"), group("sre", "team:sre")],
        exclude: vec![SeparatedRole::Initiator],
        min_level: 1,
        show: vec![step("drill/settings")],
        timeout: Millis::from_secs(3_600),
        on_timeout: OnTimeout::Pause,
        on_rejected: OnRejected::Pause,
        valid_for: Millis::from_secs(7_200),
        binds: Vec::new(),
        remind: vec![Millis::from_secs(60)],
        escalate: Vec::new(),
        calendar: None,
    }
}

fn steps() -> Vec<Step> {
    let mut patch = simple("patch");
    patch.locks = vec!["prod/symlink".to_owned()];
    patch.for_each = Some(ForEach {
        items: "${{ vars.regions }}".to_owned(),
        name: "region".to_owned(),
        key: None,
        max_parallel: 1,
        max_failures: Budget::Count(1),
        on_exceeded: OnExceeded::Pause,
        expect: None,
    });
    let mut risky = within(simple("risky"), "careful", Part::Steps);
    risky.on_failure = OnFailure::Rescue;
    let mut fix = simple("fix");
    fix.on_failure = OnFailure::Run { steps: vec![step("drill/revert")], then: AfterRemedy::Pause };
    let mut revert = simple("revert");
    revert.backout = true;
    let mut soak = delay(Until::After { span: Millis::from_secs(3_600), since: None });
    soak.break_glass = Some(BreakGlass {
        approvers: vec!["team:sre".parse().unwrap()],
        min_approvals: 2,
        review_within: Millis::from_secs(86_400),
    });
    let poll = Poll {
        condition: Some("self.outputs.done".to_owned()),
        interval: Millis::from_secs(10),
        timeout: Millis::from_secs(600),
    };
    let child = Child { path: CHILD.to_owned(), inputs: BTreeMap::new() };
    let bare = |name: &str, kind| planned(name, kind, Vec::new());
    vec![
        simple("settings"),
        within(simple("settings.restore"), "settings", Part::Restore),
        patch,
        bare("careful", StepKind::Block),
        risky,
        within(simple("mend"), "careful", Part::Rescue),
        within(simple("tidy"), "careful", Part::Always),
        bare("both", StepKind::Parallel),
        within(bare("left", uses(Some(poll))), "both", Part::Steps),
        within(simple("right"), "both", Part::Steps),
        fix,
        revert,
        bare("image", StepKind::Runbook(child)),
        bare("soak", StepKind::HardStop(soak)),
        bare("gate", StepKind::Approval(gate())),
        bare("deploy", uses(None)),
        within(simple("deploy.undo"), "deploy", Part::Undo),
    ]
}

fn child_plan() -> Plan {
    let mut plan = of("image", "Image", vec![simple("build")]);
    plan.outputs = vec![("image".to_owned(), Value::Text("${{ steps.build.id }}".to_owned()))];
    plan
}

fn plan(title: &str) -> Plan {
    let mut plan = of("whole", title, steps());
    let mut report = simple("report");
    report.id = step("finally/report");
    plan.phases.push(Phase {
        id: "finally".parse().unwrap(),
        title: "Finally".to_owned(),
        needs: Vec::new(),
        finally: true,
        on_abort: false,
        steps: vec![report],
    });
    let runbook = digest(b"# the runbook's text\n");
    plan.children = [(CHILD.to_owned(), ChildPlan { runbook, plan: child_plan() })].into();
    let day: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
    let span = Span { from: day, to: day.plus(Millis::from_secs(20 * 60)) };
    let window = Window { rule: Rule::Deny, when: When::Between(span), overrun: Rule::Allow };
    plan.windows = vec![PlannedWindow { window, applies_to: vec!["drill/deploy".to_owned()] }];
    plan
}

fn child() -> Story {
    let run: RunId = RUN.parse().unwrap();
    let (step, attempt) = (step("drill/image"), AttemptNo::FIRST);
    let parent = Parent { run, step, attempt, above: Vec::new() };
    let mut player = Player::open(CHILD_RUN, child_plan(), Some(parent));
    player.play();
    player.telling.story
}

pub(crate) fn image() -> BTreeMap<String, Value> {
    [("image".to_owned(), Value::Text("image-7".to_owned()))].into()
}

impl Player {
    fn child_ended(&mut self, child: &Story) {
        assert!(child.result().is_some(), "the other run is over: {:?}", child.told);
        let outcome = Outcome::Succeeded { outputs: image(), artifacts: Vec::new() };
        let (step, attempt) = (step("drill/image"), AttemptNo::FIRST);
        self.input(&Input::Outcome { step, attempt, outcome });
    }

    fn rebase(&mut self, plan: Plan) {
        let bytes = document::to_bytes(&plan);
        let (plan_digest, plan) = (digest(&bytes), Arc::new(plan));
        self.telling.story.files.insert(layout::later_plan(&plan_digest), bytes);
        let (commit, runbook) = ("2".repeat(40), digest(b"# a newer text\n"));
        let onto = Revision { commit, runbook, digest: plan_digest, plan };
        self.ask("alice", Asked::Rebase { onto, reason: "the title was wrong".to_owned() });
    }

    /// Asks, takes a yes back, reminds, and gets both yeses.
    fn gate(&mut self) {
        self.clock_ms += 1_000;
        let code = self.telling.request("gate", self.clock_ms);
        self.ask("bob", yes(code.clone(), "go"));
        let reason = "not yet".to_owned();
        self.ask("bob", Asked::Withdraw { code: code.clone(), reason });
        self.wait_until(self.clock_ms + 60_000);
        self.ask("bob", yes(code.clone(), "now"));
        self.ask("carol", yes(code.clone(), "safe"));
        self.ask("alice", yes(code, "me too"));
        self.play();
    }
}

/// Together the stories tell every kind of event there is.
#[test]
fn the_golden_stories_tell_every_kind_of_event() {
    let Whole { run, child, rough } = Whole::clean();
    let told = [run, child, rough].into_iter().flat_map(|story| story.told);
    let told: BTreeSet<String> = told
        .map(|(_, _, event)| serde_json::to_value(event).unwrap()["type"].as_str().unwrap().into())
        .collect();
    // A reader that does not know a kind names all that it knows.
    let error = serde_json::from_str::<Event>(r#"{"type":"?"}"#).unwrap_err().to_string();
    let known: BTreeSet<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(known.contains("run.opened") && known.contains("run.closed"), "{error}");
    let missing: Vec<&String> = known.difference(&told).collect();
    assert!(missing.is_empty(), "no story tells of {missing:?}");
}
