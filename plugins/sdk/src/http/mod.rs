//! A small client: requests in, whole answers out, statuses told as failures.

mod request;
mod response;
#[cfg(test)]
mod tests;
mod url;

pub use request::{Method, Request, RequestBuilder};
pub use response::Response;
pub use url::{Parts, encode, parts};
