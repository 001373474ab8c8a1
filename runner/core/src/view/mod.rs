//! Read-only projections for people.
