//! Rules held against plans.

mod cases;
mod mutations;
mod rich;
