//! The host against guests that break every rule.

mod answers;
mod bounds;
mod components;
mod guest;
mod http;
mod neighbours;
mod setup;
mod surroundings;
