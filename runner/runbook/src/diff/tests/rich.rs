//! A plan in which every field holds something. Every structure is written out in full, so a new
//! field does not compile until it stands here, and then the mutations reach it.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    calendar::{Calendar, Frozen, Interval, Rule, Span, Weekday, Weekly, When, Window},
    model::{
        AfterRemedy, Anchor, AnchorPoint, Approval, ApprovalGroup, AttemptRule, Bound, BreakGlass,
        Budget, Capture, CapturePattern, Checklist, Child, ChildPlan, Concurrency, Delay,
        Escalation, EvidenceFile, Expect, ForEach, Input, InputKind, Item, ItemKind, OnConflict,
        OnExceeded, OnFailure, OnRejected, OnTimeout, Part, Phase, PinnedPlugin, Plan,
        PlannedWindow, Poll, Program, Retry, RetryOn, Run, Secret, SeparatedRole, Shell, Step,
        StepKind, Until, Uses, Within,
    },
    policy::{Subject, Verb},
    time::Millis,
    value::Value,
};

/// Parses whatever has one spelling.
pub(super) fn name<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn map<T>(key: &str, value: T) -> BTreeMap<String, T> {
    BTreeMap::from([(key.to_owned(), value)])
}

fn team(name: &str) -> Vec<Subject> {
    vec![format!("team:{name}").parse().unwrap()]
}

/// The plan.
pub(super) fn plan() -> Plan {
    let mut inner = bare();
    inner.phases = vec![phase("inner", &[], vec![step("inner/stop", StepKind::HardStop(delay()))])];
    let runbook = serde_json::from_value(format!("sha256:{}", "a".repeat(64)).into()).unwrap();
    let child = ChildPlan { runbook, plan: inner };
    Plan {
        inputs: inputs(),
        vars: vec![("region".to_owned(), Value::from("north"))],
        secrets: map("token", Secret::Env("TOKEN".to_owned())),
        phases: phases(),
        timezone: "Europe/Berlin".to_owned(),
        outputs: vec![("image".to_owned(), Value::from("${{ steps.build.outputs.id }}"))],
        permissions: BTreeMap::from([(Verb::Skip, team("leads"))]),
        concurrency: Some(Concurrency {
            group: "patch".to_owned(),
            on_conflict: OnConflict::Reject,
        }),
        windows: windows(),
        calendars: map(
            "office",
            Calendar { hours: weekly(), holidays: BTreeSet::from([name("2026-12-25")]) },
        ),
        children: map("image.yaml", child),
        plugins: map("jenkins", plugin()),
        ..bare()
    }
}

fn plugin() -> PinnedPlugin {
    PinnedPlugin {
        version: "0.1.0".to_owned(),
        digest: serde_json::from_value(format!("sha256:{}", "b".repeat(64)).into()).unwrap(),
        asks: BTreeSet::from(["GET https://ci.example.com".to_owned()]),
    }
}

