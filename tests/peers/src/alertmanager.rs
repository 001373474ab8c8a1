//! Alertmanager: alerts fire when a test says so.

use std::{fs, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    place,
    server::{Server, wait_for},
};

const CONFIG: &str = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";

/// A running Alertmanager, which tells nobody.
pub struct Alertmanager {
    pub(crate) server: Server,
}

impl Alertmanager {
    /// Starts one without alerts.
    ///
    /// # Panics
    ///
    /// If it is installed and does not come up.
    pub fn start() -> Option<Self> {
        let program = place::program("alertmanager", "prometheus-alertmanager")?;
        let folder = TempDir::new().expect("there is room");
        fs::write(folder.path().join("alertmanager.yml"), CONFIG).expect("there is room");
        let server = Server::start(folder, "/-/ready", |_, port| {
            let mut command = Command::new(&program);
            command.args(["--config.file=alertmanager.yml", "--storage.path=data"]);
            // Nobody to gossip with, so no second port.
            command.arg("--cluster.listen-address=");
            command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
            command
        });
        Some(Self { server })
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// What its API answers to a GET of `/api/v2/<path>`.
    ///
    /// # Panics
    ///
    /// If the answer is an error.
    pub fn api(&self, path: &str) -> Value {
        self.server.get(&format!("/api/v2/{path}"))
    }

    /// An alert with these labels fires; waits until it is seen.
    ///
    /// # Panics
    ///
    /// If it never is.
    pub fn fire(&self, labels: &Value) {
        self.server.post("/api/v2/alerts", &json!([{ "labels": labels }]));
        wait_for("the alert fires", || {
            let alerts = self.api("alerts");
            let mut all = alerts.as_array()?.iter();
            all.any(|alert| &alert["labels"] == labels).then_some(())
        });
    }
}
