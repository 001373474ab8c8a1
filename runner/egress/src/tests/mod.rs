//! What passes and what does not, against servers on this machine and names that are made up.

mod addresses;
mod answers;
mod bodies;
mod grants;
mod kit;
mod names;
mod recorded;
mod records;
mod redirects;
mod secrets;
mod server;
mod tls;
mod urls;
