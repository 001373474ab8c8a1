//! What people see while a run moves, and what they are asked.

mod keyboard;
pub(crate) mod plain;
mod progress;
mod question;
pub(crate) mod request;
mod terminal;
#[cfg(test)]
mod tests;

pub(crate) use terminal::Terminal;
