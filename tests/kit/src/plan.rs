//! Plans as text, one step a line.
//!
//! ```text
//! phase a
//! run build idempotent retry=3 delay=500 backoff=2 max_delay=800 evidence
//! checklist confirm items=one,two? timeout=60000 on_timeout=reject
//! approval gate by=team:sre,dave min=2 level=1 exclude=initiator show=a/build valid=60000
//! approval both groups=sec:1:dave|sre:2:team:sre+dave binds=inputs,evidence remind=9000,20000
//! approval slow escalate=5000:dave|9000:team:ops calendar=office exclude=executor,supplier
//! calendar office 09:00 17:00
//! permit approve team:sre,dave
//! phase b needs=a
//! hard_stop soak 86400000 since=a/build.finished
//! wait pause 10000 if=yes on_failure=continue
//! parallel both
//! uses left in=both locks=x,y
//! block right in=both
//! run try in=right
//! run mend in=right.rescue
//! run tidy in=right.always
//! run deploy each width=2 fails=1 on_failure=run:fix:continue
//! run deploy.undo in=deploy.undo
//! run fix backout
//! run late reads=build,deploy formerly=later argv=sleep
//! on_abort
//! finally
//! run clean
//! ```
//!
//! `deny 5000..9000 fits about=x` is a window between two instants since the beginning; with `fits`,
//! a step must fit into it, or be over before it. `in=` names the composite a step belongs to, in the same phase. `each` makes it a fan-out.
//!
//! Without a `phase` line all steps belong to `main` and have no phase in their address. Times
//! are milliseconds. An item with `?` is optional, one with `!` wants a file.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    calendar::{Calendar, Rule, Span, Weekday, Weekly, When, Window},
    ids::StepId,
    limits::ANSWER_TIMEOUT_DEFAULT,
    model::{
        AfterRemedy, Anchor, AnchorPoint, Approval, ApprovalGroup, AttemptRule, Bound, BreakGlass,
        Budget, Checklist, Child, Delay, Escalation, EvidenceFile, ForEach, Item, ItemKind,
        OnExceeded, OnFailure, OnRejected, OnTimeout, Part, Phase, Plan, PlannedWindow, Poll,
        Program, Retry, RetryOn, Run, SeparatedRole, Step, StepKind, Until, Uses, Within,
    },
    policy::Verb,
    time::Millis,
};

use crate::{people::name, picture::START};

/// Reads a plan.
pub fn plan(text: &str) -> Plan {
    let mut phases: Vec<Phase> = Vec::new();
    let phased = text.lines().any(|line| line.trim().starts_with("phase "));
    if !phased {
        phases.push(phase("main", Vec::new()));
    }
    let mut permissions = BTreeMap::new();
    let mut calendars = BTreeMap::new();
    let mut windows = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words = Words::new(line);
        match words.word(0) {
            "phase" => {
                let needs = words.list("needs").into_iter().map(name).collect();
                phases.push(phase(words.word(1), needs));
            }
            "permit" => {
                let verb = Verb::ALL.into_iter().find(|verb| verb.name() == words.word(1));
                let who = words.word(2).split(',').map(name).collect();
                permissions.insert(verb.expect("a verb"), who);
            }
            "calendar" => {
                calendars.insert(words.word(1).to_owned(), office(&words));
            }
            "allow" | "deny" => windows.push(window(&words)),
            "on_abort" => {
                phases.push(Phase { on_abort: true, ..phase("on_abort", Vec::new()) });
            }
            "finally" => {
                phases.push(Phase { finally: true, ..phase("finally", Vec::new()) });
            }
            _ => {
                let phase = phases.last_mut().expect("a step belongs to a phase");
                let id = words.word(1);
                let bare = !phased && !phase.finally && !phase.on_abort;
                let prefix = if bare { String::new() } else { format!("{}/", phase.id) };
                phase.steps.push(step(name(&format!("{prefix}{id}")), &prefix, &words));
            }
        }
    }
    Plan {
        semantics: Plan::SEMANTICS,
        runbook: name("test"),
        title: "Test".to_owned(),
        inputs: Vec::new(),
        vars: Vec::new(),
        secrets: BTreeMap::new(),
        phases,
        timezone: String::new(),
        outputs: Vec::new(),
        permissions,
        concurrency: None,
        windows,
        calendars,
        children: BTreeMap::new(),
        plugins: BTreeMap::new(),
    }
}

