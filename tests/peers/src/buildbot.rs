//! Buildbot: a master with a worker, and builders whose builds a test holds, lets go and makes fail.

use std::{fs, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    place,
    server::{Server, wait_for},
};

/// A running master. Its `ForceScheduler` is called `force`; `quiet` does the same and keeps no
/// reason, `fixed` takes none. Only [`Buildbot::USER`] may use them, after a login. A build prints its
/// parameters as `name=value` lines and succeeds at once, unless told otherwise.
pub struct Buildbot {
    pub(crate) server: Server,
}

impl Buildbot {
    /// Who may force and stop builds.
    pub const USER: &str = "ci";
    /// By this password.
    pub const PASSWORD: &str = "correct horse";

    /// Starts one with these builders, whose builds take these parameters, which are texts, and
    /// `dry_run`, which is true or false.
    ///
    /// # Panics
    ///
    /// If it is installed and does not come up.
    pub fn start(builders: &[&str], parameters: &[&str]) -> Option<Self> {
        let program = place::program("buildbot", "bin/buildbot")?;
        let folder = TempDir::new().expect("there is room");
        let made = Command::new(&program)
            .args(["create-master", "--quiet", "--relocatable"])
            .arg(folder.path())
            .output()
            .expect("an installed Buildbot can be started");
        let complaint = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "no master can be made: {complaint}");
        fs::write(folder.path().join("master.cfg"), include_str!("master.cfg"))
            .expect("there is room");
        let server = Server::start(folder, "/api/v2/masters", |_, port| {
            let mut command = Command::new(&program);
            command.args(["start", "--nodaemon"]);
            command.env("PEER_PORT", port.to_string());
            command.env("PEER_BUILDERS", builders.join(","));
            command.env("PEER_PARAMETERS", parameters.join(","));
            command.env("PEER_USER", Self::USER).env("PEER_PASSWORD", Self::PASSWORD);
            command
        });
        Some(Self { server })
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// What its REST API answers to a GET of `/api/v2/<path>`.
    ///
    /// # Panics
    ///
    /// If the answer is an error.
    pub fn api(&self, path: &str) -> Value {
        self.server.get(&format!("/api/v2/{path}"))
    }

    /// Builds of a builder, finished or not, the oldest first.
    ///
    /// # Panics
    ///
    /// If there is no such builder.
    pub fn builds(&self, builder: &str) -> Vec<Value> {
        let answer = self.api(&format!("builders/{builder}/builds?order=number"));
        answer["builds"].as_array().expect("Buildbot lists builds").clone()
    }

    /// Waits until a builder has begun `count` builds.
    ///
    /// # Panics
    ///
    /// If it never does.
    pub fn wait_for_builds(&self, builder: &str, count: usize) {
        let enough = || (self.builds(builder).len() >= count).then_some(());
        wait_for(&format!("{count} builds of {builder}"), enough);
    }

    /// Builds of a builder go on until [`Buildbot::release`].
    ///
    /// # Panics
    ///
    /// If the disk is full.
    pub fn hold(&self, builder: &str) {
        self.flag("hold", builder, true);
    }

    /// Builds of a builder go on no longer.
    ///
    /// # Panics
    ///
    /// If nothing was held.
    pub fn release(&self, builder: &str) {
        self.flag("hold", builder, false);
    }

    /// Builds of a builder fail from now on.
    ///
    /// # Panics
    ///
    /// If the disk is full.
    pub fn fail(&self, builder: &str) {
        self.flag("fail", builder, true);
    }

    /// Builds of a builder succeed again.
    ///
    /// # Panics
    ///
    /// If they did.
    pub fn mend(&self, builder: &str) {
        self.flag("fail", builder, false);
    }

    fn flag(&self, what: &str, builder: &str, set: bool) {
        let path = self.server.folder().join(format!("{what}-{builder}"));
        let changed = if set { fs::write(path, "") } else { fs::remove_file(path) };
        changed.expect("what builds do can be changed");
    }
}
