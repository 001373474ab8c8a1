//! Traits of the outside world: what a driver needs, in our words.
//!
//! Adapters (`hardstop-journal`, `hardstop-git`, the engine's own process runner) implement them;
//! the simulator implements them in memory and makes them fail on demand. One conformance suite
//! per trait runs against every implementation.

pub mod clock;
pub mod evidence;
#[cfg(feature = "fakes")]
pub mod fakes;
pub mod journal;
pub mod locks;
pub mod plugin;
pub mod secrets;
