//! Actions without WebAssembly and without network: quick, and with a debugger if need be. What
//! the component does is tried by `hardstop plugin test`.

use hardstop_sdk::{
    Broken, Progress,
    testing::{Recorded, conforms, json},
};
use serde_json::json;

use super::plugin;

fn world() -> Recorded {
    Recorded::new().config("url", "https://deploy.example.com/").secret("token")
}

#[test]
fn it_is_a_plugin() {
    conforms(plugin);
}

#[test]
fn a_lost_answer_is_looked_for() {
    let found = json!({ "deployments": [{ "id": "d-17", "state": "running" }] });
    let lost = |found| {
        world()
            .breaks("POST https://deploy.example.com/deployments", Broken::NoAnswer("reset".into()))
            .answer("GET https://deploy.example.com/deployments?key=key-1", json(200, found))
    };
    let with = json!({ "service": "shop", "version": "1.4.0" });
    let failed = lost(json!({ "deployments": [] })).invoke(&plugin(), "deploy", with.clone());
    assert!(!failed.unwrap_err().retryable);
    let world = lost(found);
    let progress = world.invoke(&plugin(), "deploy", with).unwrap();
    let Progress::Pending(pending) = progress else { panic!("it goes on: {progress:?}") };
    assert_eq!(pending.state, json!({ "id": "d-17" }));
    let sent = world.sent_header(0, "authorization");
    assert_eq!(sent.as_deref(), Some("Bearer placeholder-of-token"));
}
