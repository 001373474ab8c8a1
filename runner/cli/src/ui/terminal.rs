//! A run on a terminal: what it does, and its questions in place.
//!
//! The driver and the terminal take turns in one task. What a person answers goes to the run as a
//! request, and the run says whether it counts.

use std::{cell::RefCell, convert::Infallible, future::pending, time::Duration};

use hardstop_core::{
    event::Entry,
    ids::{RunId, StepId},
    input::Request,
    policy::Actor,
    run::RunState,
    view::{Status, status, waiting},
};
use hardstop_engine::{documents::sanitise::line, driver::Asked};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};

use super::{
    keyboard::Keyboard,
    plain::{Reader, told},
    progress::{Activity, Progress, activities},
    question::{Question, Reply, questions},
    request,
};
use crate::{
    clock::SystemClock,
    output::{TEXT_MAX, note, prompt},
    wire::Site,
};

/// How often what goes on is redrawn.
const REDRAW: Duration = Duration::from_millis(200);

/// One run on a terminal.
pub(crate) struct Terminal<'a> {
    site: &'a Site,
    actor: Actor,
    view: watch::Sender<View>,
    last_line: watch::Receiver<String>,
    interrupt: watch::Sender<bool>,
    progress: RefCell<Progress>,
}

/// A run as far as the terminal needs to know it.
#[derive(Clone, Debug, Default)]
struct View {
    run: Option<RunId>,
    questions: Vec<Question>,
    activities: Vec<Activity>,
    /// Whether a command is under way, or about to be.
    moving: bool,
    /// Whether it waits for people, those included who cannot answer here.
    for_people: bool,
}

impl<'a> Terminal<'a> {
    /// * `last_line`: the last line of a command's output.
    /// * `interrupt`: thrown when the person leaves.
    pub(crate) fn new(
        site: &'a Site,
        actor: Actor,
        last_line: watch::Receiver<String>,
        interrupt: watch::Sender<bool>,
    ) -> Self {
        let view = watch::Sender::new(View::default());
        Self { site, actor, view, last_line, interrupt, progress: RefCell::default() }
    }

    /// Takes note of where the run stands now, and tells what happened.
    pub(crate) fn observe(&self, state: &RunState, entries: &[Entry]) {
        let lines = entries.iter().filter_map(|entry| told(state, entry, Reader::Terminal));
        for told in lines {
            self.progress.borrow().above(&told);
        }
        self.view.send_replace(View {
            run: Some(state.header().run.clone()),
            questions: questions(state),
            activities: activities(state),
            moving: status(state) == Status::Running,
            for_people: waiting(state).iter().any(hardstop_core::view::Waiting::is_for_people),
        });
    }

    /// Shows what goes on and asks what is asked, until it is dropped.
    pub(crate) async fn attend(&self, asked: mpsc::Sender<Asked>) -> Infallible {
        let mut keyboard = Keyboard::listen();
        let mut view = self.view.subscribe();
        let mut put_off: Vec<Question> = Vec::new();
        let mut passed: Vec<Question> = Vec::new();
        let mut checklist = None;
        loop {
            let now = view.borrow_and_update().clone();
            let open = now.questions.iter().find(|question| {
                !put_off.iter().any(|off| off.covers(question)) && !passed.contains(question)
            });
            let Some(question) = open else {
                if now.for_people && !now.moving {
                    return self.leave().await;
                }
                let last_line = self.last_line.borrow().clone();
                self.progress.borrow_mut().show(&now.activities, &last_line, SystemClock::now());
                tokio::select! {
                    changed = view.changed() => if changed.is_err() { pending::<()>().await },
                    () = sleep(REDRAW) => {}
                }
                continue;
            };
            self.progress.borrow_mut().clear();
            self.introduce(&now, question, &mut checklist);
            if question.needs_command() {
                note("    a file comes with it: hand it in with the command below");
                put_off.push(question.clone());
                continue;
            }
            match self.ask(question, &mut keyboard, &mut view).await {
                None | Some(Reply::Again(_)) => {}
                Some(Reply::Later) => put_off.push(question.clone()),
                Some(Reply::Pass) => passed.push(question.clone()),
                Some(Reply::Ask(request)) => {
                    let heard = self.deliver(request, &asked).await;
                    // Whoever has answered a request has answered it, whether it counts or not.
                    if heard && matches!(question, Question::Approval { .. }) {
                        put_off.push(question.clone());
                    }
                }
            }
        }
    }

    /// What stands above a question.
    fn introduce(&self, view: &View, question: &Question, checklist: &mut Option<StepId>) {
        match (question, &view.run) {
            (Question::Item { step, .. }, _) if checklist.as_ref() != Some(step) => {
                note(format!("checklist `{step}`"));
                *checklist = Some(step.clone());
            }
            (Question::Approval { code, .. }, Some(run)) => request::show(self.site, run, code),
            (
                Question::Item { .. }
                | Question::Approval { .. }
                | Question::Trouble { .. }
                | Question::Hold { .. },
                _,
            ) => {}
        }
        note(format!("  {}", question.text()));
    }

    /// Asks, and waits for the answer. `None` if it is no longer asked. The end of input leaves
    /// the run.
    async fn ask(
        &self,
        question: &Question,
        keyboard: &mut Keyboard,
        view: &mut watch::Receiver<View>,
    ) -> Option<Reply> {
        keyboard.forget();
        let mut prompted = false;
        loop {
            if !prompted {
                prompt(format!("    {}", question.prompt()));
                prompted = true;
            }
            tokio::select! {
                typed = keyboard.line() => {
                    let Some(typed) = typed else {
                        note("");
                        return self.leave().await;
                    };
                    match question.read(&typed) {
                        Reply::Again(why) => {
                            note(format!("    {why}"));
                            prompted = false;
                        }
                        reply @ (Reply::Ask(_) | Reply::Later | Reply::Pass) => return Some(reply),
                    }
                }
                changed = view.changed() => {
                    if changed.is_err() {
                        pending::<()>().await;
                    }
                    if !view.borrow_and_update().questions.contains(question) {
                        note("\n    this is no longer asked");
                        return None;
                    }
                }
            }
        }
    }

    /// Gives a request to the run. Whether it was accepted; if not, the reason is told.
    async fn deliver(&self, request: Request, asked: &mpsc::Sender<Asked>) -> bool {
        let (reply, answer) = oneshot::channel();
        let actor = self.actor.clone();
        if asked.send(Asked { actor, request, reply }).await.is_err() {
            return pending().await;
        }
        match answer.await {
            Ok(Ok(())) => true,
            Ok(Err(refusal)) => {
                note(format!("    refused: {}", line(&refusal.to_string(), TEXT_MAX)));
                false
            }
            Err(_) => pending().await,
        }
    }

    /// Leaves the run to whoever moves it next.
    async fn leave<T>(&self) -> T {
        self.progress.borrow_mut().clear();
        self.interrupt.send_replace(true);
        pending().await
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        self.progress.borrow_mut().clear();
    }
}
