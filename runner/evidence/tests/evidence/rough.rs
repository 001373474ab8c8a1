//! A run in which everything goes wrong that can, and which is ended early: every kind of event
//! that a run which goes well does not have.

use hardstop_core::{
    calendar::{Rule, Span, When, Window},
    event::{Cause, Pending},
    ids::{AttemptNo, Epoch, StepId},
    input::{Input, Outcome, Request as Asked, RerunScope},
    model::{
        Anchor, AnchorPoint, Approval, Checklist, Concurrency, Escalation, Item, ItemKind,
        OnConflict, OnRejected, OnTimeout, Part, Phase, Plan, PlannedWindow, Retry, RetryOn,
        SeparatedRole, Step, StepKind, Until,
    },
    policy::Policy,
    time::{Millis, Timestamp},
    value::Value,
};

use super::{
    plan::{command, delay, of, planned, sre},
    player::Player,
    story::{Story, step, yes},
    whole::{uses, within},
};

const RUN: &str = "c000000000-20261120-093000";
const HOUR_MS: u64 = 3_600_000;

/// The run as it should be told.
pub(crate) fn clean() -> Story {
    let staying = &["drill/lost", "drill/follow", "drill/slow", "drill/last"];
    let mut player = Player::open(RUN, plan(), None).with(&["drill/flaky", "drill/try"], staying);
    player.play();
    sent_back(&mut player);
    lost(&mut player);
    looked_for(&mut player);
    player.wait(10_000);
    player.play();
    moved(&mut player);
    player.wait_until(2 * HOUR_MS);
    player.succeeds("slow");
    gate(&mut player);
    ended_early(&mut player);
    player.telling.story
}

/// From the checklist back to the first step; what stands between is done again.
fn sent_back(player: &mut Player) {
    let reason = "it looks odd".to_owned();
    let (confirm, to) = (step("drill/confirm"), step("drill/flaky"));
    player.ask("bob", Asked::SendBack { step: confirm.clone(), to, reason });
    player.play();
    let item = |name: &str| name.parse().unwrap();
    let tick = |name: &str| Asked::Tick {
        step: confirm.clone(),
        item: item(name),
        value: Value::Bool(true),
        artifact: None,
    };
    player.ask("alice", tick("seen"));
    let (step_id, reason) = (confirm.clone(), "one is red".to_owned());
    player.ask("alice", Asked::Untick { step: step_id, item: item("seen"), reason });
    player.ask("alice", tick("seen"));
    player.ask("alice", tick("quiet"));
    player.play();
    // What it counts from was left undone, so there is nothing to wait for.
    let reason = "nothing to wait for".to_owned();
    player.ask("bob", Asked::Skip { step: step("drill/after_maybe"), reason });
    player.play();
}

/// The runner dies; two people say what became of the step.
fn lost(player: &mut Player) {
    let holder = "other.example.com:7".to_owned();
    player.input(&Input::LeaseTaken { epoch: Epoch(2), holder });
    let lost = step("drill/lost");
    let proof = player.kept(&lost, AttemptNo::FIRST);
    for (person, artifacts) in [("alice", vec![proof]), ("bob", Vec::new())] {
        let reason = "it went through".to_owned();
        player.ask(person, Asked::Attest { step: lost.clone(), reason, artifacts });
    }
    player.play();
}

/// The runner dies while an action is called; the next one finds that it goes on.
fn looked_for(player: &mut Player) {
    let holder = "third.example.com:9".to_owned();
    player.input(&Input::LeaseTaken { epoch: Epoch(3), holder });
    let pending = Pending {
        state: "{\"build\":17}".to_owned(),
        poll_at: "2026-11-20T09:35:00Z".parse().unwrap(),
        note: Some("build 17 runs".to_owned()),
        link: Some("https://ci.example.com/builds/17".to_owned()),
    };
    player.ends("follow", Outcome::Pending { pending, artifacts: Vec::new() });
    player.succeeds("follow");
}

/// While a hard stop is under way, what it counts from is done again and the clock is set ahead.
fn moved(player: &mut Player) {
    let (step, reason) = (step("drill/flaky"), "a flag was missing".to_owned());
    let scope = RerunScope::Step;
    player.ask("alice", Asked::Rerun { step, scope, previewed: None, reason });
    player.play();
    player.telling.set_ahead(600_000);
    player.wait(1_000);
    player.wait(60_000);
    player.play();
    player.retry("try", 1);
    player.play();
    player.wait(60_000);
    player.play();
}

/// A yes that does not count, a no, a request that nobody answers, one that becomes void.
fn gate(player: &mut Player) {
    let code = player.request("gate");
    player.ask("alice", yes(code.clone(), "my own"));
    player.wait(60_000);
    player.ask("bob", Asked::Reject { code, reason: "not today".to_owned() });
    player.retry("gate", 1);
    player.request("gate");
    player.wait(HOUR_MS);
    player.retry("gate", 2);
    player.request("gate");
    player.telling.enforce(Policy { version: 2, ..sre(&["alice", "bob", "carol", "dave"]) });
    player.wait(1_000);
    player.ask("bob", Asked::Hold { reason: "lunch".to_owned() });
    player.ask("bob", Asked::Lift { reason: None });
    let code = player.request("gate");
    player.ask("bob", yes(code.clone(), "go"));
    player.ask("carol", yes(code, "me too"));
    player.play();
}

