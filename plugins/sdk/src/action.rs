//! An action: its functions, its place in the manifest, and how it is called with JSON.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Call, Done, Failure, Finding, Pending, Progress};

type Run<I, O> = fn(&Call, &I) -> Result<Done<O>, Failure>;
type Start<I, O, S> = fn(&Call, &I) -> Result<Progress<O, S>, Failure>;
type Poll<I, O, S> = fn(&Call, &I, &S) -> Result<Progress<O, S>, Failure>;
type Probe<I, O, S> = fn(&Call, &I) -> Result<Finding<O, S>, Failure>;
type Cancel<I, S> = fn(&Call, &I, Option<&S>) -> Result<(), Failure>;

/// One action of a plugin: takes `I`, gives `O`, and needs `S` to go on.
pub struct Action<I, O, S = ()> {
    name: &'static str,
    summary: &'static str,
    description: &'static str,
    notifies: bool,
    idempotent: bool,
    examples: Vec<(&'static str, Value)>,
    begin: Begin<I, O, S>,
    poll: Option<Poll<I, O, S>>,
    probe: Option<Probe<I, O, S>>,
    cancel: Option<Cancel<I, S>>,
}

enum Begin<I, O, S> {
    Once(Run<I, O>),
    Long(Start<I, O, S>),
}

impl<I, O> Action<I, O> {
    /// An action that is over when its function returns.
    pub fn once(name: &'static str, summary: &'static str, run: Run<I, O>) -> Self {
        Self::new(name, summary, Begin::Once(run), None)
    }
}

impl<I, O, S> Action<I, O, S> {
    /// An action that may go on.
    ///
    /// * `begin`: the first call.
    /// * `poll`: goes on with the state that the last call left.
    pub fn long(
        name: &'static str,
        summary: &'static str,
        begin: Start<I, O, S>,
        poll: Poll<I, O, S>,
    ) -> Self {
        Self::new(name, summary, Begin::Long(begin), Some(poll))
    }

    fn new(
        name: &'static str,
        summary: &'static str,
        begin: Begin<I, O, S>,
        poll: Option<Poll<I, O, S>>,
    ) -> Self {
        Self {
            name,
            summary,
            description: "",
            notifies: false,
            idempotent: false,
            examples: Vec::new(),
            begin,
            poll,
            probe: None,
            cancel: None,
        }
    }

    /// What there is to say beyond the summary, as Markdown.
    #[must_use]
    pub fn description(mut self, markdown: &'static str) -> Self {
        self.description = markdown;
        self
    }

    /// It may also tell people what a run does.
    #[must_use]
    pub fn notifies(mut self) -> Self {
        self.notifies = true;
        self
    }

    /// Doing it twice with one key equals doing it once.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// A way to use it.
    ///
    /// * `with`: an input.
    #[must_use]
    pub fn example(mut self, title: &'static str, with: Value) -> Self {
        self.examples.push((title, with));
        self
    }

    /// Finds out what became of an attempt whose answer was lost: when the runner was gone, and at
    /// once if the first call fails with [`Failure::may_have_arrived`]. Without it nobody can tell.
    #[must_use]
    pub fn probe(mut self, probe: Probe<I, O, S>) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Ends an attempt that is not wanted any more. Without it there is nothing to end.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel<I, S>) -> Self {
        self.cancel = Some(cancel);
        self
    }
}

impl<I, O, S> Action<I, O, S> {
    /// Begins an attempt. Another one would have another key, by which nobody could tell that it is
    /// the same: so if the answer is lost, what became of it is looked for at once, and what nobody
    /// can find is for people.
    fn begin(&self, call: &Call, input: &I) -> Result<Progress<O, S>, Failure> {
        let begin = || match self.begin {
            Begin::Once(run) => run(call, input).map(Progress::Done),
            Begin::Long(begin) => begin(call, input),
        };
        let failure = match begin() {
            Err(failure) if failure.may_have_arrived => failure,
            ended => return ended,
        };
        let Some(probe) = self.probe else {
            // Without a key in it, the same again is the same.
            return Err(if self.idempotent { failure } else { failure.for_people() });
        };
        let again = match probe(call, input) {
            Ok(Finding::Done(done)) => return Ok(done.into()),
            Ok(Finding::Pending(pending)) => return Ok(pending.into()),
            Ok(Finding::Failed(failed)) => return Err(failed),
            Ok(Finding::NotStarted) if self.idempotent => begin(),
            Ok(Finding::NotStarted | Finding::CannotTell(_)) | Err(_) => Err(failure),
        };
        // Whatever came of asking again, the first request may have done it.
        again.map_err(Failure::for_people)
    }
}

