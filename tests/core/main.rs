//! The machines of the core from outside: transition charts, tables and properties.

mod again;
mod again_properties;
mod approvals;
mod approvals_people;
mod approvals_properties;
mod approvals_time;
mod attempts;
mod calendar_hours;
mod calendar_windows;
mod calendar_zones;
mod charts;
mod clocks;
mod composites;
mod glass;
mod instants;
mod names;
mod people;
mod phases;
mod properties;
mod questions;
mod rebase;
mod revoked;
mod traps;
mod values;
mod waive;
mod wire;
