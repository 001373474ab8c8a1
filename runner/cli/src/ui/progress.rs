//! What a run does this moment, redrawn in place.

use hardstop_core::{
    run::{Placed, RunState, StepState},
    time::Timestamp,
};
use hardstop_engine::documents::sanitise::line;
use hardstop_runbook::title;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::note;

/// Titles and output lines are cut here, so that one step is one line of a terminal.
const WIDTH: usize = 60;

/// Something that goes on.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    title: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// A command, since when.
    Command(Timestamp),
    /// Time that passes, until when.
    Time { until: Timestamp, hard: bool },
    /// The next attempt, when.
    NextAttempt(Timestamp),
}

/// Everything that goes on in a run, in the order of the plan.
pub(super) fn activities(state: &RunState) -> Vec<Activity> {
    let activity = |Placed { id, step, state: at }: Placed<'_>| {
        let what = match at {
            StepState::Running { .. } => What::Command(state.times(id).0?),
            StepState::Delaying { due, .. } => {
                let hard = matches!(step.kind, hardstop_core::model::StepKind::HardStop(_));
                What::Time { until: *due, hard }
            }
            StepState::Backoff { retry_at } => What::NextAttempt(*retry_at),
            StepState::Pending
            | StepState::Ticking { .. }
            | StepState::Asking { .. }
            | StepState::Approved { .. }
            | StepState::Open { .. }
            | StepState::Failed { .. }
            | StepState::Unknown { .. }
            | StepState::Succeeded { .. }
            | StepState::Skipped { .. }
            | StepState::Attested { .. } => return None,
        };
        Some(Activity { title: line(&title(state, id), WIDTH), what })
    };
    state.active().filter_map(activity).collect()
}

impl Activity {
    fn in_words(&self, now: Timestamp, last_line: &str) -> String {
        let title = &self.title;
        match &self.what {
            What::Command(since) => {
                let output = line(last_line, WIDTH);
                let output = if output.is_empty() { output } else { format!(" | {output}") };
                format!("{title} {}{output}", now.since(*since))
            }
            What::Time { until, hard: true } => {
                format!("HARD STOP {title}: {} left", until.since(now))
            }
            What::Time { until, hard: false } => format!("wait {title}: {} left", until.since(now)),
            What::NextAttempt(at) => format!("{title}: next attempt in {}", at.since(now)),
        }
    }
}

/// The lines at the bottom of the terminal.
#[derive(Default)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Shows what goes on now.
    pub(super) fn show(&mut self, activities: &[Activity], last_line: &str, now: Timestamp) {
        if activities.is_empty() {
            self.clear();
            return;
        }
        let lines: Vec<String> =
            activities.iter().map(|activity| activity.in_words(now, last_line)).collect();
        let bar = self.0.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {msg}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        bar.set_message(lines.join("\n  "));
        bar.tick();
    }

    /// Takes the lines away.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }

    /// Prints a line above.
    pub(super) fn above(&self, text: &str) {
        match &self.0 {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }
}
