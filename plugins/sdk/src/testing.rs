//! Actions tried without a server and without WebAssembly: the world is what a test recorded.
//!
//! A test says which requests are expected, in order, and what comes back; a request that is not
//! expected, or one that is missing, fails it.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Broken, Call, Failure, Finding, Host, Level, Plugin, Progress,
    http::{Request, Response},
};

/// The largest manifest the runner takes.
const MANIFEST_BYTES_MAX: usize = 256 * 1024;

/// A world in which exactly the recorded exchanges happen.
#[derive(Default)]
pub struct Recorded {
    config: BTreeMap<String, String>,
    expected: RefCell<VecDeque<(String, Result<Response, Broken>)>>,
    sent: RefCell<Vec<Request>>,
    kept: RefCell<BTreeMap<String, Vec<u8>>>,
    now: Cell<Duration>,
    recovering: bool,
}

/// An answer with a JSON body.
#[expect(clippy::needless_pass_by_value, reason = "tests write `json!` in place")]
pub fn json(status: u16, body: Value) -> Response {
    text(status, &body.to_string())
}

/// An answer with a text.
pub fn text(status: u16, body: &str) -> Response {
    Response { status, body: body.as_bytes().to_vec(), ..Response::default() }
}

impl Response {
    /// This answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Recorded {
    /// A world in which nothing happens, at 2026-03-01T12:00:00Z.
    pub fn new() -> Self {
        let it = Self::default();
        it.now.set(Duration::from_hours(492_324));
        it
    }

