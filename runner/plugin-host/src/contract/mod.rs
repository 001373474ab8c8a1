//! Released versions of the contract between host and plugins, one file each. A file that is
//! released changes no more; what is new is another file, and [`known`] learns its name.

mod known;
pub(crate) mod v0_1_0;

pub(crate) use known::{imports, version};
pub(crate) use v0_1_0 as latest;