/// While the last step is under way the run is ended early, and what was done is taken back.
fn ended_early(player: &mut Player) {
    player.input(&Input::Evidence(Err("the disk is full".to_owned())));
    player.input(&Input::Evidence(Ok(())));
    player.ask("alice", Asked::Abort { reason: "the wrong day".to_owned() });
    player.ends("last", Outcome::Failed { cause: Cause::Aborted, artifacts: Vec::new() });
    player.play();
}

impl Player {
    fn wait(&mut self, span_ms: u64) {
        self.wait_until(self.clock_ms + span_ms);
    }

    fn succeeds(&mut self, name: &str) {
        let artifacts = vec![self.kept(&step(&format!("drill/{name}")), AttemptNo::FIRST)];
        self.ends(name, Outcome::Succeeded { outputs: [].into(), artifacts });
        self.play();
    }

    fn ends(&mut self, name: &str, outcome: Outcome) {
        let step = step(&format!("drill/{name}"));
        self.input(&Input::Outcome { step, attempt: AttemptNo::FIRST, outcome });
    }

    fn retry(&mut self, name: &str, after: u32) {
        let (step, after) = (step(&format!("drill/{name}")), AttemptNo(after));
        self.ask("alice", Asked::Retry { step, after, reason: None });
    }

    fn request(&mut self, name: &str) -> String {
        self.clock_ms += 1_000;
        self.telling.request(name, self.clock_ms)
    }
}

fn since(name: &str) -> Anchor {
    Anchor { step: step(&format!("drill/{name}")), point: AnchorPoint::Finished }
}

fn after(span_ms: u64, since: Option<Anchor>) -> Until {
    Until::After { span: Millis(span_ms), since }
}

fn confirm() -> Checklist {
    let item = |id: &str, text: &str| Item {
        id: id.parse().unwrap(),
        text: text.to_owned(),
        kind: ItemKind::Tick,
        optional: false,
        evidence: false,
    };
    let items = vec![item("seen", "Nothing is red"), item("quiet", "Nobody was called")];
    let (assignees, timeout) = (Vec::new(), Millis(HOUR_MS));
    Checklist { items, assignees, timeout, on_timeout: OnTimeout::Pause }
}

fn approval() -> Approval {
    let approvers = vec!["team:sre".parse().unwrap()];
    Approval {
        message: "Deploy?".to_owned(),
        approvers: approvers.clone(),
        min_approvals: 1,
        groups: Vec::new(),
        exclude: vec![SeparatedRole::Initiator],
        min_level: 1,
        show: vec![step("drill/flaky")],
        timeout: Millis(HOUR_MS),
        on_timeout: OnTimeout::Pause,
        on_rejected: OnRejected::Pause,
        valid_for: Millis(HOUR_MS),
        binds: Vec::new(),
        remind: Vec::new(),
        escalate: vec![Escalation { after: Millis(60_000), add_approvers: approvers }],
        calendar: None,
    }
}

fn steps() -> Vec<Step> {
    let bare = |name: &str, kind| planned(name, kind, Vec::new());
    let simple = |name: &str| command(name, Vec::new());
    let mut flaky = simple("flaky");
    if let StepKind::Run(run) = &mut flaky.kind {
        run.retry = Retry { max_attempts: 2, on: vec![RetryOn::Failed], ..run.retry.clone() };
    }
    let mut maybe = simple("maybe");
    maybe.condition = Some("false".to_owned());
    let began = Anchor { step: step("drill/try"), point: AnchorPoint::Started };
    let hold = after(60_000, Some(began));
    vec![
        flaky,
        bare("confirm", StepKind::Checklist(confirm())),
        maybe,
        bare("after_maybe", StepKind::Wait(delay(after(1_000, Some(since("maybe")))))),
        simple("lost"),
        bare("follow", uses(None)),
        bare("pause", StepKind::Wait(delay(after(10_000, None)))),
        bare("soak", StepKind::HardStop(delay(after(60_000, Some(since("flaky")))))),
        bare("side", StepKind::Parallel),
        within(simple("try"), "side", Part::Steps),
        within(bare("hold", StepKind::HardStop(delay(hold))), "side", Part::Steps),
        simple("slow"),
        bare("gate", StepKind::Approval(approval())),
        simple("deploy"),
        within(simple("deploy.undo"), "deploy", Part::Undo),
        simple("last"),
    ]
}

fn plan() -> Plan {
    let mut plan = of("rough", "Roll out in a storm", steps());
    let mut more = |id: &str, name: &str, on_abort: bool| {
        let mut only = command(name, Vec::new());
        only.id = format!("{id}/{name}").parse::<StepId>().unwrap();
        plan.phases.push(Phase {
            id: id.parse().unwrap(),
            title: id.to_owned(),
            needs: Vec::new(),
            finally: !on_abort,
            on_abort,
            steps: vec![only],
        });
    };
    more("on_abort", "tell", true);
    more("finally", "report", false);
    let group = "storm".to_owned();
    plan.concurrency = Some(Concurrency { group, on_conflict: OnConflict::Queue });
    let from: Timestamp = "2026-11-20T11:00:00Z".parse().unwrap();
    let when = When::Between(Span { from, to: from.plus(Millis(HOUR_MS)) });
    let window = Window { rule: Rule::Deny, when, overrun: Rule::Allow };
    plan.windows = vec![PlannedWindow { window, applies_to: vec!["drill/slow".to_owned()] }];
    plan
}
