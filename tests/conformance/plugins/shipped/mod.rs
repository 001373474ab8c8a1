//! Every action of every shipped plugin: what a server that is well answers to it.

mod builds;
mod forges;
mod others;

use serde_json::Value;

use crate::call::Plugin;

/// An action, used in one way.
pub(crate) struct Row {
    pub(crate) plugin: &'static str,
    pub(crate) action: &'static str,
    /// What it is given, if not the first example of its manifest. `https://example.com` stands for
    /// the server.
    pub(crate) with: Option<Value>,
    pub(crate) shape: Shape,
    /// What a probe says once the server did what it was asked for and the answer was lost.
    pub(crate) lost: Lost,
    /// Answers in the order in which they are looked for.
    pub(crate) exchanges: Vec<Exchange>,
}

impl Row {
    /// The parameters, for a server at `url`.
    pub(crate) fn with(&self, plugin: &Plugin, url: &str) -> Value {
        let with = self.with.clone().unwrap_or_else(|| plugin.example(self.action));
        let with = with.to_string().replace("https://example.com", url);
        serde_json::from_str(&with).expect("it is still JSON")
    }

    /// What is answered at a place that was met.
    pub(crate) fn exchange(&self, at: &str) -> &Exchange {
        let found = self.exchanges.iter().find(|it| it.at == at);
        found.unwrap_or_else(|| panic!("{}/{} asks for {at}", self.plugin, self.action))
    }
}

/// How an action goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It is over when its first call is.
    Once,
    /// It looks until something is so, and a server that is away is looked at again.
    Waits,
    /// As that, and whatever is answered is looked at again.
    Polls,
    /// It looks, keeps what it saw, and does what it is for in the next leg, again and again while
    /// the server is away.
    Checkpoint,
    /// It begins something that goes on elsewhere.
    Builds,
}

/// What becomes of an attempt whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Nothing is ever done, so nothing is lost.
    Nothing,
    /// It is found by its key.
    Found,
    /// The server tells by the key that it is the same again.
    Again,
    /// It only sets something, whatever the key.
    Sets,
    /// Nobody can tell.
    People,
}

/// A request, and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Method, a blank and the path without its query.
    pub(crate) at: String,
    pub(crate) kind: Kind,
    pub(crate) status: u16,
    /// Lines with their ends.
    pub(crate) headers: String,
    /// As long as nothing was done. `${KEY}` and `${URL}` stand for the attempt's and the server's.
    pub(crate) before: String,
    /// After something was.
    pub(crate) after: String,
}

/// What a request is to its action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It looks, and reads JSON.
    Asks,
    /// It looks, and takes any text.
    Reads,
    /// It opens a session, if there are sessions.
    Opens,
    /// What it looks for need not be had.
    Courtesy,
    /// It does what the action is for, and reads JSON.
    Does,
    /// It does it, and takes any text.
    Sends,
}

impl Kind {
    /// Whether the server does something.
    pub(crate) fn changes(self) -> bool {
        matches!(self, Self::Does | Self::Sends)
    }
}

impl Exchange {
    fn new(kind: Kind, at: &str, body: &Value) -> Self {
        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        let (at, headers, after) = (at.to_owned(), String::new(), text.clone());
        Self { at, kind, status: 200, headers, before: text, after }
    }

    /// After something was done it answers this.
    fn then(self, body: &Value) -> Self {
        Self { after: body.to_string(), ..self }
    }

    /// With another status and this header.
    fn says(self, status: u16, header: &str) -> Self {
        let headers = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
        Self { status, headers, ..self }
    }
}

fn asks(at: &str, body: &Value) -> Exchange {
    Exchange::new(Kind::Asks, at, body)
}

fn reads(at: &str, body: &Value) -> Exchange {
    Exchange::new(Kind::Reads, at, body)
}

fn courtesy(at: &str, body: &Value) -> Exchange {
    Exchange::new(Kind::Courtesy, at, body)
}

fn does(at: &str, body: &Value) -> Exchange {
    Exchange::new(Kind::Does, at, body)
}

fn sends(at: &str, body: &Value) -> Exchange {
    Exchange::new(Kind::Sends, at, body)
}

fn row(
    (plugin, action): (&'static str, &'static str),
    (shape, lost): (Shape, Lost),
    exchanges: Vec<Exchange>,
) -> Row {
    Row { plugin, action, with: None, shape, lost, exchanges }
}

fn opens(at: &str) -> Exchange {
    Exchange::new(Kind::Opens, at, &Value::String(String::new()))
}

/// The rows of a plugin.
pub(crate) fn rows(plugin: &str) -> Vec<Row> {
    let all = builds::rows().into_iter().chain(forges::rows()).chain(others::rows());
    all.filter(|row| row.plugin == plugin).collect()
}

/// A test of each shipped plugin.
macro_rules! each {
    ($check:ident) => {
        crate::shipped::each!($check:
            alertmanager buildbot gitea github gitlab http jenkins kubernetes matrix pagerduty
            prometheus slack);
    };
    ($check:ident: $($plugin:ident)+) => {
        $(#[test]
        fn $plugin() {
            $check(stringify!($plugin));
        })+
    };
}
pub(crate) use each;
