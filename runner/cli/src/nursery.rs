//! Runs that are steps of other runs: found or opened, moved, and told of.
//!
//! Such a run lies among the live runs like any other, so people answer it like any other. Who moves
//! the outer run moves it as well, without waiting: while it rests its lease is free.

use std::rc::Rc;

use hardstop_core::{
    event::Cause,
    header::{Header, Inputs, PinnedRunbook},
    input::Request,
    time::Millis,
};
use hardstop_engine::{
    driver::{
        ChildEnd, ChildMoves, ChildOrder, ChildOver, Children, DriveError, Mode, Outside, Stop,
        StopSwitch,
    },
    open::NewRun,
};
use hardstop_evidence::{digest, layout};
use hardstop_journal::{FileRun, OpenError};
use hardstop_runbook::settle_inputs;
use tokio::sync::{mpsc, watch};

use crate::{
    begin,
    clock::SystemClock,
    error::CliError,
    find::Found,
    live_again,
    output::note,
    read, report,
    ui::plain,
    wire::{Evidence, Machine, PRODUCT},
};

/// Opens and moves the runs that are steps of the runs of a machine.
pub(crate) struct Nursery(pub(crate) Rc<Machine>);

impl Children for Nursery {
    fn look_after(&self, order: ChildOrder, stop: StopSwitch) -> ChildMoves {
        let machine = Rc::clone(&self.0);
        Box::pin(async move {
            moved(&machine, &order, stop).await.unwrap_or_else(|error| {
                // Whatever it is, the run is still there, and is looked at again.
                note(format!(
                    "run {}: {}",
                    order.child.run.short(),
                    report::text(&error).trim_end()
                ));
                ChildEnd::Waiting { next: None }
            })
        })
    }
}

async fn moved(
    machine: &Machine,
    order: &ChildOrder,
    stop: StopSwitch,
) -> Result<ChildEnd, CliError> {
    let run = &order.child.run;
    let noted = machine.site.live.peek(run).ok().and_then(|peek| peek.wake());
    if let Some(noted) = noted.filter(|_| order.abort.is_none())
        && noted.at.is_none_or(|at| at > SystemClock::now())
    {
        return Ok(ChildEnd::Waiting { next: noted.at });
    }
    let files = match machine.site.live.open(run) {
        Ok(files) => files,
        // Somebody answers it this moment.
        Err(OpenError::Held { .. }) => return Ok(ChildEnd::Waiting { next: None }),
        Err(OpenError::Missing { .. }) => match found(machine, order)? {
            Ok(files) => files,
            Err(end) => return Ok(end),
        },
        Err(error) => return Err(error.into()),
    };
    drive(machine, order, files, stop).await
}

/// A run that is not live: over, open in the evidence only, or not opened yet.
fn found(machine: &Machine, order: &ChildOrder) -> Result<Result<FileRun, ChildEnd>, CliError> {
    let (site, run) = (&machine.site, &order.child.run);
    let evidence = site.evidence()?;
    let known = evidence.and_then(|evidence| evidence.run_file(run, layout::RUN).ok()?).is_some();
    if known {
        let replayed = read::replayed(site, &Found::Recorded(run.clone()))?;
        if let Some(over) = ChildOver::of(&replayed.snapshot) {
            return Ok(Err(ChildEnd::Over(Box::new(over))));
        }
        live_again::make(site, run)?;
        return Ok(Ok(site.live.open(run)?));
    }
    if order.abort.is_some() {
        return Ok(Err(ChildEnd::Failed(Cause::Aborted)));
    }
    // What is wrong with it now will be wrong with it tomorrow: all of it is pinned.
    let refused = |error: CliError| {
        let message = report::text(&error).trim_end().to_owned();
        ChildEnd::Failed(Cause::NotStarted { message })
    };
    let new = match new(machine, order) {
        Ok(new) => new,
        Err(error) => return Ok(Err(refused(error))),
    };
    let files = new.files().map_err(|refusal| CliError::Refused { refusal });
    match files.map(|files| machine.open_new(run, &files)) {
        Ok(Ok(files)) => Ok(Ok(files)),
        Ok(Err(error @ (CliError::Open(_) | CliError::Files(_)))) => Err(error),
        Ok(Err(error)) | Err(error) => Ok(Err(refused(error))),
    }
}

