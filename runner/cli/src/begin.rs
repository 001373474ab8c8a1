//! A new run, from a runbook's text to its files: pinned to the current commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use hardstop_core::{
    header::{GivenInput, Inputs, Part, PinnedRunbook, Trigger},
    ids::RunId,
    model::{Plan, SeparatedRole},
    policy::{Actor, Policy},
    run::Refusal,
    time::Timestamp,
};
use hardstop_engine::open::NewRun;
use hardstop_evidence::digest;
use hardstop_git::{Repo, Source};
use hardstop_runbook::{Compiled, Files, compile};

use crate::{
    clock::SystemClock,
    error::CliError,
    output::note,
    plugins, report,
    wire::{Machine, PRODUCT, Site, here},
};

/// A run that could be opened: of this text, with these inputs.
pub(crate) struct Draft {
    source: Source,
    text: String,
    plan: Plan,
    inputs: Inputs,
}

/// Reads the runbook in `source` and settles its inputs.
///
/// The text is that of the work tree. If it is not, byte for byte, the one at the current commit,
/// the run is a draft.
///
/// # Errors
///
/// If anything about the runbook or its inputs is wrong.
pub(crate) fn draft(
    site: &Site,
    source: Source,
    settle: impl FnOnce(&Plan) -> Result<Inputs, CliError>,
) -> Result<Draft, CliError> {
    let text = text(&source)?;
    let compiled = compiled(&site.repo, &source, &text, SystemClock::now())?;
    plugins::ready(site, &compiled, &plugins::committed(site, source.is_draft())?)?;
    let inputs = settle(&compiled.plan)?;
    Ok(Draft { source, text, plan: compiled.plan, inputs })
}

impl Draft {
    /// The files of the run: whoever starts it and however, it begins here.
    ///
    /// * `trigger`: what has it opened, if that is not a person's command alone.
    ///
    /// # Errors
    ///
    /// If anything about the policy or the repository is wrong, or the policy does not let this
    /// person start runs.
    pub(crate) fn files(
        self,
        machine: &Machine,
        run: &RunId,
        actor: Actor,
        trigger: Option<Trigger>,
    ) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
        let Self { source, text, plan, inputs } = self;
        let parts = parts(&machine.site, &machine.policy, &source, (&actor, &inputs))?;
        let new = NewRun {
            run: run.clone(),
            product: PRODUCT.to_owned(),
            runner_key: machine.key.public().fingerprint(),
            runbook: PinnedRunbook {
                id: plan.runbook.clone(),
                path: source.path.clone(),
                commit: source.commit.clone(),
                digest: digest(text.as_bytes()),
                draft: source.is_draft(),
            },
            text,
            plan,
            inputs,
            policy: (*machine.policy).clone(),
            initiator: actor,
            parts,
            created: SystemClock::now(),
            trigger,
            parent: None,
        };
        new.files().map_err(|refusal: Refusal| CliError::Refused { refusal })
    }
}

/// Names in a row.
pub(crate) fn quoted(names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The file at `path`, as it was typed.
///
/// # Errors
///
/// If it is not in the repository, or cannot be read.
pub(crate) fn source(site: &Site, path: &Path) -> Result<Source, CliError> {
    Ok(site.repo.source(&site.repo.locate(&here()?, path)?)?)
}

/// The text that a run would be of: that of the work tree, or in a bare repository the committed
/// one.
///
/// # Errors
///
/// If there is none, or it is not UTF-8.
pub(crate) fn text(source: &Source) -> Result<String, CliError> {
    let bytes = source.on_disk.as_ref().or(source.committed.as_ref());
    let bytes = bytes.ok_or_else(|| {
        CliError::usage(format!("there is no file {}", source.path), "name a runbook's file")
    })?;
    String::from_utf8(bytes.clone())
        .map_err(|_| CliError::usage(format!("{} is not UTF-8", source.path), "save it as UTF-8"))
}

/// The plan of a runbook's text, with whatever other files of the repository it names. Warnings are
/// shown.
///
/// A draft takes those files from the work tree; anything else takes them from the commit it is
/// pinned to, whatever lies in the work tree. Calendars are read from `at` on.
///
/// # Errors
///
/// If the runbook is wrong, or one of those files is.
pub(crate) fn compiled(
    repo: &Repo,
    source: &Source,
    text: &str,
    at: Timestamp,
) -> Result<Compiled, CliError> {
    let load = |path: &str| {
        let file = repo.source(path).ok()?;
        let bytes = if source.is_draft() { file.on_disk } else { file.committed };
        String::from_utf8(bytes?).ok()
    };
    let files = Files { load: &load, at };
    let compiled =
        compile(&source.path, text, files).map_err(|wrong| CliError::Invalid(Box::new(wrong)))?;
    if !compiled.warnings.is_empty() {
        note(report::rendered(&compiled.warnings).trim_end());
    }
    Ok(compiled)
}

/// Who wrote what is to be run, who starts it and gives it its inputs: the parts that separation of
/// duties looks at.
///
/// Everybody who ever changed the runbook is an author of it. That only those since its last
/// approved version are would have to be read from evidence which nobody has verified here.
pub(crate) fn parts(
    site: &Site,
    policy: &Policy,
    source: &Source,
    (actor, inputs): (&Actor, &Inputs),
) -> Result<Vec<Part>, CliError> {
    let part = |role, email: &str| {
        let email = email.to_ascii_lowercase();
        Part { role, person: policy.person(&email), email }
    };
    let mut parts = vec![part(SeparatedRole::Initiator, &actor.email)];
    if inputs.0.values().any(|given| given.source != GivenInput::DEFAULT) {
        parts.push(part(SeparatedRole::InputSupplier, &actor.email));
    }
    // Nobody can tell who edited what is not committed, but whoever starts it vouches for it.
    let mut last_editor = source.is_draft().then(|| actor.email.clone());
    if source.committed.is_some() {
        let history = site.repo.history(&source.path)?;
        if !history.complete && policy.is_solo() {
            note(format!(
                "note: the history of {} is cut off here, so not all of its authors are known",
                source.path
            ));
        } else if !history.complete {
            // Somebody nobody knows of cannot be kept from approving their own work.
            return Err(CliError::usage(
                format!("the history of {} is cut off, so its authors are not known", source.path),
                "fetch all of it with `git fetch --unshallow`, and try again",
            ));
        }
        last_editor = last_editor.or(history.last_editor);
        let authors = history.authors.iter();
        parts.extend(authors.map(|author| part(SeparatedRole::RunbookAuthor, author)));
    }
    parts.extend(last_editor.map(|email| part(SeparatedRole::LastEditor, &email)));
    Ok(parts)
}
