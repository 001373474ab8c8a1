//! Transition charts.