/// The run as it begins: of the commit of the run it is a step of, with its starter and its parts.
fn new(machine: &Machine, order: &ChildOrder) -> Result<NewRun, CliError> {
    let Header { runbook: outer, initiator, parts, .. } = &*order.header;
    let path = &order.child.path;
    let wrong = |what: String| CliError::usage(what, "abort the run, and start it again");
    let pinned = order.plan.children.get(path);
    let pinned = pinned.ok_or_else(|| wrong(format!("the plan does not hold `{path}`")))?;
    let source = machine.site.repo.source(path)?;
    let commit = (!outer.draft).then_some(outer.commit.as_str());
    let bytes = machine.site.repo.text_at(commit, path)?.unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    if digest(text.as_bytes()) != pinned.runbook {
        return Err(wrong(format!("`{path}` is not the one this run began with")));
    }
    let inputs = settle_inputs(&pinned.plan, &order.child.inputs, "parent")
        .map_err(|problems| wrong(problems.join("; ")))?;
    let mut parts = parts.clone();
    // Who gave the run around it its inputs gave them to this one.
    let none = Inputs::default();
    let own = begin::parts(&machine.site, &machine.policy, &source, (&initiator.actor, &none))?;
    for part in own {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Ok(NewRun {
        run: order.child.run.clone(),
        product: PRODUCT.to_owned(),
        runner_key: machine.key.public().fingerprint(),
        runbook: PinnedRunbook {
            id: pinned.plan.runbook.clone(),
            path: path.clone(),
            commit: outer.commit.clone(),
            digest: pinned.runbook,
            draft: outer.draft,
        },
        text,
        plan: pinned.plan.clone(),
        inputs,
        policy: (*machine.policy).clone(),
        initiator: initiator.actor.clone(),
        parts,
        created: SystemClock::now(),
        trigger: None,
        parent: Some(order.parent()),
    })
}

async fn drive(
    machine: &Machine,
    order: &ChildOrder,
    files: FileRun,
    mut stop: StopSwitch,
) -> Result<ChildEnd, CliError> {
    let run = &order.child.run;
    let mut driver = machine.take_over(files, None).await?;
    let failed = |source| CliError::Drive { run: run.clone(), source };
    if let Some((actor, reason)) = &order.abort {
        let request = Request::Abort { reason: reason.clone() };
        match driver.deliver(actor.clone(), request).await {
            // Asked before; or the policy has somebody else abort it, and it goes on till then.
            Ok(_) | Err(DriveError::Refused(_)) => {}
            Err(source) => return Err(failed(source)),
        }
    }
    let (raise, interrupt) = watch::channel(false);
    let (_nobody_asks, people) = mpsc::channel(1);
    let before = format!("{} ", run.short());
    let observe = &mut |state: &_, entries: &[_]| plain::tell(&before, Some(state), entries);
    let mode = Mode { wait_for_time: Millis(0), wait_for_people: false };
    let driven = {
        let mut driving =
            std::pin::pin!(driver.drive(mode, Outside { observe, people, interrupt }));
        tokio::select! {
            driven = &mut driving => driven,
            () = told(&mut stop) => {
                raise.send_replace(true);
                driving.await
            }
        }
    };
    let over = driver.over();
    let given_back = machine.give_back(driver, Evidence::from(&driven));
    let next = match driven.map_err(failed)? {
        Stop::Waiting { next } => next,
        Stop::Closed(_) | Stop::Interrupted => None,
    };
    given_back?;
    Ok(over.map_or(ChildEnd::Waiting { next }, |over| ChildEnd::Over(Box::new(over))))
}

/// Waits for the switch; for ever if nobody holds it any more.
async fn told(stop: &mut StopSwitch) {
    if stop.wait_for(Option::is_some).await.is_err() {
        std::future::pending::<()>().await;
    }
}
