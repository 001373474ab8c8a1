//! Matrix Synapse: a homeserver with a user and a room.

use std::{fs, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{place, server::Server};

/// A running homeserver, which knows no other.
pub struct Synapse {
    server: Server,
    token: String,
    room: String,
}

impl Synapse {
    /// Starts one, registers a user and opens a room.
    ///
    /// # Panics
    ///
    /// If it is installed and does not come up.
    pub fn start() -> Option<Self> {
        let python = place::program("synapse", "bin/python")?;
        let folder = TempDir::new().expect("there is room");
        let server = Server::start(folder, "/_matrix/client/versions", |folder, port| {
            fs::write(folder.join("homeserver.yaml"), config(port).to_string())
                .expect("there is room");
            let synapse = || {
                let mut command = Command::new(&python);
                command.args(["-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]);
                command
            };
            let keys = synapse().arg("--generate-keys").current_dir(folder).output();
            let keys = keys.expect("an installed Synapse can be started");
            let complaint = String::from_utf8_lossy(&keys.stderr);
            assert!(keys.status.success(), "no keys can be made: {complaint}");
            synapse()
        });
        let mut synapse = Self { server, token: String::new(), room: String::new() };
        let user = json!({
            "username": "bot", "password": "correct horse", "auth": { "type": "m.login.dummy" },
        });
        let user = synapse.server.post("/_matrix/client/v3/register", &user);
        synapse.token = text(&user["access_token"]);
        let room = json!({ "preset": "private_chat", "name": "changes" });
        let room = synapse.ask("POST", "createRoom", &room);
        synapse.room = text(&room["room_id"]);
        Some(synapse)
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// What the user's requests carry.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The room's id.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// The contents of all messages in the room, the oldest first.
    ///
    /// # Panics
    ///
    /// If they cannot be read.
    pub fn messages(&self) -> Vec<Value> {
        let path = format!("rooms/{}/messages?dir=f&limit=100", self.room);
        let answer = self.ask("GET", &path, &Value::Null);
        let events = answer["chunk"].as_array().into_iter().flatten();
        let messages = events.filter(|event| event["type"] == "m.room.message");
        messages.map(|event| event["content"].clone()).collect()
    }

    /// Asks as the user, below `/_matrix/client/v3/`.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/_matrix/client/v3/{path}", self.server.url());
        let bearer = format!("Bearer {}", self.token);
        let agent = self.server.agent();
        let answer = match method {
            "GET" => agent.get(url).header("authorization", bearer).call(),
            _ => agent.post(url).header("authorization", bearer).send_json(body),
        };
        crate::server::json(answer)
    }
}

/// JSON is YAML.
fn config(port: u16) -> Value {
    json!({
        "server_name": "example.com",
        "listeners": [{
            "port": port, "type": "http", "bind_addresses": ["127.0.0.1"],
            "resources": [{ "names": ["client"] }],
        }],
        "database": { "name": "sqlite3", "args": { "database": "state.sqlite" } },
        "signing_key_path": "signing.key",
        "media_store_path": "media",
        "trusted_key_servers": [],
        "report_stats": false,
        "enable_registration": true,
        "enable_registration_without_verification": true,
    })
}

fn text(value: &Value) -> String {
    value.as_str().expect("Synapse answers what the specification says").to_owned()
}
