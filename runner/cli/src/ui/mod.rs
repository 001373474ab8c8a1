//! What people see while a run moves, and what they are asked.

pub(crate) mod request;
