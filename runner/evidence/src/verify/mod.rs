//! Whether evidence can be believed: everything a clone and public keys can tell.
//!
//! Five levels, each with stable finding ids ([`ids`]): the files are whole (L1), the chain is
//! unbroken (L2), the history only grew (L3), people had the authority (L4), nothing is missing
//! (L5). What could not be checked is said, never passed over. Gates, people's entitlement and
//! delays are judged by rules of their own, so that a fault of the program that wrote the evidence
//! does not hide in the one that checks it; the course of a run, by asking the core again what it
//! makes of each step of it (`course`).

mod authority;
mod branch;
mod causes;
mod child;
mod completeness;
mod course;
mod delays;
mod folder;
mod gates;
mod history;
pub mod ids;
mod journal;
mod objects;
mod register;
mod report;
mod run;
mod sums;
mod work;

pub use branch::verify_branch;
pub use history::History;
pub use ids::Id;
pub use objects::{Change, Commit, Kept, Objects, ReadError, TreeEntry};
pub use report::{Finding, Report, Source, Trust};
pub use run::verify_run;
