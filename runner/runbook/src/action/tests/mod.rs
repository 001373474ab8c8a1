//! Manifests, locks and grants: what is refused and why, and what a call is told.

mod calls;
mod grants;
mod locks;
mod manifests;

use serde_json::{Value as Json, json};

use super::{Lock, Locked, Manifest};

/// A manifest of everything.
fn manifest() -> Json {
    json!({
        "name": "ci",
        "version": "1.2.3",
        "contract": "0.1.0",
        "summary": "Builds on a server.",
        "config": {
            "url": {"summary": "Where it is.", "required": true, "example": "https://ci.example.com"},
            "mirror": {"summary": "Where else."}
        },
        "http": [
            {"origin": "${config.url}", "methods": ["GET", "POST"], "why": "starts builds"},
            {"origin": "${config.mirror}", "methods": ["GET"], "why": "reads artifacts"},
            {"origin": "https://*.cdn.example.com:*", "why": "fetches files"}
        ],
        "secrets": {"token": {"summary": "An API token.", "header": "authorization"}},
        "actions": {
            "build": {
                "summary": "Starts a build and waits for it.",
                "description": "Found again by its key.",
                "input": {
                    "type": "object",
                    "required": ["job"],
                    "additionalProperties": false,
                    "properties": {
                        "job": {"type": "string", "minLength": 2, "description": "Which one."},
                        "tries": {"type": "integer", "minimum": 1, "maximum": 9},
                        "mode": {"enum": ["fast", "full"], "description": "Which | how."},
                        "wait": {"type": "boolean"},
                        "labels": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
                        "parameters": {"$ref": "#/$defs/Parameters"},
                        "either": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^a"}]}
                    },
                    "$defs": {
                        "Parameters": {
                            "type": "object",
                            "required": ["branch"],
                            "additionalProperties": false,
                            "properties": {"branch": {"type": "string"}, "dry-run": {"type": "boolean"}}
                        }
                    }
                },
                "output": {
                    "type": "object",
                    "properties": {
                        "number": {"type": "integer"},
                        "console-url": {"type": "string"},
                        "result": {"type": "object", "properties": {"state": {"type": "string"}}},
                        "raw": {"type": "object"}
                    }
                },
                "examples": [{"title": "Any", "with": {"job": "nightly", "tries": "${{ inputs.n }}"}}]
            },
            "find": {
                "summary": "Finds a build.",
                "idempotent": true,
                "input": {"type": "object"},
                "output": {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}
            }
        }
    })
}

fn parsed() -> Manifest {
    Manifest::parse(&manifest().to_string()).unwrap()
}

fn lock() -> Lock {
    let digest = serde_json::from_value(json!(format!("sha256:{}", "a".repeat(64)))).unwrap();
    let source = "path:plugins/ci.wasm".parse().unwrap();
    let locked = Locked { version: "1.2.3".to_owned(), digest, source, manifest: parsed() };
    Lock { plugins: [("ci".to_owned(), locked)].into() }
}
