//! `docs/language.md`: the tables in it are made from the schemas and from the runbooks that are
//! refused in tests. What stands between the tables is written by people.

mod complaint;
mod keys;
mod page;

pub(crate) use page::write;
