//! What people write when they mean something else: typing errors, the spellings of other tools,
//! and parts of the language that this version does not execute yet.

/// The name nearest to `name`, if one is near enough to be meant.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let allowed = name.len() / 3 + 1;
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let distance = strsim::osa_distance(name, candidate);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "did you mean" or, failing that, all there is.
pub(crate) fn suggest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let shown = known.get(..12).unwrap_or(&known);
    let rest = if shown.len() < known.len() { ", …" } else { "" };
    (!known.is_empty()).then(|| format!("known here: {}{rest}", shown.join(", ")))
}

/// How other tools spell what `known` holds. The second of each pair is ours.
pub(crate) fn neighbour<'n>(key: &str, known: &[&'n str]) -> Option<&'n str> {
    let squeezed = squeeze(key);
    if let Some(same) = known.iter().find(|ours| squeeze(ours) == squeezed) {
        return Some(same);
    }
    NEIGHBOURS
        .iter()
        .filter(|(theirs, _)| squeeze(theirs) == squeezed)
        .find_map(|(_, ours)| known.iter().find(|key| *key == ours).copied())
}

/// A key without what tells camel case, kebab case and snake case apart.
fn squeeze(key: &str) -> String {
    key.chars().filter(|c| *c != '-' && *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

const NEIGHBOURS: &[(&str, &str)] = &[
    ("api", "apiVersion"),
    ("version", "apiVersion"),
    ("name", "title"),
    ("name", "id"),
    ("docs", "description"),
    ("doc", "description"),
    ("parameters", "with"),
    ("params", "with"),
    ("args", "with"),
    ("arguments", "with"),
    ("parameters", "inputs"),
    ("params", "inputs"),
    ("vars_prompt", "inputs"),
    ("variables", "vars"),
    ("jobs", "phases"),
    ("stages", "phases"),
    ("plays", "phases"),
    ("tasks", "steps"),
    ("actions", "steps"),
    ("mainSteps", "steps"),
    ("always", "finally"),
    ("post", "finally"),
    ("onExit", "finally"),
    ("handlers", "finally"),
    ("when", "if"),
    ("runIf", "if"),
    ("condition", "if"),
    ("depends_on", "needs"),
    ("dependencies", "needs"),
    ("depends", "needs"),
    ("requires", "needs"),
    ("command", "run"),
    ("cmd", "run"),
    ("exec", "run"),
    ("shell", "run"),
    ("script", "run"),
    ("confirm", "checklist"),
    ("manual", "checklist"),
    ("approve", "approval"),
    ("reviewers", "approvers"),
    ("approver", "approvers"),
    ("pause", "wait"),
    ("sleep", "wait"),
    ("delay", "wait"),
    ("soak", "hard_stop"),
    ("continue-on-error", "on_failure"),
    ("ignore_errors", "on_failure"),
    ("errorhandler", "on_failure"),
    ("fail-fast", "on_failure"),
    ("timeoutSeconds", "timeout"),
    ("timeout-minutes", "timeout"),
    ("activeDeadlineSeconds", "timeout"),
    ("environment", "env"),
    ("cwd", "working_directory"),
    ("chdir", "working_directory"),
    ("workdir", "working_directory"),
    ("dir", "working_directory"),
    ("retries", "retry"),
    ("retryStrategy", "retry"),
    ("limit", "max_attempts"),
    ("attempts", "max_attempts"),
    ("count", "max_attempts"),
    ("interval", "delay"),
    ("outputs", "capture"),
    ("register", "capture"),
    ("artifacts", "evidence"),
    ("path", "file"),
    ("required_approvals", "min_approvals"),
    ("approvals", "min_approvals"),
    ("prompt", "message"),
    ("duration", "for"),
    ("seconds", "for"),
    ("minutes", "for"),
    ("from", "since"),
    ("after", "since"),
    ("choices", "options"),
    ("options", "choices"),
    ("regex", "pattern"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("tz", "timezone"),
    ("tz", "zone"),
    ("timezone", "zone"),
    ("freeze", "windows"),
    ("freezes", "windows"),
    ("window", "windows"),
    ("maintenance", "windows"),
    ("on_failure", "defaults"),
    ("retry", "defaults"),
    ("exports", "outputs"),
    ("results", "outputs"),
    ("onCancel", "on_abort"),
    ("onCancelled", "on_abort"),
    ("rollback", "on_abort"),
    ("action", "uses"),
    ("plugin", "uses"),
    ("call", "runbook"),
    ("include", "runbook"),
    ("template", "runbook"),
    ("subflow", "runbook"),
    ("branches", "parallel"),
    ("concurrent", "parallel"),
    ("fork", "parallel"),
    ("group", "block"),
    ("sequence", "block"),
    ("catch", "rescue"),
    ("except", "rescue"),
    ("on_error", "on_failure"),
    ("finally", "always"),
    ("post", "always"),
    ("with_items", "for_each"),
    ("with_list", "for_each"),
    ("with_param", "for_each"),
    ("loop", "for_each"),
    ("matrix", "for_each"),
    ("strategy", "for_each"),
    ("in", "items"),
    ("list", "items"),
    ("values", "items"),
    ("with_items", "items"),
    ("var", "as"),
    ("item", "as"),
    ("loop_var", "as"),
    ("serial", "max_parallel"),
    ("concurrency", "max_parallel"),
    ("parallelism", "max_parallel"),
    ("forks", "max_parallel"),
    ("throttle", "max_parallel"),
    ("max_fail_percentage", "max_failures"),
    ("max_errors", "max_failures"),
    ("tolerance", "max_failures"),
    ("fail-fast", "max_failures"),
    ("rollback", "undo"),
    ("compensate", "undo"),
    ("compensation", "undo"),
    ("revert", "undo"),
    ("backout", "undo"),
    ("unset", "restore"),
    ("reset", "restore"),
    ("lock", "locks"),
    ("mutex", "locks"),
    ("semaphore", "locks"),
    ("resource_group", "locks"),
    ("concurrency", "locks"),
    ("renamed_from", "formerly"),
    ("moved_from", "formerly"),
    ("aliases", "formerly"),
    ("poll", "until"),
    ("wait_for", "until"),
    ("expression", "condition"),
    ("while", "condition"),
    ("until", "condition"),
    ("every", "interval"),
    ("period", "interval"),
    ("delay", "interval"),
    ("text", "content"),
    ("body", "content"),
    ("start", "from"),
    ("begin", "from"),
    ("end", "to"),
    ("weekdays", "days"),
    ("steps", "applies_to"),
    ("phases", "applies_to"),
    ("applications", "applies_to"),
    ("syncOverrun", "overrun"),
    ("calendar", "deny"),
    ("ics", "calendar"),
    ("override", "break_glass"),
    ("emergency", "break_glass"),
    ("teams", "groups"),
    ("reviewers", "groups"),
    ("queue", "on_conflict"),
    ("policy", "on_conflict"),
    ("key", "group"),
    ("users", "people"),
    ("groups", "teams"),
    ("permissions", "allow"),
];

/// What to do instead of what is written at keys that are right elsewhere.
///
/// By the name of the type that the key stands in, as the language has no such key there.
pub(crate) fn advice(of: &str, key: &str) -> Option<&'static str> {
    let squeezed = squeeze(key);
    let found = ADVICE.iter().find(|(place, keys, _)| {
        *place == of && keys.iter().any(|known| squeeze(known) == squeezed)
    });
    found.map(|(_, _, advice)| *advice)
}

const ADVICE: &[(&str, &[&str], &str)] = &[
    (
        "Step",
        &["needs", "depends", "depends_on", "dependencies", "requires", "after"],
        "steps of a list run one after the other; `needs` is for phases, and `parallel` for steps \
         side by side",
    ),
    (
        "Step",
        &["window", "windows", "freeze"],
        "`windows` stand at the top of the runbook; `applies_to` names the steps they are about",
    ),
    (
        "Phase",
        &["window", "windows", "freeze"],
        "`windows` stand at the top of the runbook; `applies_to` names the phases they are about",
    ),
    (
        "Phase",
        &["if", "when", "on_failure", "timeout", "retry", "env", "ensure"],
        "a phase only groups; write it at its steps",
    ),
    ("Phase", &["max_parallel", "matrix", "strategy", "loop"], "write it inside `for_each`"),
    ("Step", &["max_parallel", "max_failures", "serial"], "write it inside `for_each`"),
    ("Runbook", &["locks"], "`concurrency` keeps runs apart; `locks` are for phases and steps"),
    (
        "Runbook",
        &["on", "schedule", "schedules", "triggers", "cron"],
        "what starts a run stands in the configuration of the repository",
    ),
    (
        "Concurrency",
        &["cancel_in_progress"],
        "no run is ever evicted: `on_conflict: queue` has the newer one wait, `reject` refuses it",
    ),
    ("Window", &["kind", "schedule", "cron"], "write `allow: {…}` or `deny: {…}`"),
    (
        "Approval",
        &["prevent_self_review"],
        "who started the run or last edited the runbook is excluded unless `exclude` says otherwise",
    ),
];

/// Whether `word` of `of` is a part of `hardstop/v1` that this version does not execute.
pub(crate) fn is_not_yet(of: &str, word: &str) -> bool {
    NOT_YET.iter().any(|(place, words)| *place == of && words.contains(&word))
}

/// What does some of the work of a part that is not executed yet.
pub(crate) fn meanwhile(word: &str) -> Option<&'static str> {
    match word {
        "targets" | "target_profiles" => {
            Some("`for_each` does a step once for each of several items")
        }
        "train" | "ticket" | "close" => {
            Some("call the system that keeps it by `uses`, and its end by `undo` and `finally`")
        }
        "notify" => Some("a step that `uses` a plugin may post a message"),
        "plugins" | "repositories" => Some("a step names its plugin by `uses` alone"),
        "probe" => Some("`until` asks again, and `idempotent` lets a lost attempt be repeated"),
        _ => None,
    }
}

/// Keys by the name of their type in [`syntax`](crate::syntax), words by the key they follow.
const NOT_YET: &[(&str, &[&str])] = &[
    ("Runbook", &["repositories", "plugins", "target_profiles", "close", "notify", "train"]),
    ("Phase", &["targets", "train", "ticket", "notify"]),
    ("Step", &["targets", "train", "ticket", "notify", "probe"]),
    ("Secret", &["vault", "plugin"]),
    ("Delay", &["event"]),
    ("Approval", &["notify"]),
    ("Checklist", &["escalate", "remind", "notify"]),
    ("Config", &["hooks", "repositories", "forge"]),
    ("Policy", &["calendars", "rules"]),
    ("`kind`", &["Inventory"]),
];