fn window(words: &Words<'_>) -> PlannedWindow {
    let (from, to) = words.word(1).split_once("..").expect("from..to");
    let at = |ms: &str| START.plus(Millis(ms.parse().expect("milliseconds")));
    let rule = if words.word(0) == "allow" { Rule::Allow } else { Rule::Deny };
    let overrun = if words.has("fits") { Rule::Deny } else { Rule::Allow };
    let when = When::Between(Span { from: at(from), to: at(to) });
    let applies_to = words.list("about").into_iter().map(str::to_owned).collect();
    PlannedWindow { window: Window { rule, when, overrun }, applies_to }
}

fn phase(id: &str, needs: Vec<hardstop_core::ids::PhaseId>) -> Phase {
    Phase {
        id: name(id),
        title: id.to_owned(),
        needs,
        finally: false,
        on_abort: false,
        steps: Vec::new(),
    }
}

fn step(id: StepId, prefix: &str, words: &Words<'_>) -> Step {
    let kind = match words.word(0) {
        "run" => StepKind::Run(run(words)),
        "checklist" => StepKind::Checklist(checklist(words)),
        "approval" => StepKind::Approval(approval(words)),
        "wait" => StepKind::Wait(delay(words)),
        "hard_stop" => StepKind::HardStop(delay(words)),
        "block" => StepKind::Block,
        "parallel" => StepKind::Parallel,
        "uses" => StepKind::Uses(uses(words)),
        "runbook" => {
            StepKind::Runbook(Child { path: "child.yaml".to_owned(), inputs: BTreeMap::new() })
        }
        other => panic!("`{other}` is not a kind of step"),
    };
    let evidence = words.has("evidence").then(|| EvidenceFile {
        id: "report".to_owned(),
        file: "report.txt".to_owned(),
        required: true,
        max_bytes: 1_000,
        content: None,
    });
    Step {
        title: id.to_string(),
        id,
        description: String::new(),
        condition: words.value("if").map(str::to_owned),
        kind,
        on_failure: on_failure(prefix, words),
        evidence: evidence.into_iter().collect(),
        within: within(prefix, words),
        for_each: words.has("each").then(|| for_each(words)),
        backout: words.has("backout"),
        locks: words.list("locks").into_iter().map(str::to_owned).collect(),
        formerly: words.value("formerly").map(|old| name(&format!("{prefix}{old}"))),
    }
}

fn on_failure(prefix: &str, words: &Words<'_>) -> OnFailure {
    match words.value("on_failure") {
        None | Some("pause") => OnFailure::Pause,
        Some("abort") => OnFailure::Abort,
        Some("continue") => OnFailure::Continue,
        Some("rescue") => OnFailure::Rescue,
        Some(run) => {
            let mut parts = run.split(':').skip(1);
            let step = name(&format!("{prefix}{}", parts.next().expect("run:<step>")));
            let then = match parts.next() {
                None => AfterRemedy::Pause,
                Some("continue") => AfterRemedy::Continue,
                Some("abort") => AfterRemedy::Abort,
                Some(other) => panic!("then {other}"),
            };
            OnFailure::Run { steps: vec![step], then }
        }
    }
}

fn within(prefix: &str, words: &Words<'_>) -> Option<Within> {
    words.value("in").map(|text| {
        let (owner, part) = text.split_once('.').unwrap_or((text, "steps"));
        let part = match part {
            "steps" => Part::Steps,
            "rescue" => Part::Rescue,
            "always" => Part::Always,
            "undo" => Part::Undo,
            "restore" => Part::Restore,
            other => panic!("in={other}"),
        };
        Within { step: name(&format!("{prefix}{owner}")), part }
    })
}