/// An action without its types: JSON goes in and comes out.
pub(crate) trait Callable {
    fn name(&self) -> &'static str;
    fn manifest(&self) -> Value;
    /// For tests of examples.
    #[cfg(not(target_family = "wasm"))]
    fn accepts(&self, input: &str) -> Result<(), Failure>;
    fn invoke(&self, call: &Call, input: &str) -> Result<Progress<String, String>, Failure>;
    fn poll(
        &self,
        call: &Call,
        input: &str,
        state: &str,
    ) -> Result<Progress<String, String>, Failure>;
    fn probe(&self, call: &Call, input: &str) -> Result<Finding<String, String>, Failure>;
    fn cancel(&self, call: &Call, input: &str, state: Option<&str>) -> Result<(), Failure>;
}

impl<I, O, S> Callable for Action<I, O, S>
where
    I: DeserializeOwned + JsonSchema,
    O: Serialize + JsonSchema,
    S: Serialize + DeserializeOwned,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn manifest(&self) -> Value {
        let example = |(title, with): &(&str, Value)| json!({ "title": title, "with": with });
        json!({
            "summary": self.summary,
            "description": self.description.trim(),
            "role": if self.notifies { "notify" } else { "action" },
            "idempotent": self.idempotent,
            "long": matches!(self.begin, Begin::Long(_)),
            "input": schema::<I>(),
            "output": schema::<O>(),
            "examples": self.examples.iter().map(example).collect::<Value>(),
        })
    }

    #[cfg(not(target_family = "wasm"))]
    fn accepts(&self, input: &str) -> Result<(), Failure> {
        read::<I>(input).map(|_| ())
    }

    fn invoke(&self, call: &Call, input: &str) -> Result<Progress<String, String>, Failure> {
        self.begin(call, &read(input)?).and_then(progress)
    }

    fn poll(
        &self,
        call: &Call,
        input: &str,
        state: &str,
    ) -> Result<Progress<String, String>, Failure> {
        let Some(poll) = self.poll else {
            return Err(Failure::new("bad_state", "this action never goes on"));
        };
        poll(call, &read(input)?, &resume(state)?).and_then(progress)
    }

    fn probe(&self, call: &Call, input: &str) -> Result<Finding<String, String>, Failure> {
        let Some(probe) = self.probe else {
            let why = "this action leaves nothing by which it could be found again";
            return Ok(Finding::CannotTell(why.to_owned()));
        };
        Ok(match probe(call, &read(input)?)? {
            Finding::NotStarted => Finding::NotStarted,
            Finding::Pending(it) => progress(Progress::<O, S>::Pending(it))?.into(),
            Finding::Done(it) => progress(Progress::<O, S>::Done(it))?.into(),
            Finding::Failed(failure) => Finding::Failed(failure),
            Finding::CannotTell(why) => Finding::CannotTell(why),
        })
    }

    fn cancel(&self, call: &Call, input: &str, state: Option<&str>) -> Result<(), Failure> {
        let Some(cancel) = self.cancel else { return Ok(()) };
        cancel(call, &read(input)?, state.map(resume).transpose()?.as_ref())
    }
}

fn read<I: DeserializeOwned>(input: &str) -> Result<I, Failure> {
    serde_json::from_str(input)
        .map_err(|error| Failure::bad_input(format!("the parameters do not fit: {error}")))
}

fn resume<S: DeserializeOwned>(state: &str) -> Result<S, Failure> {
    serde_json::from_str(state)
        .map_err(|error| Failure::new("bad_state", format!("this is no state of mine: {error}")))
}

fn progress<O: Serialize, S: Serialize>(
    it: Progress<O, S>,
) -> Result<Progress<String, String>, Failure> {
    Ok(match it {
        Progress::Done(Done { value, link, targets }) => {
            Progress::Done(Done { value: text(&value)?, link, targets })
        }
        Progress::Pending(Pending { state, poll_after, note, link }) => {
            Progress::Pending(Pending { state: text(&state)?, poll_after, note, link })
        }
    })
}

fn text(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map_err(|error| Failure::new("bad_output", format!("it cannot be written: {error}")))
}

/// The schema of `T` in one piece, without what nobody reads.
fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.remove("title");
    schema.to_value()
}
