//! What every shipped plugin must do, as the component it is shipped as, through the real host and
//! the real gate.
//!
//! `shipped` says in a few lines for each action what a server that is well answers; `hostile` lets
//! each of these answers go wrong in every way, and `lost` cuts the connection after the server did
//! what it was asked for. `described` holds requests and answers against published
//! descriptions where no server runs here, and `real` meets the servers themselves.

mod call;
mod described;
mod hostile;
mod lost;
mod plain;
mod real;
mod server;
mod shipped;
