//! Draft until egress is here.

use std::collections::BTreeMap;

use hardstop_core::model::Grants;
use hardstop_ports::{plugin::Request, secrets::SecretValue};

#[derive(Debug)]
pub(crate) struct Gate;
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}
#[derive(Debug, thiserror::Error)]
#[error("refused")]
pub(crate) struct Refused;
impl Gate {
    pub(crate) fn new(_: &Grants, _: BTreeMap<String, SecretValue>) -> Self {
        Self
    }
    pub(crate) fn placeholder(&self, _: &str) -> Option<String> {
        None
    }
    pub(crate) async fn send(
        &self,
        _: &str,
        _: &str,
        _: Vec<(String, Vec<u8>)>,
        _: Vec<u8>,
    ) -> Result<Response, Refused> {
        Err(Refused)
    }
    pub(crate) fn records(&self) -> Vec<Request> {
        Vec::new()
    }
}
