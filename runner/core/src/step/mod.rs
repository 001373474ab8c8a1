//! The machines of single steps, one file a kind: what an input or the passing of time means for
//! a step in its present state. They return facts; [`run::apply`](crate::run::apply) folds them.

pub(crate) mod approval;
pub(crate) mod attempt;
pub(crate) mod checklist;
pub(crate) mod delay;
pub(crate) mod glass;
pub(crate) mod lock;
pub(crate) mod verbs;
pub(crate) mod window;
