//! `${{ }}`: where expressions stand in a text, what they may name, and what they give.
//!
//! An expression is evaluated once, to a typed value, and the result is never read again as an
//! expression. `{{ }}` is literal text.

mod engine;
mod filter;
mod moment;
mod name;
mod step;
mod template;
mod value;

pub(crate) use engine::{Engine, Found};
pub(crate) use name::{Field, Name, RunField, Sees, Unknown, Viewpoint, look_up, spelled};
pub(crate) use step::fans;
pub(crate) use template::{Template, secret};
