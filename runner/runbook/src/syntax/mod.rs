//! The files of `hardstop/v1` as they are written: one set of types for parsing and for the
//! published schemas.
//!
//! No key of the language is declared anywhere else. The types know shapes only: what a text
//! means (a duration, a reference, an expression) is decided when it is compiled.

mod approval;
mod checklist;
mod config;
mod delay;
mod group;
mod input;
mod policy;
mod runbook;
mod step;
mod text;
mod time;
mod trigger;
mod work;

pub(crate) use approval::Approval;
pub(crate) use checklist::{Checklist, FullItem, Item, ItemType};
pub(crate) use config::{Config, Plugin, PluginCaps, PluginHttp, PluginSecret};
pub(crate) use delay::{BreakGlass, Delay};
pub(crate) use group::{Budget, Ensure, Expect, ForEach, OnFailure, Only};
pub(crate) use input::{Input, InputType, Secret};
pub(crate) use policy::{Policy, Revoked};
pub(crate) use runbook::{Concurrency, Defaults, Phase, Runbook};
pub(crate) use step::Step;
pub(crate) use time::{Calendar, Times, Window};
pub(crate) use trigger::{After, Requests, RunRequest, Schedule, Triggers};
pub(crate) use work::{Capture, CapturePattern, CaptureType, Command, Evidence, Poll, Retry, Work};
