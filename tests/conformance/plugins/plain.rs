//! What needs no server that goes wrong: descriptions, actions and parameters nobody knows, and an
//! end that is asked for twice.

use hardstop_ports::plugin::{Answer, Leg};
use serde_json::{Value, json};

use crate::{
    call::{INVOKE, Plugin, failure, state},
    server::Server,
    shipped::{Row, Shape, each, rows},
};

each!(check);

fn check(name: &'static str) {
    let plugin = Plugin::shipped(name);
    describes_itself_alike(&plugin, name);
    for row in rows(name) {
        refuses_what_it_does_not_know(&plugin, &row);
        ends_twice(&plugin, &row);
    }
}

/// The host asks twice with every capability denied and compares; here once more.
fn describes_itself_alike(plugin: &Plugin, name: &'static str) {
    assert_eq!(plugin.manifest(), Plugin::shipped(name).manifest());
    let known = rows(name);
    for action in plugin.actions() {
        assert!(known.iter().any(|row| row.action == action), "{name}/{action} has no row");
    }
}

fn refuses_what_it_does_not_know(plugin: &Plugin, row: &Row) {
    let server = Server::new(&row.exchanges);
    let grants = plugin.grants(&server.url);
    let with = row.with(plugin, &server.url);
    let refused = |action: &str, with: &Value| {
        let ended = plugin.call(&grants, action, with, INVOKE);
        let failure = failure(&ended);
        assert!(!failure.retryable, "{failure:?}");
        failure.code.clone()
    };
    assert_eq!(refused("no-such-action", &with), "unknown_action");
    let mut more = with.clone();
    more["no_such_key"] = json!(1);
    assert_eq!(refused(row.action, &more), "bad_input", "{more}");
    for (key, value) in with.as_object().expect("parameters are an object") {
        let mut other = with.clone();
        other[key] = if value.is_array() { json!("text") } else { json!([[]]) };
        // What goes out as JSON may be anything.
        if (row.plugin, row.action, key.as_str()) != ("http", "request", "json") {
            assert_eq!(refused(row.action, &other), "bad_input", "{}: {other}", row.action);
        }
    }
    assert!(server.received().is_empty(), "{:?}", server.received());
}

fn ends_twice(plugin: &Plugin, row: &Row) {
    let server = Server::new(&row.exchanges);
    let (grants, with) = (plugin.grants(&server.url), row.with(plugin, &server.url));
    let begun = plugin.call(&grants, row.action, &with, INVOKE);
    let known = matches!(row.shape, Shape::Checkpoint | Shape::Builds).then(|| state(&begun));
    for state in [known.clone(), known, None, None] {
        let ended = plugin.call(&grants, row.action, &with, Leg::Cancel { state });
        assert_eq!(ended.answer, Answer::Cancelled, "{}/{}", row.plugin, row.action);
    }
}
