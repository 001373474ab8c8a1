//! From the text of recorded exchanges to what they mean.

use std::collections::BTreeMap;

use hardstop_core::{time::Millis, value::Value};
use serde_json::Map;

use super::{
    Place,
    model::{Body, Came, Exchanges, Expected, Failing, Leg, LegKind, Outcome},
    syntax,
};
use crate::{
    diagnostics::{Diagnostics, Sink},
    file, measure,
    yaml::Node,
};

/// Reads the text of recorded exchanges.
///
/// `name` is shown in messages: the path people know the file by.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX). Whether the
/// plugin has the action is seen when they are played.
pub fn exchanges(name: &str, text: &str) -> Result<Exchanges, Diagnostics> {
    let mut sink = Sink::new(name, text);
    let schema = crate::schema::of::<syntax::Exchanges>();
    let Some((file, tree)) = file::read::<syntax::Exchanges>(&mut sink, &schema) else {
        return Err(sink.failed());
    };
    let mut reader = Reader { sink };
    let legs = reader.legs(file.legs, tree.get("legs"));
    reader.sink.finish()?;
    Ok(Exchanges {
        name: name.to_owned(),
        text: text.to_owned(),
        title: file.title,
        action: (file.action, place(tree.get("action"))),
        with: (json_map(file.with), place(tree.get("with"))),
        config: (file.config, place(tree.get("config"))),
        secrets: (file.secrets.into_iter().collect(), place(tree.get("secrets"))),
        legs,
    })
}

struct Reader<'t> {
    sink: Sink<'t>,
}

impl Reader<'_> {
    fn legs(&mut self, legs: Vec<syntax::Leg>, node: &Node) -> Vec<Leg> {
        if legs.is_empty() {
            self.wrong(node, "there is no leg in this list");
        }
        let legs = legs.into_iter().enumerate();
        legs.filter_map(|(index, leg)| self.leg(leg, node.item(index))).collect()
    }

    fn leg(&mut self, leg: syntax::Leg, node: &Node) -> Option<Leg> {
        let syntax::Leg { kind, after, requests, expect } = leg;
        let asked = node.get("requests");
        let requests = requests.into_iter().enumerate();
        let requests =
            requests.map(|(index, it)| self.request(it, asked.item(index))).collect::<Vec<_>>();
        let after = self.span(after, node.get("after"));
        let (link, artifacts) = (expect.link.clone(), expect.artifacts.clone());
        let wanted = node.get("expect");
        let outcome = self.outcome(expect, wanted)?;
        Some(Leg {
            place: place(node),
            kind: match kind {
                syntax::LegKind::Invoke => LegKind::Invoke,
                syntax::LegKind::Poll => LegKind::Poll,
                syntax::LegKind::Probe => LegKind::Probe,
                syntax::LegKind::Cancel => LegKind::Cancel,
            },
            after: after.unwrap_or(Millis(0)),
            requests: requests.into_iter().collect::<Option<_>>()?,
            outcome: (outcome, place(wanted)),
            link,
            artifacts: artifacts.map(|names| names.into_iter().collect()),
        })
    }

    fn request(&mut self, it: syntax::Request, node: &Node) -> Option<Expected> {
        let syntax::Request { asked, headers, json, body, answer, breaks } = it;
        let Some((method, url)) = asked.split_once(' ') else {
            let message = "a request is a method and an address: `GET https://example.com/path`";
            self.wrong(node.get("request"), message);
            return None;
        };
        let came = match (answer, breaks) {
            (Some(answer), None) => self.answer(answer, node.get("answer")),
            (None, Some(syntax::Breaks::Unreachable)) => Came::Unreachable,
            (None, Some(syntax::Breaks::NoAnswer)) => Came::NoAnswer,
            (Some(_), Some(_)) | (None, None) => {
                self.wrong(node, "a request has either an `answer` or `breaks`");
                return None;
            }
        };
        let body = self.body(json, body, node);
        Some(Expected {
            place: place(node),
            method: method.to_ascii_uppercase(),
            url: url.trim().to_owned(),
            headers: lower(headers),
            body,
            came,
        })
    }

    fn answer(&mut self, answer: syntax::Answer, node: &Node) -> Came {
        let syntax::Answer { status, headers, json, body } = answer;
        let is_json = json.is_some();
        let body = match self.body(json, body, node) {
            Some(Body::Json(value)) => value.to_string(),
            Some(Body::Text(text)) => text,
            None => String::new(),
        };
        let mut headers = lower(headers);
        if is_json {
            headers.entry("content-type".to_owned()).or_insert("application/json".to_owned());
        }
        Came::Answer { status: status.unwrap_or(200), headers, body }
    }

    fn body(&mut self, json: Option<Value>, text: Option<String>, at: &Node) -> Option<Body> {
        if json.is_some() && text.is_some() {
            self.wrong(at, "a body is either `json` or `body`");
        }
        json.map(|value| Body::Json(json_of(value))).or(text.map(Body::Text))
    }

    fn outcome(&mut self, expect: syntax::Expect, node: &Node) -> Option<Outcome> {
        let syntax::Expect {
            done, pending, failed, over, not_started, cannot_tell, cancelled, ..
        } = expect;
        let mut all: Vec<Outcome> = Vec::new();
        all.extend(done.map(|outputs| Outcome::Done(json_map(outputs))));
        if let Some(syntax::Pending { state, poll_after, note }) = pending {
            let poll_after = self.span(poll_after, node.get("pending").get("poll_after"));
            all.push(Outcome::Pending { state: state.map(json_of), poll_after, note });
        }
        all.extend(failed.map(|it| Outcome::Failed(failing(it))));
        all.extend(over.map(|it| Outcome::Over(failing(it))));
        all.extend(not_started.then_some(Outcome::NotStarted));
        all.extend(cannot_tell.map(Outcome::CannotTell));
        all.extend(cancelled.then_some(Outcome::Cancelled));
        if all.len() == 1 {
            return all.pop();
        }
        let message = "a leg comes to one thing: `done`, `pending`, `failed`, `over`, \
                       `not_started`, `cannot_tell` or `cancelled`";
        self.wrong(node, message);
        None
    }

    fn span(&mut self, text: Option<String>, node: &Node) -> Option<Millis> {
        measure::duration(&text?).map_err(|message| self.wrong(node, message)).ok()
    }

    fn wrong(&mut self, node: &Node, message: impl Into<String>) {
        self.sink.error("exchanges::unfit", &node.at, message, None);
    }
}

fn place(node: &Node) -> Place {
    Place(node.at.clone())
}

fn failing(it: syntax::Failed) -> Failing {
    let syntax::Failed { code, message, retryable } = it;
    Failing { code, message, retryable }
}

/// Names of headers have no case.
fn lower(headers: BTreeMap<String, String>) -> BTreeMap<String, String> {
    headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

fn json_map(values: BTreeMap<String, Value>) -> Map<String, serde_json::Value> {
    values.into_iter().map(|(name, value)| (name, json_of(value))).collect()
}

fn json_of(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(yes) => yes.into(),
        Value::Integer(n) => n.into(),
        Value::Text(text) => text.into(),
        Value::List(items) => items.into_iter().map(json_of).collect(),
        Value::Map(members) => json_map(members).into(),
    }
}
