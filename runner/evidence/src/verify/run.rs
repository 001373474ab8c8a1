//! One run, levels L1, L2, L4 and L5, and its lines in the register.

use std::{collections::BTreeMap, sync::Arc};

use hardstop_core::{
    header::{Header, Inputs},
    ids::{Digest, RunId},
    model::Plan,
};

use super::{
    Objects, ReadError, Report, Trust,
    authority::{self, Case},
    child, completeness,
    folder::Folder,
    ids, journal, register,
};
use crate::{
    attestation::{self, Predicate},
    document::DocumentError,
    keys::{Namespace, SignatureError, Signer},
    layout, policy,
    request::Request,
    seal::Seal,
};

/// Verifies one run. The cost does not depend on how many others the branch has; the history of
/// the branch is not looked at, and the report says so.
pub fn verify_run(objects: &dyn Objects, run: &RunId, trust: &Trust) -> Report {
    let mut report = Report::default();
    report.note_trust(trust);
    // Nobody asked for it, so it is no check that failed; but nobody should think it was made.
    report
        .notes
        .push("one run only: not the history of the branch, not the other runs on it".to_owned());
    check_root(objects, &mut report);
    check(objects, run, trust, &mut report);
    report
}

/// The files at the root: the format is known and Git is kept from touching any byte.
pub(super) fn check_root(objects: &dyn Objects, report: &mut Report) {
    let expected = [
        (layout::FORMAT, layout::FORMAT_TEXT),
        (layout::GITATTRIBUTES, layout::GITATTRIBUTES_TEXT),
    ];
    for (path, text) in expected {
        let bytes = objects.entry(path).and_then(|entry| {
            entry.map_or(Ok(Vec::new()), |entry| objects.blob(&entry.kept.oid, 4_096))
        });
        match bytes {
            Ok(bytes) if bytes == text.as_bytes() => {}
            Err(ReadError::Unavailable(why)) => report.not_checked.push(format!("{path}: {why}")),
            Ok(_) | Err(_) => {
                report.find(ids::FORMAT, None, path, "missing, changed, or of an unknown version");
            }
        }
    }
}

pub(super) fn check(objects: &dyn Objects, run: &RunId, trust: &Trust, report: &mut Report) {
    report.runs += 1;
    if let Err(error) = try_check(objects, run, trust, report) {
        report.not_checked.push(format!("run {run}, or a part of it: {error}"));
    }
}

fn try_check(
    objects: &dyn Objects,
    run: &RunId,
    trust: &Trust,
    report: &mut Report,
) -> Result<(), ReadError> {
    let folder = Folder::read(objects, run, report)?;
    let seal: Option<Seal> = folder.document(layout::SEAL, report)?;
    let signer = check_signature(&folder, seal.as_ref(), trust, report)?;
    register::check_run(objects, &folder, seal.as_ref(), report)?;
    let (Some(run_json), Some(bytes)) =
        (folder.bytes(layout::RUN)?, folder.bytes(layout::JOURNAL)?)
    else {
        return Ok(());
    };
    let journal = journal::check(&folder, (&run_json, &bytes), seal.as_ref(), report);
    let case = read_case(&folder, report)?;
    // A journal that breaks off says nothing certain about what people did.
    let Some(case) = case.filter(|_| journal.whole) else { return Ok(()) };
    notes(&case, signer, report);
    completeness::check_plan(&folder, &case.plan, report);
    let entries = &journal.entries;
    let state = authority::check(&case, entries, report);
    child::check(objects, &case, entries, report)?;
    if let Some(result) = entries.iter().find_map(|entry| journal::closed(&entry.event)) {
        completeness::check_result(&folder, &state, result, report);
        let said = Predicate::of(&case.header, entries, &journal.head);
        check_attestation(&folder, signer, said.as_ref(), report)?;
    }
    Ok(())
}

/// Who sealed the run, if it is somebody who may.
fn check_signature<'t>(
    folder: &Folder<'_>,
    seal: Option<&Seal>,
    trust: &'t Trust,
    report: &mut Report,
) -> Result<Option<&'t Signer>, ReadError> {
    let (Some(sums), Some(signature), Some(seal)) =
        (folder.bytes(layout::SUMS)?, folder.bytes(layout::SIGNATURE)?, seal)
    else {
        return Ok(None);
    };
    Ok(match trust.signers.verify(Namespace::Seal, &sums, &signature, seal.created) {
        Ok(signer) => Some(signer),
        Err(error) => {
            let id = match error {
                SignatureError::Namespace { .. } => ids::SEAL_NAMESPACE,
                SignatureError::Malformed(_)
                | SignatureError::NotAllowed(_)
                | SignatureError::Mismatch => ids::SEAL_SIGNATURE,
            };
            report.find(id, Some(folder.run), layout::SIGNATURE, error);
            None
        }
    })
}