fn for_each(words: &Words<'_>) -> ForEach {
    ForEach {
        items: "${{ items }}".to_owned(),
        name: "item".to_owned(),
        key: None,
        max_parallel: words.number("width").map_or(1, |n| u32::try_from(n).expect("small")),
        max_failures: match words.value("fails") {
            None => Budget::Count(0),
            Some(text) => match text.strip_suffix('%') {
                Some(share) => Budget::BasisPoints(100 * share.parse::<u32>().expect("a share")),
                None => Budget::Count(text.parse().expect("a number")),
            },
        },
        on_exceeded: match words.value("exceeded") {
            None => OnExceeded::Pause,
            Some("abort") => OnExceeded::Abort,
            Some(other) => panic!("exceeded={other}"),
        },
        expect: None,
    }
}

fn run(words: &Words<'_>) -> Run {
    let max_attempts = words.number("retry").unwrap_or(1);
    Run {
        program: Program::Argv(argv(words)),
        env: BTreeMap::new(),
        directory: None,
        timeout: Millis(words.number("timeout").unwrap_or(60_000)),
        retry: Retry {
            max_attempts: u32::try_from(max_attempts).expect("a small number"),
            delay: Millis(words.number("delay").unwrap_or(1_000)),
            backoff: u32::try_from(words.number("backoff").unwrap_or(1)).expect("a small number"),
            max_delay: Millis(words.number("max_delay").unwrap_or(u64::MAX)),
            on: if words.has("retry_failed") {
                vec![RetryOn::Failed]
            } else {
                vec![RetryOn::Failed, RetryOn::TimedOut]
            },
        },
        idempotent: words.has("idempotent"),
        capture: None,
        until: words.number("poll").map(|interval| Poll {
            condition: None,
            interval: Millis(interval),
            timeout: Millis(words.number("poll_timeout").unwrap_or(600_000)),
        }),
    }
}

/// What is executed, with what it reads of other steps.
fn argv(words: &Words<'_>) -> Vec<String> {
    let read = |step| format!("${{{{ steps.{step}.outputs.value }}}}");
    std::iter::once(words.value("argv").unwrap_or("true").to_owned())
        .chain(words.list("reads").into_iter().map(read))
        .collect()
}

fn uses(words: &Words<'_>) -> Uses {
    let Run { timeout, retry, idempotent, until, .. } = run(words);
    Uses { action: "test/act".to_owned(), with: BTreeMap::new(), timeout, retry, idempotent, until }
}

fn checklist(words: &Words<'_>) -> Checklist {
    let mut items = words.list("items");
    if items.is_empty() {
        items.push("one");
    }
    let item = |text: &str| Item {
        id: name(text.trim_end_matches(['?', '!'])),
        text: text.to_owned(),
        kind: ItemKind::Tick,
        optional: text.ends_with('?'),
        evidence: text.ends_with('!'),
    };
    Checklist {
        items: items.into_iter().map(item).collect(),
        assignees: Vec::new(),
        timeout: words.number("timeout").map_or(ANSWER_TIMEOUT_DEFAULT, Millis),
        on_timeout: on_timeout(words),
    }
}

fn approval(words: &Words<'_>) -> Approval {
    let mut approvers = words.list("by");
    if approvers.is_empty() {
        approvers.push("team:sre");
    }
    let role = |text: &str| match text {
        "initiator" => SeparatedRole::Initiator,
        "author" => SeparatedRole::RunbookAuthor,
        "editor" => SeparatedRole::LastEditor,
        "supplier" => SeparatedRole::InputSupplier,
        "executor" => SeparatedRole::Executor,
        other => panic!("exclude={other}"),
    };
    Approval {
        message: "Go on?".to_owned(),
        approvers: approvers.into_iter().map(name).collect(),
        min_approvals: words.number("min").map_or(1, |n| u32::try_from(n).expect("small")),
        exclude: words.list("exclude").into_iter().map(role).collect(),
        min_level: words.number("level").map_or(0, |n| u8::try_from(n).expect("small")),
        show: words.list("show").into_iter().map(name).collect(),
        timeout: words.number("timeout").map_or(ANSWER_TIMEOUT_DEFAULT, Millis),
        on_timeout: on_timeout(words),
        on_rejected: match words.value("on_rejected") {
            None | Some("pause") => OnRejected::Pause,
            Some("abort") => OnRejected::Abort,
            Some(other) => panic!("on_rejected={other}"),
        },
        valid_for: words.number("valid").map_or(Millis::from_secs(86_400), Millis),
        groups: words.parts("groups").into_iter().map(group).collect(),
        binds: words.list("binds").into_iter().map(bound).collect(),
        remind: words.list("remind").into_iter().map(millis).collect(),
        escalate: words.parts("escalate").into_iter().map(escalation).collect(),
        calendar: words.value("calendar").map(str::to_owned),
    }
}

