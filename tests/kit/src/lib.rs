//! Builders and checks for tests.
