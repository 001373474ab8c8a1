//! Whole sentences of the crate: a file and what is said of it, a step and what it comes to.

mod expressions;
mod forecast;
mod inputs;
mod items;
mod measures;
mod moments;
mod properties;
mod scope;
mod stage;
mod work;