/// `sec:1:team:ops+dave`.
fn group(text: &str) -> ApprovalGroup {
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().unwrap_or_else(|| panic!("groups={text}"));
    ApprovalGroup {
        name: part().to_owned(),
        min_approvals: part().parse().expect("a number"),
        approvers: part().split('+').map(name).collect(),
    }
}

/// `5000:team:ops+dave`.
fn escalation(text: &str) -> Escalation {
    let (after, who) = text.split_once(':').expect("after:who");
    Escalation { after: millis(after), add_approvers: who.split('+').map(name).collect() }
}

fn bound(text: &str) -> Bound {
    match text {
        "runbook" => Bound::Runbook,
        "plan" => Bound::Plan,
        "inputs" => Bound::Inputs,
        "policy" => Bound::Policy,
        "evidence" => Bound::Evidence,
        other => panic!("binds={other}"),
    }
}

fn millis(text: &str) -> Millis {
    Millis(text.parse().unwrap_or_else(|_| panic!("{text} milliseconds")))
}

/// Monday to Friday, in UTC.
fn office(words: &Words<'_>) -> Calendar {
    let days = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri].into();
    let (from, to, zone) = (name(words.word(2)), name(words.word(3)), name("UTC"));
    Calendar { hours: Weekly { days, from, to, zone }, holidays: BTreeSet::new() }
}

fn on_timeout(words: &Words<'_>) -> OnTimeout {
    match words.value("on_timeout") {
        None | Some("pause") => OnTimeout::Pause,
        Some("reject") => OnTimeout::Reject,
        Some("abort") => OnTimeout::Abort,
        Some(other) => panic!("on_timeout={other}"),
    }
}

fn delay(words: &Words<'_>) -> Delay {
    if let Some(instant) = words.value("until") {
        return delay_until(Until::Instant(instant.to_owned()), words);
    }
    let since = words.value("since").map(|text| {
        let (step, point) = text.rsplit_once('.').expect("step.point");
        let point = match point {
            "started" => AnchorPoint::Started,
            "finished" => AnchorPoint::Finished,
            "approved" => AnchorPoint::Approved,
            other => panic!("since={other}"),
        };
        Anchor { step: name(step), point }
    });
    let span = words.word(2).parse().map(Millis).expect("a span in milliseconds");
    delay_until(Until::After { span, since }, words)
}

fn delay_until(until: Until, words: &Words<'_>) -> Delay {
    let attempt = match words.value("attempt") {
        None | Some("effective") => AttemptRule::Effective,
        Some("first") => AttemptRule::First,
        Some("latest") => AttemptRule::Latest,
        Some(other) => panic!("attempt={other}"),
    };
    let approvers: Vec<_> = words.list("glass").into_iter().map(name).collect();
    let break_glass = (!approvers.is_empty()).then(|| BreakGlass {
        approvers,
        min_approvals: 2,
        review_within: Millis::from_secs(432_000),
    });
    Delay { until, zone: None, attempt, continuous: words.has("continuous"), break_glass }
}

/// The words of one line.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn new(line: &'a str) -> Self {
        Self(line.split_whitespace().collect())
    }

    fn word(&self, at: usize) -> &'a str {
        self.0.get(at).unwrap_or_else(|| panic!("word {at} is missing in {:?}", self.0))
    }

    fn has(&self, flag: &str) -> bool {
        self.0.contains(&flag)
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.value(key).map(|text| text.parse().unwrap_or_else(|_| panic!("{key}={text}")))
    }

    fn parts(&self, key: &str) -> Vec<&'a str> {
        self.value(key).map(|text| text.split('|').collect()).unwrap_or_default()
    }

    fn list(&self, key: &str) -> Vec<&'a str> {
        self.value(key).map(|text| text.split(',').collect()).unwrap_or_default()
    }
}
