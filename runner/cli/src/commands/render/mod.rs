//! `hardstop render`: a runbook as a document.

mod command;

pub(crate) use command::Render;
