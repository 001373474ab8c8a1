//! Tables and properties of the run as a whole.
