//! Contract 0.1.0: `schemas/wit/v0.1.0`.

use std::time::Duration;

use hardstop_ports::plugin::{Answer, Call, Failure, Leg, Output, Pending, Target};
use wasmtime::{
    Store,
    component::{Component, HasSelf, Linker},
};

use self::bindings::{
    PluginPre,
    exports::hardstop::plugin::action,
    hardstop::plugin::artifacts,
    wasi::{
        config::store,
        logging::logging::{self, Level},
    },
};
use crate::guest::Guest;

/// What a plugin of this version exports.
pub(crate) const EXPORT: &str = "hardstop:plugin/action@0.1.0";
/// The version.
pub(crate) const VERSION: &str = "0.1.0";

mod bindings {
    // HTTP, clocks and randomness are wasmtime's; this is the rest of the world `plugin`.
    wasmtime::component::bindgen!({
        path: "../../schemas/wit/v0.1.0",
        inline: "
            package hardstop:host;
            world plugin {
                import wasi:config/store@0.2.0-rc.1;
                import wasi:logging/logging@0.1.0-draft;
                import hardstop:plugin/artifacts@0.1.0;
                export hardstop:plugin/action@0.1.0;
            }
        ",
        world: "hardstop:host/plugin",
        exports: { default: async },
    });
}

/// Adds what this version has beside WASI.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    bindings::Plugin::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)
}

/// A component whose imports are found and whose exports have the right types.
pub(crate) struct Ready(PluginPre<Guest>);

impl Ready {
    /// Makes it ready.
    pub(crate) fn new(linker: &Linker<Guest>, component: &Component) -> wasmtime::Result<Self> {
        Ok(Self(PluginPre::new(linker.instantiate_pre(component)?)?))
    }

    /// The manifest, as the guest writes it.
    pub(crate) async fn describe(&self, store: &mut Store<Guest>) -> wasmtime::Result<String> {
        let instance = self.0.instantiate_async(&mut *store).await?;
        instance.hardstop_plugin_action().call_describe(store).await
    }

    /// One call, as the guest answers it.
    ///
    /// * `input`: the parameters, secrets as placeholders.
    pub(crate) async fn call(
        &self,
        store: &mut Store<Guest>,
        call: &Call,
        input: String,
    ) -> wasmtime::Result<Answer> {
        let instance = self.0.instantiate_async(&mut *store).await?;
        let action = instance.hardstop_plugin_action();
        let argument = action::Call {
            action: call.action.clone(),
            input,
            idempotency_key: call.key.clone(),
            attempt: call.attempt,
            recovering: call.leg == Leg::Invoke { recovering: true },
        };
        Ok(match &call.leg {
            Leg::Invoke { .. } => progress(action.call_invoke(store, &argument).await?),
            Leg::Poll { state } => progress(action.call_poll(store, &argument, state).await?),
            Leg::Probe => finding(action.call_probe(store, &argument).await?),
            Leg::Cancel { state } => {
                match action.call_cancel(store, &argument, state.as_ref()).await? {
                    Ok(()) => Answer::Cancelled,
                    Err(failure) => Answer::Failed(failure.into()),
                }
            }
        })
    }
}

fn progress(progress: Result<action::Progress, action::Failure>) -> Answer {
    match progress {
        Ok(action::Progress::Done(output)) => Answer::Done(output.into()),
        Ok(action::Progress::Pending(pending)) => Answer::Pending(pending.into()),
        Err(failure) => Answer::Failed(failure.into()),
    }
}

fn finding(finding: Result<action::Finding, action::Failure>) -> Answer {
    match finding {
        Ok(action::Finding::NotStarted) => Answer::NotStarted,
        Ok(action::Finding::Pending(pending)) => Answer::Pending(pending.into()),
        Ok(action::Finding::Done(output)) => Answer::Done(output.into()),
        Ok(action::Finding::Failed(failure)) => Answer::Over(failure.into()),
        Ok(action::Finding::CannotTell(why)) => Answer::CannotTell(why),
        // The search failed, not what was sought: nothing is known of it.
        Err(failure) => Answer::Failed(failure.into()),
    }
}

impl From<action::Output> for Output {
    fn from(output: action::Output) -> Self {
        let action::Output { value, link, targets } = output;
        let target = |action::Target { name, ok, message }| Target { name, ok, message };
        Self { value, link, targets: targets.into_iter().map(target).collect() }
    }
}

impl From<action::Pending> for Pending {
    fn from(pending: action::Pending) -> Self {
        let action::Pending { state, poll_after_ms, note, link } = pending;
        Self { state, poll_after: Duration::from_millis(poll_after_ms), note, link }
    }
}

impl From<action::Failure> for Failure {
    fn from(failure: action::Failure) -> Self {
        let action::Failure { code, message, retryable, retry_after_ms, details } = failure;
        let retry_after = retry_after_ms.map(Duration::from_millis);
        Self { code, message, retryable, retry_after, details }
    }
}

impl artifacts::Host for Guest {
    fn put_artifact(&mut self, name: String, bytes: Vec<u8>) -> Result<(), String> {
        self.left.artifacts.put(name, bytes)
    }
}

impl store::Host for Guest {
    fn get(&mut self, key: String) -> Result<Option<String>, store::Error> {
        Ok(self.config(&key))
    }

    fn get_all(&mut self) -> Result<Vec<(String, String)>, store::Error> {
        Ok(self.all_config())
    }
}

impl logging::Host for Guest {
    fn log(&mut self, level: Level, context: String, message: String) {
        let level = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warning",
            Level::Error => "error",
            Level::Critical => "critical",
        };
        let context = if context.is_empty() { context } else { format!("{context}: ") };
        self.left.printed.add(format!("{level}: {context}{message}\n").as_bytes());
    }
}
