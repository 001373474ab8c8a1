//! `hardstop dev`: tools for those who work on hardstop itself, and for those who package it.

mod command;
mod generate;
mod replay;

pub(crate) use command::Dev;
