//! What a hardstop plugin in Rust is made with.
//!
//! A plugin is a list of actions, and an action is a typed function: what it takes is parsed, what
//! it gives is serialised, and the schemas of both are in the manifest. One that goes on after its
//! first call keeps a typed state, which the runner makes durable.
//!
//! ```
//! use hardstop_sdk::{Action, Call, Done, Failure, Plugin};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Input {
//!     /// Whom to greet.
//!     name: String,
//! }
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Output {
//!     /// What was said.
//!     said: String,
//! }
//!
//! fn greet(_call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
//!     Ok(Done::new(Output { said: format!("hello {}", input.name) }))
//! }
//!
//! fn plugin() -> Plugin {
//!     Plugin::new("hello", "0.1.0", "Greets").action(Action::once("greet", "Says hello", greet))
//! }
//!
//! hardstop_sdk::plugin!(plugin);
//! ```
//!
//! The world is reached through [`Call`] alone, and behind it stands a [`Host`]: the runner's in a
//! component, `testing::Recorded` in a test, which needs no WebAssembly.

mod action;
mod answer;
mod call;
#[cfg(target_family = "wasm")]
pub mod guest;
mod host;
pub mod http;
mod plugin;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod time;
mod whole;

pub use action::Action;
pub use answer::{Done, Failure, Finding, Pending, Progress, Target};
pub use call::Call;
pub use host::{Broken, Host, Level};
pub use plugin::{Plugin, Secret, Setting};
pub use whole::whole;

/// Exports a plugin from a component.
///
/// * `$make`: a function of this module without parameters that gives the [`Plugin`]. It is called
///   for each call, so it must be pure.
#[macro_export]
macro_rules! plugin {
    ($make:ident) => {
        // Whatever it is compiled for, nothing of it is unused.
        const _: fn() -> $crate::Plugin = $make;

        #[cfg(target_family = "wasm")]
        mod exported {
            #![expect(unsafe_code, reason = "exports of a component are generated")]

            use $crate::guest::{
                bindings,
                contract::{Call, Failure, Finding, Guest, Progress},
            };

            struct Component;

            impl Guest for Component {
                fn describe() -> String {
                    super::$make().describe()
                }

                fn invoke(call: Call) -> Result<Progress, Failure> {
                    $crate::guest::invoke(&super::$make(), call)
                }

                fn poll(call: Call, state: String) -> Result<Progress, Failure> {
                    $crate::guest::poll(&super::$make(), call, &state)
                }

                fn probe(call: Call) -> Result<Finding, Failure> {
                    $crate::guest::probe(&super::$make(), call)
                }

                fn cancel(call: Call, state: Option<String>) -> Result<(), Failure> {
                    $crate::guest::cancel(&super::$make(), call, state.as_deref())
                }
            }

            bindings::export!(Component with_types_in bindings);
        }
    };
}