fn bare() -> Plan {
    Plan {
        semantics: Plan::SEMANTICS,
        runbook: name("patch"),
        title: "Patch".to_owned(),
        inputs: Vec::new(),
        vars: Vec::new(),
        secrets: BTreeMap::new(),
        phases: Vec::new(),
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

fn inputs() -> Vec<Input> {
    let input = |name: &str, kind| Input {
        name: name.to_owned(),
        description: "what it is".to_owned(),
        kind,
        default: Some(Value::Integer(3)),
    };
    let (pattern, choices) = (Some("[a-z]+".to_owned()), vec!["a".to_owned(), "b".to_owned()]);
    vec![
        input("env", InputKind::Text { pattern, choices }),
        input("count", InputKind::Integer { min: Some(1), max: Some(9) }),
    ]
}

fn weekly() -> Weekly {
    Weekly {
        days: BTreeSet::from([Weekday::Mon, Weekday::Tue]),
        from: name("09:00"),
        to: name("17:00"),
        zone: name("Europe/Berlin"),
    }
}

fn windows() -> Vec<PlannedWindow> {
    let span = || Span { from: name("2026-12-20T00:00:00Z"), to: name("2027-01-04T00:00:00Z") };
    let frozen = Frozen {
        source: "freeze.ics".to_owned(),
        known_until: name("2028-01-01T00:00:00Z"),
        intervals: vec![Interval { name: "year's end".to_owned(), span: span() }],
    };
    let window = |rule, when| PlannedWindow {
        window: Window { rule, when, overrun: Rule::Deny },
        applies_to: vec!["prod".to_owned(), "build/deploy".to_owned()],
    };
    vec![
        window(Rule::Allow, When::Weekly(weekly())),
        window(Rule::Deny, When::Between(span())),
        window(Rule::Deny, When::Frozen(frozen)),
    ]
}

fn phase(id: &str, needs: &[&str], steps: Vec<Step>) -> Phase {
    Phase {
        id: name(id),
        title: id.to_owned(),
        needs: needs.iter().map(|need| name(need)).collect(),
        finally: id == "finally",
        on_abort: id == "on_abort",
        steps,
    }
}

fn phases() -> Vec<Phase> {
    let tidy = |id: &str| vec![step(id, StepKind::Uses(uses()))];
    vec![
        phase("build", &[], build()),
        phase("prod", &["build"], prod()),
        phase("on_abort", &[], tidy("on_abort/tell")),
        phase("finally", &[], tidy("finally/tidy")),
    ]
}

fn build() -> Vec<Step> {
    let script = Program::Script { shell: Shell::Sh, text: "make all".to_owned() };
    let argv = Program::Argv(vec!["deploy".to_owned(), "--all".to_owned()]);
    let child = Child { path: "image.yaml".to_owned(), inputs: map("build", Value::Integer(7)) };
    let pattern = CapturePattern { regex: "id=(.*)".to_owned(), integer: false };
    let build = run(script, Some(Capture::Patterns(map("id", pattern))));
    let mut deploy = step("build/deploy", StepKind::Run(run(argv.clone(), Some(Capture::Json))));
    deploy.for_each = Some(ForEach {
        items: "${{ vars.regions }}".to_owned(),
        name: "region".to_owned(),
        key: Some("${{ region.name }}".to_owned()),
        max_parallel: 3,
        max_failures: Budget::BasisPoints(1_000),
        on_exceeded: OnExceeded::Abort,
        expect: Some(Expect { min: 2, max: 20 }),
    });
    deploy.locks = vec!["prod/symlink".to_owned()];
    deploy.on_failure =
        OnFailure::Run { steps: vec![name("build/revert")], then: AfterRemedy::Abort };
    let mut revert = step("build/revert", StepKind::Run(run(argv.clone(), None)));
    revert.backout = true;
    let undo = step("build/deploy.undo", StepKind::Run(run(argv, None)));
    vec![
        step("build/build", StepKind::Run(build)),
        step("build/image", StepKind::Runbook(child)),
        deploy,
        within(undo, "build/deploy", Part::Undo),
        revert,
    ]
}

fn prod() -> Vec<Step> {
    let mut careful = step("prod/careful", StepKind::Block);
    careful.on_failure = OnFailure::Rescue;
    let inside = |id: &str| step(&format!("prod/{id}"), StepKind::Uses(uses()));
    let mut soak = step("prod/soak", StepKind::HardStop(delay()));
    soak.formerly = Some(name("prod/rest"));
    let mut settle = step("prod/settle", StepKind::Wait(Delay { break_glass: None, ..delay() }));
    settle.backout = true;
    vec![
        step("prod/look", StepKind::Checklist(checklist())),
        step("prod/go", StepKind::Approval(approval())),
        soak,
        settle,
        careful,
        within(inside("patch"), "prod/careful", Part::Steps),
        within(inside("rescue"), "prod/careful", Part::Rescue),
        within(inside("always"), "prod/careful", Part::Always),
        step("prod/both", StepKind::Parallel),
        within(inside("left"), "prod/both", Part::Steps),
        within(inside("right"), "prod/both", Part::Steps),
        within(inside("left.restore"), "prod/left", Part::Restore),
    ]
}

fn within(mut step: Step, composite: &str, part: Part) -> Step {
    step.within = Some(Within { step: name(composite), part });
    step
}

fn step(id: &str, kind: StepKind) -> Step {
    Step {
        id: name(id),
        title: "a title".to_owned(),
        description: "why and how".to_owned(),
        condition: Some("${{ inputs.count > 2 }}".to_owned()),
        kind,
        on_failure: OnFailure::Abort,
        evidence: vec![EvidenceFile {
            id: "report".to_owned(),
            file: "report.txt".to_owned(),
            required: true,
            max_bytes: 1_024,
            content: Some("${{ self.outputs.url }}".to_owned()),
        }],
        within: None,
        for_each: None,
        backout: false,
        locks: Vec::new(),
        formerly: None,
    }
}

fn retry() -> Retry {
    Retry {
        max_attempts: 3,
        delay: Millis(1_000),
        backoff: 2,
        max_delay: Millis(60_000),
        on: vec![RetryOn::Failed, RetryOn::TimedOut],
    }
}

fn poll() -> Poll {
    Poll {
        condition: Some("${{ self.outputs.done }}".to_owned()),
        interval: Millis(30_000),
        timeout: Millis(3_600_000),
    }
}

fn run(program: Program, capture: Option<Capture>) -> Run {
    Run {
        program,
        env: map("LANG", "C".to_owned()),
        directory: Some("tools".to_owned()),
        timeout: Millis(600_000),
        retry: retry(),
        idempotent: false,
        capture,
        until: Some(poll()),
    }
}

fn uses() -> Uses {
    Uses {
        action: "jenkins/build".to_owned(),
        with: map("job", Value::List(vec![Value::from("patch"), Value::Bool(true)])),
        timeout: Millis(600_000),
        retry: retry(),
        idempotent: false,
        until: Some(poll()),
    }
}

fn checklist() -> Checklist {
    let item = |id: &str, kind| Item {
        id: name(id),
        text: "I looked".to_owned(),
        kind,
        optional: false,
        evidence: true,
    };
    let options = vec!["good".to_owned(), "bad".to_owned()];
    Checklist {
        items: vec![item("backup", ItemKind::Tick), item("how", ItemKind::Choice { options })],
        assignees: team("sre"),
        timeout: Millis(86_400_000),
        on_timeout: OnTimeout::Abort,
    }
}

fn approval() -> Approval {
    let group = |name: &str, least| ApprovalGroup {
        name: name.to_owned(),
        approvers: team(name),
        min_approvals: least,
    };
    Approval {
        message: "Go on?".to_owned(),
        approvers: [team("sre"), team("leads")].concat(),
        min_approvals: 2,
        groups: vec![group("security", 2), group("sre", 2)],
        exclude: vec![SeparatedRole::Initiator, SeparatedRole::RunbookAuthor],
        min_level: 2,
        show: vec![name("build/build")],
        timeout: Millis(86_400_000),
        on_timeout: OnTimeout::Reject,
        on_rejected: OnRejected::Abort,
        valid_for: Millis(3_600_000),
        binds: vec![Bound::Runbook, Bound::Inputs],
        remind: vec![Millis(3_600_000), Millis(7_200_000)],
        escalate: vec![Escalation { after: Millis(7_200_000), add_approvers: team("duty") }],
        calendar: Some("office".to_owned()),
    }
}

fn delay() -> Delay {
    let since = Anchor { step: name("build/build"), point: AnchorPoint::Finished };
    Delay {
        until: Until::After { span: Millis(86_400_000), since: Some(since) },
        attempt: AttemptRule::Latest,
        continuous: true,
        zone: Some("Europe/Berlin".to_owned()),
        break_glass: Some(BreakGlass {
            approvers: team("leads"),
            min_approvals: 2,
            review_within: Millis(432_000_000),
        }),
    }
}
