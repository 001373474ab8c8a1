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
    ("users", "people"),
    ("groups", "teams"),
    ("permissions", "allow"),
];

/// Whether `word` of `of` is a part of `hardstop/v1` that this version does not execute.
pub(crate) fn is_not_yet(of: &str, word: &str) -> bool {
    NOT_YET.iter().any(|(place, words)| *place == of && words.contains(&word))
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
    ("Config", &["hooks", "plugins", "repositories", "forge"]),
    ("Policy", &["calendars", "rules"]),
    ("`kind`", &["Inventory"]),
];
