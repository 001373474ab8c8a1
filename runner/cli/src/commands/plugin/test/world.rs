//! The world of a leg: the exchanges that were written down, and a clock that is told the time.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hardstop_egress::{Answers, Code, Refused, Request, Response};
use hardstop_plugin_host::World;
use hardstop_runbook::exchanges::{Body, Came, Complaint, Expected, Leg, Place};

/// 2026-03-01T12:00:00Z, since 1970.
const START: Duration = Duration::from_hours(492_324);
/// Characters of a part of a request that a complaint shows.
const SHOWN_CHARS_MAX: usize = 300;

/// A world in which exactly the recorded exchanges happen.
#[derive(Default)]
pub(super) struct Recorded(Mutex<State>);

#[derive(Default)]
struct State {
    passed: Duration,
    /// What the leg is called, and where it stands.
    leg: (String, Place),
    expected: VecDeque<Expected>,
    complaints: Vec<Complaint>,
}

impl Recorded {
    /// Sets the clock to the beginning of everything.
    pub(super) fn start(&self) {
        self.state().passed = Duration::ZERO;
    }

    /// Lets time pass, and expects what a leg asks.
    ///
    /// * `name`: what people call it.
    pub(super) fn begin(&self, name: &str, leg: &Leg) {
        let mut state = self.state();
        state.passed += Duration::from_millis(leg.after.0);
        state.leg = (name.to_owned(), leg.place.clone());
        state.expected = leg.requests.iter().cloned().collect();
        state.complaints.clear();
    }

    /// What was asked that was not expected, and what was never asked.
    pub(super) fn end(&self) -> Vec<Complaint> {
        let mut state = self.state();
        let mut complaints = std::mem::take(&mut state.complaints);
        if complaints.is_empty() {
            let name = state.leg.0.clone();
            complaints.extend(state.expected.drain(..).map(|never| {
                let message = format!("{name} never asked for `{} {}`", never.method, never.url);
                complaint(never.place, message, None)
            }));
        }
        complaints
    }

    /// The state is whole whatever thread panicked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers for Recorded {
    fn answer(&self, request: Request) -> Result<Response, Refused> {
        let mut state = self.state();
        let asked = shown(&format!("{} {}", request.method, request.url), SHOWN_CHARS_MAX);
        let name = state.leg.0.clone();
        let unexpected = |why: &str| {
            let message = format!("no exchange is recorded for {asked}: {why}");
            Err(Refused { code: Code::Broken, message })
        };
        let Some(expected) = state.expected.pop_front() else {
            let place = state.leg.1.clone();
            let message = format!("{name} asked for `{asked}`, and nothing more is expected");
            state.complaints.push(complaint(place, message, None));
            return unexpected("nothing more is expected");
        };
        let wanted = format!("{} {}", expected.method, expected.url);
        if !is_same(&request, &expected) {
            // What follows was meant for another course of things.
            state.expected.clear();
            let message = format!("{name} asked for `{asked}`");
            let help = format!("expected here is `{wanted}`");
            state.complaints.push(complaint(expected.place, message, Some(help)));
            return unexpected(&format!("expected is {wanted}"));
        }
        let place = expected.place.clone();
        let differing = differing(&request, &expected);
        state.complaints.extend(differing.into_iter().map(|(message, help)| {
            complaint(place.clone(), format!("{name}: `{wanted}` {message}"), Some(help))
        }));
        match expected.came {
            Came::Answer { status, headers, body } => Response::written(status, &headers, body)
                .or_else(|why| {
                    state.complaints.push(complaint(place, why.clone(), None));
                    unexpected(&why)
                }),
            Came::Unreachable => {
                let message = "nobody answers there".to_owned();
                Err(Refused { code: Code::Unreachable, message })
            }
            Came::NoAnswer => {
                let message = "the connection ended too soon".to_owned();
                Err(Refused { code: Code::Broken, message })
            }
        }
    }
}

impl World for Recorded {
    fn now(&self) -> Duration {
        START + self.state().passed
    }
}

/// Whether it is the request that is meant. An address without a path has `/`.
fn is_same(request: &Request, expected: &Expected) -> bool {
    let is_there = request.url == expected.url
        || request.url.strip_suffix('/').is_some_and(|url| url == expected.url);
    request.method.as_str() == expected.method && is_there
}

/// What is different about headers and body, and what was expected.
fn differing(request: &Request, expected: &Expected) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, wanted) in &expected.headers {
        let given =
            request.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        if given.as_deref() != Some(wanted) {
            let said = match given {
                Some(given) => {
                    format!("has the header `{name}: {}`", shown(&given, SHOWN_CHARS_MAX))
                }
                None => format!("has no header `{name}`"),
            };
            found.push((said, format!("expected is `{name}: {wanted}`")));
        }
    }
    let text = String::from_utf8_lossy(&request.body);
    let (is_right, wanted) = match &expected.body {
        None => (true, String::new()),
        Some(Body::Text(wanted)) => (text == *wanted, wanted.clone()),
        Some(Body::Json(wanted)) => {
            let given = serde_json::from_slice::<serde_json::Value>(&request.body).ok();
            (given.as_ref() == Some(wanted), wanted.to_string())
        }
    };
    if !is_right {
        let said = format!("has the body `{}`", shown(&text, SHOWN_CHARS_MAX));
        found.push((said, format!("expected is `{}`", shown(&wanted, SHOWN_CHARS_MAX))));
    }
    found
}

/// The beginning of a text of the plugin's, which must not move anybody's cursor.
pub(super) fn shown(text: &str, chars_max: usize) -> String {
    let plain = |c: char| {
        let moves = c.is_control() && !matches!(c, '\n' | '\t');
        if moves { char::REPLACEMENT_CHARACTER } else { c }
    };
    text.chars().take(chars_max).map(plain).collect()
}

pub(super) fn complaint(place: Place, message: String, help: Option<String>) -> Complaint {
    Complaint { code: "exchanges::different", place, message, help }
}
