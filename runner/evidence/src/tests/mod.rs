//! Tests of the modules that are one file each.

mod attestation;
mod chain;
mod layout;
mod policy;
mod register;
mod request;
mod seal;
