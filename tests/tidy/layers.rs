//! A crate depends only on crates of a lower layer, never sideways.
//!
//! The layers stand in the root `Cargo.toml` under `[workspace.metadata.layers]`. A `dev` crate
//! stands outside: it may depend on anything, and only tests may depend on it.

use serde_json::{Value, json};

use crate::repo;

#[test]
fn crates_depend_downwards() {
    let rule = "a crate depends only on crates of a lower layer, and is named after its folder";
    repo::hold(rule, &complaints(&repo::metadata()));
}

fn complaints(metadata: &Value) -> Vec<String> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let layers = &metadata["metadata"]["layers"];
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    let mut complaints = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let folder = manifest.trim_start_matches(root).trim_end_matches("/Cargo.toml");
        let folder = folder.trim_start_matches('/').trim_start_matches("runner/");
        if name != format!("hardstop-{}", folder.replace('/', "-")) {
            complaints.push(format!("{name} lies in {folder}"));
        }
        if layers[name].is_null() {
            complaints.push(format!("{name} has no layer in the root Cargo.toml"));
        }
        for edge in package["dependencies"].as_array().into_iter().flatten() {
            let target = edge["name"].as_str().unwrap_or_default();
            if !layers[target].is_null() && !allowed(&layers[name], &layers[target], &edge["kind"])
            {
                complaints.push(format!(
                    "{name} (layer {}) must not depend on {target} (layer {})",
                    layers[name], layers[target]
                ));
            }
        }
    }
    complaints
}

/// `kind` is null for a dependency of the program itself, else `dev` or `build`.
fn allowed(from: &Value, to: &Value, kind: &Value) -> bool {
    match (from.as_u64(), to.as_u64()) {
        (Some(from), Some(to)) => from > to,
        (Some(_), None) => kind == "dev",
        (None, _) => true,
    }
}

#[test]
fn finds_edges_that_do_not_go_down() {
    let graph = json!({
        "workspace_root": "/w",
        "metadata": { "layers": { "hardstop-low": 0, "hardstop-high": 1, "hardstop-kit": "dev" } },
        "packages": [
            { "name": "hardstop-low", "manifest_path": "/w/runner/low/Cargo.toml", "dependencies": [
                { "name": "hardstop-high", "kind": null },
                { "name": "hardstop-kit", "kind": "dev" },
                { "name": "serde", "kind": null },
            ] },
            { "name": "hardstop-high", "manifest_path": "/w/runner/top/Cargo.toml", "dependencies": [
                { "name": "hardstop-low", "kind": null },
                { "name": "hardstop-kit", "kind": null },
            ] },
            { "name": "hardstop-kit", "manifest_path": "/w/kit/Cargo.toml", "dependencies": [
                { "name": "hardstop-high", "kind": null },
            ] },
            { "name": "hardstop-new", "manifest_path": "/w/runner/new/Cargo.toml", "dependencies": [] },
        ],
    });
    let expected = [
        "hardstop-low (layer 0) must not depend on hardstop-high (layer 1)",
        "hardstop-high lies in top",
        "hardstop-high (layer 1) must not depend on hardstop-kit (layer \"dev\")",
        "hardstop-new has no layer in the root Cargo.toml",
    ];
    assert_eq!(complaints(&graph), expected);
}