    /// Configures a text.
    #[must_use]
    pub fn config(mut self, key: &str, value: &str) -> Self {
        self.config.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Grants a secret; its placeholder is `placeholder-of-<name>`.
    #[must_use]
    pub fn secret(self, name: &str) -> Self {
        self.config(&format!("secret:{name}"), &format!("placeholder-of-{name}"))
    }

    /// Lets an earlier runner have begun the attempt, perhaps.
    #[must_use]
    pub fn recovering(mut self) -> Self {
        self.recovering = true;
        self
    }

    /// Expects a request after those before.
    ///
    /// * `asked`: method and URL, `GET https://example.com/path?query`.
    #[must_use]
    pub fn answer(self, asked: &str, response: Response) -> Self {
        self.expected.borrow_mut().push_back((asked.to_owned(), Ok(response)));
        self
    }

    /// Expects a request that breaks.
    #[must_use]
    pub fn breaks(self, asked: &str, broken: Broken) -> Self {
        self.expected.borrow_mut().push_back((asked.to_owned(), Err(broken)));
        self
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    /// The call that this world is asked for, its key `key-1`.
    pub fn call(&self) -> Call<'_> {
        Call { key: "key-1".to_owned(), attempt: 1, recovering: self.recovering, host: self }
    }

    /// Begins an attempt.
    ///
    /// # Errors
    ///
    /// What the action fails with.
    #[expect(clippy::needless_pass_by_value, reason = "tests write `json!` in place")]
    pub fn invoke(
        &self,
        plugin: &Plugin,
        action: &str,
        with: Value,
    ) -> Result<Progress<Value, Value>, Failure> {
        plugin.invoke(&self.call(), action, &with.to_string()).map(read)
    }

    /// Goes on with it.
    ///
    /// # Errors
    ///
    /// What the action fails with.
    #[expect(clippy::needless_pass_by_value, reason = "tests write `json!` in place")]
    pub fn poll(
        &self,
        plugin: &Plugin,
        action: &str,
        with: Value,
        state: Value,
    ) -> Result<Progress<Value, Value>, Failure> {
        plugin.poll(&self.call(), action, &with.to_string(), &state.to_string()).map(read)
    }

    /// Finds out what became of it.
    ///
    /// # Errors
    ///
    /// If nothing could be found out.
    #[expect(clippy::needless_pass_by_value, reason = "tests write `json!` in place")]
    pub fn probe(
        &self,
        plugin: &Plugin,
        action: &str,
        with: Value,
    ) -> Result<Finding<Value, Value>, Failure> {
        Ok(match plugin.probe(&self.call(), action, &with.to_string())? {
            Finding::NotStarted => Finding::NotStarted,
            Finding::Pending(pending) => read(Progress::Pending(pending)).into(),
            Finding::Done(done) => read(Progress::Done(done)).into(),
            Finding::Failed(failure) => Finding::Failed(failure),
            Finding::CannotTell(why) => Finding::CannotTell(why),
        })
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// What the action fails with.
    #[expect(clippy::needless_pass_by_value, reason = "tests write `json!` in place")]
    pub fn cancel(
        &self,
        plugin: &Plugin,
        action: &str,
        with: Value,
        state: Option<Value>,
    ) -> Result<(), Failure> {
        let state = state.map(|state| state.to_string());
        plugin.cancel(&self.call(), action, &with.to_string(), state.as_deref())
    }

    /// The body of a request that was sent, as JSON.
    ///
    /// * `index`: counted from 0.
    pub fn sent_json(&self, index: usize) -> Value {
        serde_json::from_slice(&self.sent.borrow()[index].body).expect("the body is JSON")
    }

    /// The body of a request that was sent, as text.
    pub fn sent_text(&self, index: usize) -> String {
        String::from_utf8(self.sent.borrow()[index].body.clone()).expect("the body is text")
    }

    /// A header of a request that was sent.
    pub fn sent_header(&self, index: usize, name: &str) -> Option<String> {
        let sent = self.sent.borrow();
        let found = sent[index].headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// A file that was kept, as text.
    pub fn kept(&self, name: &str) -> Option<String> {
        let bytes = self.kept.borrow().get(name).cloned()?;
        Some(String::from_utf8(bytes).expect("the file is text"))
    }
}

impl Host for Recorded {
    fn send(&self, request: &Request) -> Result<Response, Broken> {
        let asked = format!("{} {}", request.method.as_str(), request.url);
        self.sent.borrow_mut().push(request.clone());
        let next = self.expected.borrow_mut().pop_front();
        let (expected, answer) = next.unwrap_or_else(|| panic!("nothing expects {asked}"));
        assert_eq!(asked, expected, "another request is expected");
        answer
    }

    fn config(&self, key: &str) -> Option<String> {
        self.config.get(key).cloned()
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let allowed = |byte: u8| plain(byte) || b"._-".contains(&byte);
        if !(1..=64).contains(&name.len())
            || !name.bytes().all(allowed)
            || !name.bytes().next().is_some_and(plain)
            || name.contains("..")
            || name.ends_with('.')
        {
            return Err("the name is not allowed".to_owned());
        }
        self.kept.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn now(&self) -> Duration {
        self.now.get()
    }

    fn say(&self, _level: Level, _message: &str) {}
}

/// A test that forgets a request must not pass.
impl Drop for Recorded {
    fn drop(&mut self) {
        let left: Vec<String> =
            self.expected.borrow().iter().map(|(asked, _)| asked.clone()).collect();
        assert!(left.is_empty() || std::thread::panicking(), "never sent: {left:?}");
    }
}

fn read(progress: Progress<String, String>) -> Progress<Value, Value> {
    let value = |text: String| -> Value {
        let value = serde_json::from_str(&text).expect("the kit writes JSON");
        assert!(!has_decimals(&value), "numbers are whole: {value}");
        value
    };
    match progress {
        Progress::Done(done) => {
            let crate::Done { value: text, link, targets } = done;
            Progress::Done(crate::Done { value: value(text), link, targets })
        }
        Progress::Pending(pending) => {
            let crate::Pending { state, poll_after, note, link } = pending;
            Progress::Pending(crate::Pending { state: value(state), poll_after, note, link })
        }
    }
}

fn has_decimals(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_decimals),
        Value::Object(fields) => fields.values().any(has_decimals),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// What holds for every plugin: names and sizes the runner takes, a manifest that does not vary,
/// examples that fit, and failures for an action that is not there and for input that is none.
///
/// # Panics
///
/// If it does not.
pub fn conforms(make: fn() -> Plugin) {
    let plugin = make();
    let manifest = plugin.manifest();
    assert_eq!(plugin.describe(), make().describe(), "a manifest says the same each time");
    assert!(plugin.describe().len() <= MANIFEST_BYTES_MAX, "the manifest is too large");
    assert!(is_name(manifest["name"].as_str().unwrap_or_default()), "the plugin's name");
    let nothing = Recorded::new();
    let unknown = nothing.invoke(&plugin, "no-such-action", json!({}));
    assert_eq!(unknown.map_err(|it| it.code.into_owned()), Err("unknown_action".to_owned()));
    let actions = manifest["actions"].as_object().expect("actions are an object");
    assert!(!actions.is_empty(), "a plugin has actions");
    for (name, action) in actions {
        assert!(is_name(name), "the name of `{name}`");
        let found = plugin.find(name).expect("it is in the manifest");
        for (kind, schema) in [("input", &action["input"]), ("output", &action["output"])] {
            assert_eq!(schema["type"], "object", "{kind} of `{name}` is an object: {schema}");
        }
        let bad = nothing.invoke(&plugin, name, json!({ "no-such-parameter": 1 }));
        assert_eq!(bad.map_err(|it| it.code.into_owned()), Err("bad_input".to_owned()), "`{name}`");
        let examples = action["examples"].as_array().expect("examples are a list");
        assert!(!examples.is_empty(), "`{name}` has an example");
        for example in examples {
            let fits = found.accepts(&example["with"].to_string());
            assert_eq!(fits, Ok(()), "example {} of `{name}`", example["title"]);
        }
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(allowed)
}
