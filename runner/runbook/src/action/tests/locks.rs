//! The lock file: written one way, and read if it was written so.

use hardstop_core::model::HttpGrant;

use super::{
    super::{Lock, Source},
    lock,
};

#[track_caller]
fn refused(text: &str, said: &str) {
    let error = Lock::parse(text).unwrap_err().to_string();
    assert!(error.starts_with("hardstop.lock: ") && error.contains(said), "{error}");
}

#[test]
fn what_is_written_is_read() {
    let text = lock().to_text();
    assert_eq!(Lock::parse(&text).unwrap(), lock());
    assert_eq!(Lock::parse(&Lock::default().to_text()).unwrap(), Lock::default());
    assert!(text.ends_with("}\n") && text.contains("\"version\": 1"));
}

#[test]
fn anything_else_is_refused() {
    let text = lock().to_text();
    refused("", "cannot be read");
    refused("{\"version\": 2, \"plugins\": {}, \"more\": 1}", "version 2");
    refused(&text.replace("\"version\": 1", "\"version\": 1, \"more\": 1"), "unknown field");
    refused(&text.replace("  ", " "), "not as hardstop writes it");
    refused(&text.replacen("\"version\": \"1.2.3\"", "\"version\": \"1.2.4\"", 1), "two versions");
    refused(&text.replace("\"ci\": {", "\"ic\": {"), "`ic` holds the manifest of `ci`");
    refused(&text.replace("path:plugins/ci.wasm", "path:../ci.wasm"), "leads out");
    refused(&text.replace("path:plugins/ci.wasm", "http://example.com/a"), "none of `shipped`");
    refused(&text.replace("path:plugins/ci.wasm", "https://a:b@example.com/"), "no password");
    refused(&text.replace("path:plugins/ci.wasm", "file://ci.wasm"), "no absolute path");
    refused(&text.replace("sha256:aa", "sha256:zz"), "cannot be read");
    refused(&text.replace("Which one.", "Which\\u001b[2J"), "description: it holds a control");
    refused(&format!("<<<<<<< HEAD\n{text}"), "merge");
    refused(&" ".repeat(2_000_000), "at most 1048576");
}

#[test]
fn a_server_is_asked_at_its_one_origin() {
    let asked = |text: &str| text.parse::<Source>().unwrap().grants().http;
    let grant = |host: &str, port| HttpGrant {
        scheme: "https".to_owned(),
        host: host.to_owned(),
        port,
        methods: vec!["GET".to_owned()],
        private: false,
    };
    assert_eq!(asked("https://Files.example.com/a?b"), [grant("files.example.com", 443)]);
    assert_eq!(asked("https://[2001:db8::1]/a"), [grant("2001:db8::1", 443)]);
    assert_eq!(asked("https://[2001:db8::1]:8443#a"), [grant("2001:db8::1", 8443)]);
    assert_eq!(asked("shipped"), []);
    assert_eq!(asked("path:a.wasm"), []);
    for several in ["https://*/a", "https://*.example.com/a", "https://example.com:*/a"] {
        assert!(several.parse::<Source>().is_err(), "{several}");
    }
}
