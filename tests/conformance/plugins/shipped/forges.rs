//! Forges.

use serde_json::{Value, json};

use super::{Exchange, Lost, Row, Shape, asks, courtesy, does, reads, row, sends};

const COMMIT: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

pub(super) fn rows() -> Vec<Row> {
    let github = forge("github", "");
    [github, forge("gitea", "/api/v1"), gitlab()].into_iter().flatten().collect()
}

/// What GitHub and those that speak like it answer.
fn forge(plugin: &'static str, api: &str) -> Vec<Row> {
    let repository = format!("{api}/repos/team/mirrors");
    let at = |method: &str, path: &str| format!("{method} {repository}/{path}");
    let page = "${URL}/team/mirrors";
    let run_page = format!("{page}/actions/runs/30");
    // What Forgejo says otherwise.
    let (begun, made, runs, run, parts, stopped) = if api.is_empty() {
        let run = json!({
            "id": 30, "display_title": "release ${KEY}", "status": "completed",
            "conclusion": "success", "html_url": run_page,
        });
        let parts = json!({ "jobs": [{ "id": 31, "name": "build", "conclusion": "success" }] });
        let runs = "actions/workflows/release.yaml/runs";
        (json!({ "workflow_run_id": 30 }), 200, runs, run, parts, 202)
    } else {
        let run = json!({
            "id": 30, "title": "release ${KEY}", "status": "success", "html_url": run_page,
        });
        let parts = json!([{ "id": 31, "name": "build", "status": "success" }]);
        (json!({ "id": 30 }), 201, "actions/runs", run, parts, 204)
    };
    let comment = json!({
        "id": 5, "html_url": format!("{page}/issues/7#issuecomment-5"),
        "body": "1.4.0 is out.\n\n<!-- hardstop ${KEY} -->",
    });
    let issue = json!({
        "number": 8, "html_url": format!("{page}/issues/8"),
        "body": "After 1.4.0.\n\n<!-- hardstop ${KEY} -->",
    });
    let commits = if api.is_empty() { "commits/main" } else { "git/commits/main" };
    let commit = json!({ "sha": COMMIT, "html_url": format!("{page}/commit/{COMMIT}") });
    vec![
        row(
            (plugin, "dispatch"),
            (Shape::Builds, Lost::Found),
            vec![
                // Older ones answer nothing, so anything is taken.
                sends(&at("POST", "actions/workflows/release.yaml/dispatches"), &begun)
                    .says(made, ""),
                asks(&at("GET", runs), &json!({ "workflow_runs": [] }))
                    .then(&json!({ "workflow_runs": [run] })),
                asks(&at("GET", "actions/runs/30"), &run),
                courtesy(&at("GET", "actions/runs/30/jobs"), &parts),
                courtesy(&at("GET", "actions/jobs/31/logs"), &json!("1.4.0\n")),
                sends(&at("POST", "actions/runs/30/cancel"), &json!("")).says(stopped, ""),
            ],
        ),
        row(
            (plugin, "comment"),
            (Shape::Once, Lost::Found),
            listed(&at("GET", "issues/7/comments"), &at("POST", "issues/7/comments"), &comment),
        ),
        row(
            (plugin, "issue"),
            (Shape::Once, Lost::Found),
            listed(&at("GET", "issues"), &at("POST", "issues"), &issue),
        ),
        row(
            (plugin, "permalink"),
            (Shape::Once, Lost::Nothing),
            vec![
                asks(&at("GET", commits), &commit),
                reads(&at("GET", "contents/mirrors.yaml"), &json!({})),
            ],
        ),
    ]
}

/// One item is made, and listed from then on.
fn listed(list: &str, make: &str, item: &Value) -> Vec<Exchange> {
    vec![asks(list, &json!([])).then(&json!([item])), does(make, item).says(201, "")]
}

fn gitlab() -> Vec<Row> {
    let at = |method: &str, path: &str| format!("{method} /api/v4/projects/team%2Fmirrors{path}");
    let page = "${URL}/team/mirrors/-";
    let run = json!({ "id": 30, "status": "success", "web_url": format!("{page}/pipelines/30") });
    let key = json!([{ "key": "HARDSTOP_KEY", "value": "${KEY}" }]);
    let note = json!({ "id": 5, "body": "1.4.0 is out.\n\n<!-- hardstop ${KEY} -->" });
    let issue = json!({
        "iid": 8, "web_url": format!("{page}/issues/8"), "description": "<!-- hardstop ${KEY} -->",
    });
    let parts = json!([{ "id": 31, "name": "build", "status": "success" }]);
    vec![
        row(
            ("gitlab", "dispatch"),
            (Shape::Builds, Lost::Found),
            vec![
                does(&at("POST", "/pipeline"), &run).says(201, ""),
                asks(&at("GET", "/pipelines"), &json!([])).then(&json!([run])),
                asks(&at("GET", "/pipelines/30/variables"), &key),
                asks(&at("GET", "/pipelines/30"), &run),
                courtesy(&at("GET", "/pipelines/30/jobs"), &parts),
                courtesy(&at("GET", "/jobs/31/trace"), &json!("1.4.0\n")),
                sends(&at("POST", "/pipelines/30/cancel"), &run),
            ],
        ),
        row(
            ("gitlab", "comment"),
            (Shape::Once, Lost::Found),
            listed(&at("GET", "/issues/7/notes"), &at("POST", "/issues/7/notes"), &note),
        ),
        row(
            ("gitlab", "issue"),
            (Shape::Once, Lost::Found),
            listed(&at("GET", "/issues"), &at("POST", "/issues"), &issue),
        ),
        row(
            ("gitlab", "permalink"),
            (Shape::Once, Lost::Nothing),
            vec![
                asks(&at("GET", "/repository/commits/main"), &json!({ "id": COMMIT })),
                reads(&at("GET", "/repository/files/mirrors.yaml"), &json!({})),
            ],
        ),
    ]
}
