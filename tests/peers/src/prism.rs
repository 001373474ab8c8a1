//! Prism: a judge of requests, which answers what an API's description says.

use std::{path::Path, process::Command};

use tempfile::TempDir;

use crate::{place, server::Server};

/// A running Prism. A request that the description does not allow is answered with 4xx.
pub struct Prism {
    server: Server,
}

impl Prism {
    /// Starts one over a description.
    ///
    /// * `ready`: a path below which something is described, to be answered with 2xx.
    ///
    /// # Panics
    ///
    /// If it is installed and does not come up.
    pub fn start(description: &Path, ready: &str) -> Option<Self> {
        let program = place::program("prism", "node_modules/.bin/prism")?;
        let description = description.canonicalize().expect("there is a description");
        let folder = TempDir::new().expect("there is room");
        let server = Server::start(folder, ready, |_, port| {
            let mut command = Command::new(&program);
            command.args(["mock", "--host", "127.0.0.1", "--port", &port.to_string()]);
            command.arg(&description);
            command
        });
        Some(Self { server })
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }
}
