//! Runs that are steps of other runs: opened once, and moved by the process of the run around
//! them.

use std::{rc::Rc, sync::Arc};

use futures_util::future::{Either, select};
use hardstop_core::{
    event::Cause, header::PinnedRunbook, input::Request, run::Ending, time::Millis,
};
use hardstop_engine::{
    driver::{ChildEnd, ChildMoves, ChildOrder, Children, Driver, Mode, Outside, Stop, StopSwitch},
    open::NewRun,
};
use hardstop_ports::{clock::Clock, fakes::MemoryRun, journal::RunFiles};
use hardstop_runbook::settle_inputs;
use tokio::sync::{mpsc, watch};

use crate::{
    ledger::Ledger,
    place::{Place, Rested},
    ports::{SimClock, SimFiles},
    story::{KEY, Story},
};

/// Opens and moves the runs that are steps of a story's runs.
pub(crate) struct SimChildren(pub(crate) Rc<Story>);

impl Children for SimChildren {
    fn look_after(&self, order: ChildOrder, stop: StopSwitch) -> ChildMoves {
        let story = Rc::clone(&self.0);
        Box::pin(async move {
            let place = match opened(&story, &order) {
                Ok(place) => place,
                Err(message) => return ChildEnd::Failed(Cause::NotStarted { message }),
            };
            moved(&story, &place, order, stop).await
        })
    }
}

/// The run's files, made if there are none.
fn opened(story: &Story, order: &ChildOrder) -> Result<Arc<Place>, String> {
    let world = &story.world;
    world.point("before a run is opened");
    if let Some(place) = world.place(&order.child.run) {
        return Ok(place);
    }
    let pinned = order.plan.children.get(&order.child.path).ok_or("no such runbook")?;
    let source = format!("step {}", order.step);
    let inputs = settle_inputs(&pinned.plan, &order.child.inputs, &source)
        .map_err(|problems| problems.join("; "))?;
    let around = &order.header.runbook;
    let (path, digest) = (order.child.path.clone(), pinned.runbook);
    let new = NewRun {
        run: order.child.run.clone(),
        product: order.header.product.clone(),
        runner_key: KEY.public().fingerprint(),
        runbook: PinnedRunbook { id: pinned.plan.runbook.clone(), path, digest, ..around.clone() },
        text: String::new(),
        plan: pinned.plan.clone(),
        inputs,
        policy: (*world.policy()).clone(),
        initiator: order.header.initiator.actor.clone(),
        parts: order.header.parts.clone(),
        created: SimClock(Arc::clone(world)).read().wall,
        trigger: None,
        parent: Some(order.parent()),
    };
    let mut disk = MemoryRun::new(new.run.clone());
    let files = new.files().map_err(|refusal| refusal.to_string())?;
    for (path, bytes) in &files {
        disk.write(path, bytes).expect("nothing fails yet");
    }
    let outer = world.place(&order.header.run).expect("the run around it is open");
    let within = format!("{}{} > ", outer.within, order.step);
    let place = Arc::new(Place::new(disk, within));
    place.kept().offset_known_ms = world.facts().offset_ms;
    let ledger = Ledger::new(Arc::clone(&place), &files, Arc::new(pinned.plan.clone()));
    story.ledgers.borrow_mut().all.insert(place.run.clone(), ledger);
    world.places().insert(place.run.clone(), Arc::clone(&place));
    world.point("after a run is opened");
    Ok(place)
}

async fn moved(
    story: &Rc<Story>,
    place: &Arc<Place>,
    order: ChildOrder,
    mut stop: StopSwitch,
) -> ChildEnd {
    const LEFT: ChildEnd = ChildEnd::Waiting { next: None };
    // As the command line does it: a look at a run that waits must not begin a process.
    if let Some(Rested { due, .. }) = place.rests().filter(|_| order.abort.is_none())
        && due.is_none_or(|at| at > SimClock(Arc::clone(&story.world)).read().wall)
    {
        return ChildEnd::Waiting { next: due };
    }
    let Some(files) = SimFiles::open(&story.world, place) else { return LEFT };
    let Ok(mut driver) = Driver::take_over(files, story.setup(place)).await else { return LEFT };
    story.look(driver.state());
    let open = |driver: &Driver<_, _, _, _>| {
        let state = driver.state();
        state.is_some_and(|state| {
            !matches!(state.ending(), Ending::Closed(_)) && state.abort().is_none()
        })
    };
    if let Some((actor, reason)) = order.abort
        && open(&driver)
    {
        // Whoever may no longer end it leaves it to others.
        drop(driver.deliver(actor, Request::Abort { reason }).await);
        story.look(driver.state());
    }
    let (interrupt, raised) = watch::channel(false);
    let (_nobody, people) = mpsc::channel(1);
    let mut observe = |state: &hardstop_core::run::RunState, _: &[_]| story.look(Some(state));
    let out = Outside { observe: &mut observe, people, interrupt: raised };
    let mode = Mode { wait_for_time: Millis(0), wait_for_people: false };
    let drive = Box::pin(driver.drive(mode, out));
    let told = Box::pin(async {
        if stop.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
        interrupt.send_replace(true);
    });
    let stopped = match select(drive, told).await {
        Either::Left((stop, _)) => stop,
        Either::Right(((), drive)) => drive.await,
    };
    story.look(driver.state());
    match (stopped, driver.over()) {
        (Ok(_), Some(over)) => ChildEnd::Over(Box::new(over)),
        (Ok(Stop::Waiting { next }), None) => {
            place.rest(driver.due());
            ChildEnd::Waiting { next }
        }
        (Ok(Stop::Closed(_) | Stop::Interrupted) | Err(_), _) => LEFT,
    }
}
