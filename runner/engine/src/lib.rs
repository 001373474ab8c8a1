//! The local driver: moves runs in one process, with nothing but files and Git.
//!
//! [`transition`] is the step every driver takes; [`session`] is the local engine under it;
//! [`driver`] is the loop around it; [`exec`] performs commands and [`action`] calls plugins; [`checkpoint`] and [`documents`]
//! make evidence of what happened.

pub mod action;
pub mod checkpoint;
pub mod commits;
pub mod documents;
pub mod driver;
pub mod exec;
pub mod open;
pub mod replay;
pub mod resolve;
pub mod session;
pub mod simulate;
pub mod transition;
mod withheld;