/// Reads everything the journal is held against; `None` if a part is missing, which is reported.
fn read_case<'a>(
    folder: &'a Folder<'a>,
    report: &mut Report,
) -> Result<Option<Case<'a>>, ReadError> {
    let header: Option<Header> = folder.document(layout::RUN, report)?;
    let plan: Option<Plan> = folder.document(layout::PLAN, report)?;
    let inputs: Option<Inputs> = folder.document(layout::INPUTS, report)?;
    let mut policies = BTreeMap::new();
    let (mut plans, mut requests) = (BTreeMap::new(), BTreeMap::new());
    for path in folder.paths() {
        if path == layout::POLICY || path.starts_with("policies/") {
            if let Some(policy) = strict(folder, path, policy::from_file, report)? {
                policies.insert(policy.digest, policy);
            }
        } else if path.starts_with("plans/") {
            let plan: Option<Plan> = folder.document(path, report)?;
            let digest = folder.digest(path).map(|(digest, _)| digest);
            if digest.map(|digest| layout::later_plan(&digest)).as_deref() != Some(path) {
                report.find(ids::PINNED, Some(folder.run), path, "it has another digest");
            }
            plans.extend(digest.zip(plan.map(Arc::new)));
        } else if path.starts_with("gates/")
            && let Some(request) = strict(folder, path, Request::from_file, report)?
            && let Some((digest, _)) = folder.digest(path)
        {
            requests.insert(path.to_owned(), (digest, request));
        }
    }
    let (Some(header), Some(plan), Some(inputs)) = (header, plan, inputs) else { return Ok(None) };
    check_header(folder, &header, &plan, report);
    let (header, plan, inputs) = (Arc::new(header), Arc::new(plan), Arc::new(inputs));
    Ok(Some(Case { folder, header, plan, inputs, policies, plans, requests }))
}

fn strict<T>(
    folder: &Folder<'_>,
    path: &str,
    read: impl FnOnce(&[u8]) -> Result<T, DocumentError>,
    report: &mut Report,
) -> Result<Option<T>, ReadError> {
    let Some(bytes) = folder.bytes(path)? else { return Ok(None) };
    Ok(match read(&bytes) {
        Ok(value) => Some(value),
        Err(error) => {
            report.find(ids::STRICT, Some(folder.run), path, error);
            None
        }
    })
}

fn check_header(folder: &Folder<'_>, header: &Header, plan: &Plan, report: &mut Report) {
    let run = Some(folder.run);
    if header.run != *folder.run {
        report.find(ids::OTHER_RUN, run, layout::RUN, format!("it opens run {}", header.run));
    }
    if header.schema != Header::SCHEMA || !(1..=Plan::SEMANTICS).contains(&plan.semantics) {
        report.find(ids::FORMAT, run, layout::RUN, "of a version this release does not know");
    }
    let pinned: [(&str, Digest); 4] = [
        (layout::PLAN, header.plan),
        (layout::INPUTS, header.inputs),
        (layout::RUNBOOK, header.runbook.digest),
        (layout::POLICY, header.policy.digest),
    ];
    for (path, digest) in pinned {
        if folder.digest(path).is_some_and(|(found, _)| found != digest) {
            report.find(ids::PINNED, run, path, "not the file that `run.json` pins");
        }
    }
}

fn notes(case: &Case<'_>, signer: Option<&Signer>, report: &mut Report) {
    let run = case.folder.run;
    if signer.is_some_and(|signer| signer.key.fingerprint() != case.header.runner_key) {
        report.notes.push(format!("{run}: sealed by another runner than the one that opened it"));
    }
    if case.header.policy.version == 0 {
        report.notes.push(format!(
            "{run}: under the embedded solo policy, where one person may approve their own run"
        ));
    }
    if case.header.runbook.draft {
        report.notes.push(format!(
            "{run}: a rehearsal, of a runbook that differs from the one in its commit"
        ));
    }
}

/// A closed run is attested by whoever sealed it, and the attestation says what the journal says.
fn check_attestation(
    folder: &Folder<'_>,
    signer: Option<&Signer>,
    said: Option<&Predicate>,
    report: &mut Report,
) -> Result<(), ReadError> {
    let (Some(signer), Some((seal, _))) = (signer, folder.digest(layout::SUMS)) else {
        return Ok(());
    };
    let file = folder.bytes(layout::ATTESTATION)?.unwrap_or_default();
    let fault = match attestation::verify(&file, seal, &signer.key) {
        Ok(predicate) if Some(&predicate) == said => return Ok(()),
        Ok(_) => "it does not say what the journal says".to_owned(),
        Err(_) if file.is_empty() => "a closed run has one".to_owned(),
        Err(error) => error.to_string(),
    };
    report.find(ids::ATTESTATION, Some(folder.run), layout::ATTESTATION, fault);
    Ok(())
}
